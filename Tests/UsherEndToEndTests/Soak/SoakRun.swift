import CLinux
import Testing
import UsherTestKit

/// One soak: a load, and faults one after the other.
struct SoakRun {
    /// How long it goes on; 0: not at all.
    static let seconds = getenv("USHER_SOAK").flatMap { Int64(String(cString: $0)) } ?? 0

    private let daemon: DevDaemon
    private let host: HostState
    private let people: SoakPeople
    private let scene = CrashScene()
    private let trouble = Trouble()
    private var injector: FaultInjector
    private var happened: [Fault: Int] = [:]
    private var deck: [Fault] = []
    /// What the daemon held when the time without restarts began, and which one that was.
    private var calm: (process: pid_t, holding: Holding)?

    /// A soak of `daemon` on `host`.
    init(_ daemon: DevDaemon, _ host: HostState, _ people: SoakPeople) throws {
        (self.daemon, self.host, self.people) = (daemon, host, people)
        injector = FaultInjector(daemon, on: host, scene, trouble)
    }

    // MARK: Work

    /// Works and injects for `duration`, and on a slow machine until each fault has happened; then checks all sessions
    /// once more.
    mutating func work(for duration: Duration) throws {
        let load = startLoad()
        defer { load.end() }
        let (end, restless) = (Patience(duration), Patience(duration * 4 / 5))
        while !end.isOver || !missing.isEmpty, scene.allFaults.isEmpty {
            try step(isCalm: restless.isOver && missing.isEmpty)
        }
        if let calm, calm.process == daemon.process.pid {
            let now = Holding(calm.process)
            #expect(now.memory - calm.holding.memory < 16 << 10, "\(calm.holding) to \(now) KiB without a restart")
        }
        load.end()
        try scene.checkAll(scene.all, daemon.directory)
    }

    /// What can happen here.
    private var possible: [Fault] { Fault.allCases.filter { host.disk != nil || !$0.needsDisk } }

    /// What has not happened yet.
    private var missing: [Fault] { possible.filter { happened[$0] == nil } }

    private func startLoad() -> CrashLoad {
        let load = CrashLoad(daemon.directory, scene)
        let (directory, socket, password) = (daemon.directory, daemon.socket, people.password)
        for users in people.groups {
            load.start { [scene, trouble] in
                var worker = LoginWorker(
                    users, password: password, directory: directory, scene: scene, trouble: trouble)
                worker.work()
            }
        }
        load.start { [scene] in EventWatcher(socket: socket, scene: scene).work() }
        return load
    }

    private mutating func step(isCalm: Bool) throws {
        let answers = scene.counted.answers + Int.random(in: 1...100)
        try eventually("work goes on: \(scene.allFaults)", within: .seconds(60)) {
            scene.counted.answers >= answers || !scene.allFaults.isEmpty
        }
        let fault = draw(isCalm: isCalm)
        try injector.inject(fault)
        happened[fault, default: 0] += 1
        try people.waitUntilLoggedIn()
        if isCalm, calm == nil { calm = (daemon.process.pid, Holding(daemon.process.pid)) }
        let all = scene.all
        try scene.checkAll(all.filter { $0.knowledge.fate != .over } + all.suffix(100), daemon.directory)
        readLog(after: fault)
    }

    /// The next fault of a shuffled deck of all that can happen here.
    private mutating func draw(isCalm: Bool) -> Fault {
        deck.removeAll { isCalm && $0.endsDaemon }
        if deck.isEmpty { deck = possible.filter { !isCalm || !$0.endsDaemon }.shuffled() }
        return deck.removeLast()
    }

    /// A process that trapped says so, and so does a daemon that could not adopt.
    private func readLog(after fault: Fault) {
        let log = daemon.log
        for sign in ["memory dropped", "Fatal error", "brought to its end"] where log.contains(sign) {
            scene.fail("\(sign) after \(fault.rawValue): \(log.suffix(2000))")
        }
        daemon.clearLog()
    }

    // MARK: Judgement

    /// Says what happened and what was done.
    func report() {
        let faults = happened.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }
        print("soak: \(faults.joined(separator: ", ")); \(injector.refusedStarts) starts refused; \(scene.counted)")
    }

    /// Nothing went wrong, and enough was done for that to mean something.
    func judge(seconds: Int) {
        let counts = scene.counted
        #expect(scene.allFaults.isEmpty, "\(scene.allFaults.prefix(5).joined(separator: "\n"))")
        guard scene.allFaults.isEmpty else { return }
        #expect(missing.isEmpty, "\(missing)")
        #expect(counts.answers >= seconds * 20 && counts.checked >= seconds * 20, "\(counts)")
        #expect(counts.remembered >= seconds * 10 && counts.turned >= seconds / 2, "\(counts)")
        #expect(counts.loggedIn >= seconds / 4 && counts.refused >= seconds / 20, "\(counts)")
        #expect(counts.revokedAll >= seconds / 20 && counts.told >= seconds, "\(counts)")
    }

    /// A host that sleeps: for ten minutes, and all sessions are valid afterwards; for longer than any may idle, and
    /// none is, nor does anything of one remain.
    func suspend() throws {
        let alive = scene.all.filter { $0.knowledge.fate == .alive }
        try #require(!alive.isEmpty)
        try sleep(until: 600)
        try scene.checkAll(alive, daemon.directory)
        #expect(scene.allFaults.isEmpty, "\(scene.allFaults.prefix(5).joined(separator: "\n"))")
        try sleep(until: 600 + 1860)
        let client = try daemon.client()
        let valid = try alive.count {
            try client.call("session.validate", ["token": .text($0.token)])["valid"] != false
        }
        #expect(valid == 0, "\(valid) of \(alive.count) are valid after they idled for 31 minutes")
        try eventually("nothing of them remains") { try client.call("server.stats")["sessions"] == 0 }
    }

    /// The daemon goes on that many seconds after the time at which it was started first.
    private func sleep(until seconds: Int) throws {
        daemon.process.kill()
        try host.setBoot(ahead: seconds)
        try daemon.restart()
    }
}
