internal import CLinux
package import UsherEventLoop
internal import UsherLinkWire
package import UsherPOSIX

/// One look at the store, for `--check`: it is found, it is a primary, it lets the user in, it has the library, it
/// keeps what it has, and its clock is right.
package final class StoreCheck {
    /// What was found.
    package struct Findings {
        /// What is so.
        package var lines: [String] = []
        /// What keeps hosts from joining.
        package var faults: [String] = []
    }

    /// Seconds by which the clocks of the store and of a host may differ.
    private static let skew: Int64 = 5

    private let configuration: LinkConfiguration
    private let scope: StoreSession.Scope
    private let copies: Int?
    private let loop: EventLoop
    private var findings = Findings()
    private var session: StoreSession?
    private var isOver = false
    private var finder: PrimaryFinder?

    /// A check for the cluster `name`, with so many replicas that confirm, where that is known.
    package init(_ configuration: LinkConfiguration, name: String, copies: Int?, loop: EventLoop) {
        (self.configuration, self.copies, self.loop) = (configuration, copies, loop)
        scope = StoreSession.Scope(prefix: Array("usher:{\(name)}:".utf8), copies: 0)
    }

    /// Looks, and says what was found.
    package func run() throws(SystemError) -> Findings {
        switch configuration.place {
        case .fixed(let endpoint): connect(endpoint)
        case .sentinels(let sentinels, let primary):
            if copies == 0, !configuration.isFenced { findings.faults.append(StoreErrors.failOver) }
            finder = PrimaryFinder(
                sentinels, primary: primary, password: configuration.sentinelPassword, loop: loop
            ) { [unowned self] found, why in
                finder = nil
                if let found { connect(found) } else { fail(why) }
            }
        }
        guard !isOver else { return findings }
        _ = try loop.run()
        session?.close()
        return findings
    }

    private func connect(_ endpoint: StoreEndpoint) {
        let output = StoreSession.Output(
            up: { [unowned self] in ask(endpoint) }, say: { [unowned self] in take($0) },
            down: { [unowned self] why in fail("\(endpoint): \(why)") },
            differs: { [unowned self] what in findings.faults.append(what) })
        let session = StoreSession(configuration, scope: scope, loop: loop, output: output)
        self.session = session
        session.start(endpoint)
    }

    private func fail(_ why: String) {
        isOver = true
        findings.faults.append(why)
        loop.exit(0)
    }

    private func ask(_ endpoint: StoreEndpoint) {
        findings.lines.append("store \(endpoint): reached, with the function library")
        session?.call(
            StoreSession.Call(id: 1, function: .hello, isConfirmed: false, milliseconds: 0, arguments: []))
        session?.flush()
    }

    /// The last three values of hello: seconds, microseconds, eviction policy.
    private func take(_ message: LinkMessage) {
        guard case .reply(_, let value) = message, let values = value.list, values.count == 13 else {
            return fail("the function library is another one")
        }
        judge(policy: values[12].bytes ?? [])
        judge(seconds: values[10].bytes ?? [])
        judge(replicas: session?.replicas ?? 0)
        let epoch = String(decoding: values[1].bytes ?? [], as: UTF8.self)
        findings.lines.append(epoch.isEmpty ? "no host has joined yet" : "epoch \(epoch)")
        loop.exit(0)
    }

    private func judge(policy: [UInt8]) {
        let policy = String(decoding: policy, as: UTF8.self)
        if policy == "noeviction" { return findings.lines.append("maxmemory-policy noeviction") }
        findings.faults.append("maxmemory-policy is \(policy): sessions would be lost; it must be noeviction")
    }

    private func judge(replicas: Int) {
        guard let copies, replicas < copies else { return findings.lines.append("replicas connected: \(replicas)") }
        findings.faults.append(
            "copies = \(copies) in [cluster], and \(replicas) replicas are connected: nothing is confirmed")
    }

    private func judge(seconds: [UInt8]) {
        let told = Int64(String(decoding: seconds, as: UTF8.self)) ?? 0
        let off = told.subtractingReportingOverflow(usher_realtime() / 1_000_000_000).partialValue
        if off.magnitude <= Self.skew { return findings.lines.append("clock off by \(off) s") }
        findings.faults.append("the clocks of this host and the store differ by \(off.magnitude) s; 5 s are too many")
    }
}
