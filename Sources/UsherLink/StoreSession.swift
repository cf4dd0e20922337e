internal import UsherEventLoop
internal import UsherLinkWire
internal import UsherSecrets

/// The link's connections with one server: calls, fetches, the stream. They are made together and end together, once,
/// with a reason; nothing of them comes afterwards.
///
/// Calls are answered in their order. A confirmed call is answered once `WAIT` has counted enough replicas; calls that
/// come during a `WAIT` form the next batch. Fetches and the stream have connections of their own, because `WAIT` and
/// `XREAD BLOCK` hold up the commands behind them.
final class StoreSession {
    /// What usherd has configured: the prefix of all keys, and the replicas that confirm.
    struct Scope {
        let prefix: [UInt8]
        let copies: UInt16
    }

    /// `up` is called once, when all connections are made; then `say` for each message to usherd; `down` once, with the
    /// reason of the end. `differs` is called where the store has another edition of the library.
    struct Output {
        let up: () -> Void
        let say: (LinkMessage) -> Void
        let down: (String) -> Void
        var differs: (String) -> Void = { _ in }
    }

    /// A call that is not answered.
    struct Call {
        let id: UInt64
        let function: LinkFunction
        let isConfirmed: Bool
        let milliseconds: UInt32
        let arguments: [[UInt8]]

        var size: Int { arguments.reduce(64) { $0 + $1.count + 16 } }
    }

    private static let lanes = 3
    let scope: Scope
    let output: Output
    private let configuration: LinkConfiguration
    private let loop: EventLoop
    private var connections: [StoreConnection] = []
    private var ready = 0
    private var timer: EventTimer?
    private var isOver = false
    private(set) var isUp = false
    /// Whether it has ever been up.
    private(set) var wasUp = false
    /// Replicas that were connected with the server when it was asked what it is.
    private(set) var replicas = 0
    /// Calls that the store has not answered, and their bytes.
    private(set) var openCalls = 0, openBytes = 0
    /// Fetches, and other calls, that wait for ``flush()``.
    var asked: [Call] = [], batch: [Call] = []
    var isConfirming = false
    var reading: StreamReading?

    init(_ configuration: LinkConfiguration, scope: Scope, loop: EventLoop, output: Output) {
        (self.configuration, self.scope, self.loop, self.output) = (configuration, scope, loop, output)
    }

    /// Begins to connect with the server at `endpoint`.
    func start(_ endpoint: StoreEndpoint) {
        do throws(StoreFault) {
            for lane in 0..<Self.lanes {
                connections.append(
                    try StoreConnection(
                        endpoint, loop: loop, opened: { [unowned self] in greet(lane) },
                        ended: { [unowned self] why in end(why) }))
            }
            timer = try? loop.timer { [unowned self] in look() }
            look()
        } catch {
            end(error.description)
        }
    }

    var calls: StoreConnection { connections[0] }
    var fetches: StoreConnection { connections[1] }
    var stream: StoreConnection { connections[2] }

    /// Ends all connections without a word to anybody.
    func close() {
        isOver = true
        isUp = false
        timer = nil
        for connection in connections { connection.close() }
    }

    func end(_ why: String) {
        guard !isOver else { return }
        close()
        output.down(why)
    }

    /// Reads nothing of the store while usherd does not read.
    func pause(_ isPaused: Bool) {
        for connection in connections { connection.isPaused = isPaused }
    }

    /// Whether more calls may come.
    var hasRoom: Bool { openCalls < LinkBounds.calls && openBytes < LinkBounds.callBytes }

    // MARK: Time

    /// Ends the session where a command is unanswered after the patience and a second, for which a read may block.
    private func look() {
        timer?.fired()
        let now = loop.now
        for connection in connections where !connection.isPaused {
            if let since = connection.waitingSince, now - since > configuration.patience + .seconds(1) {
                return end("the store does not answer")
            }
        }
        timer?.arm(sinceBoot: now + .seconds(1))
    }

    // MARK: Greeting

    private func greet(_ lane: Int) {
        guard let password = configuration.password else { return prepare(lane) }
        connections[lane].send(secret: password.command(user: configuration.user)) { [unowned self] answer in
            if let complaint = answer.complaint { return end(complaint) }
            prepare(lane)
        }
    }

    /// Readies a connection. The first one checks that the server is a primary and has the library.
    private func prepare(_ lane: Int) {
        guard lane == 0 else { return isReady() }
        calls.send([Array("ROLE".utf8)]) { [unowned self] answer in
            if let complaint = answer.complaint { return end(complaint) }
            guard case .value(let value) = answer, value.list?.first?.bytes == Array("master".utf8) else {
                return end("the server is no primary")
            }
            replicas = value.list.flatMap { $0.count > 2 ? $0[2].list?.count : nil } ?? 0
            askLibrary(mayLoad: true)
        }
    }

    private func askLibrary(mayLoad: Bool) {
        calls.send(words(.hello, [])) { [unowned self] answer in
            guard let complaint = answer.complaint else { return askEdition(mayLoad: mayLoad) }
            guard StoreErrors.isMissingLibrary(complaint), mayLoad else { return end(complaint) }
            guard let library = configuration.library else { return end("the store lacks Usher's function library") }
            load(library)
        }
    }

    /// Asks which edition of the library the store has. An older one is replaced, a newer one never: so two editions of
    /// this program do not fight.
    private func askEdition(mayLoad: Bool) {
        guard let own = configuration.library else { return isReady() }
        calls.send([Array("FCALL".utf8), Array("usher_edition".utf8), [UInt8(ascii: "1")], scope.prefix]) {
            [unowned self] answer in
            let edition = answer.edition
            if edition == own.edition { return isReady() }
            if edition < own.edition, mayLoad { return replace(edition, own) }
            tell(edition, own)
            isReady()
        }
    }

    private func replace(_ edition: Int64, _ own: FunctionLibrary) {
        let words = ["FUNCTION", "LOAD", "REPLACE"].map { Array($0.utf8) } + [own.text]
        calls.send(words) { [unowned self] answer in
            if answer.complaint == nil {
                output.differs("edition \(edition) of the function library was replaced by edition \(own.edition)")
            }
            askEdition(mayLoad: false)
        }
    }

    private func tell(_ edition: Int64, _ own: FunctionLibrary) {
        let advice = edition < own.edition ? "load it: usherctl cluster library" : "update this host"
        output.differs(
            "the store has edition \(edition) of the function library, and this host has edition \(own.edition): \(advice)"
        )
    }

    /// Loads the library, and asks for it again: another host's link may have loaded it first.
    private func load(_ library: FunctionLibrary) {
        calls.send([Array("FUNCTION".utf8), Array("LOAD".utf8), library.text]) { [unowned self] answer in
            if let complaint = answer.complaint, complaint.hasPrefix("NOPERM") {
                return end("the store lacks Usher's function library, and its user may not load it: \(complaint)")
            }
            askLibrary(mayLoad: false)
        }
    }

    private func isReady() {
        ready += 1
        guard ready == Self.lanes else { return }
        (isUp, wasUp) = (true, true)
        output.up()
    }

    // MARK: Words

    func words(_ function: LinkFunction, _ arguments: [[UInt8]]) -> [[UInt8]] {
        [Array("FCALL".utf8), Array(function.name.utf8), [UInt8(ascii: "1")], scope.prefix] + arguments
    }

    func count(_ call: Call) {
        openCalls += 1
        openBytes += call.size
    }

    func discount(_ call: Call) {
        openCalls -= 1
        openBytes -= call.size
    }
}
