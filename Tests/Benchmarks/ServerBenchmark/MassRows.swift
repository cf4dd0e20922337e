import CLinux
import UsherSecrets
import UsherWire

/// What many sessions cost: memory, adoption, ending all of one user, expiry of all at once. One daemon goes through
/// all of it; it keeps its sessions over a crash.
final class MassRows {
    private let directory: String
    private let sessions: Int
    private let idle: Int
    private var usher: UsherServer
    private var tokens = Tokens()
    /// Sessions of one user that end at once.
    private static let many = 10_000
    private static let rounds = 3

    init(in directory: String, sessions: Int, idle: Int) throws {
        self.directory = directory
        self.sessions = sessions
        self.idle = idle
        let text =
            Self.capacity(for: sessions) + """

                [[service]]
                name = "default"
                idle = "\(idle)s"
                """
        try write(text, to: directory + "/usherd.toml")
        usher = try Self.start(in: directory)
    }

    deinit { usher.child.end() }

    /// Limits for so many sessions made by an issuer.
    static func capacity(for sessions: Int) -> String {
        """
        [limits]
        capacity = \(max(1 << 20, (sessions + 2 * rounds * many) / 7 * 8 + 8))
        sessions_per_user = 20000
        """
    }

    private static func start(in directory: String) throws -> UsherServer {
        try UsherServer(
            in: directory + "/usher", cpu: 1, options: ["--keep-sessions", "--config", directory + "/usherd.toml"])
    }

    /// Shows each row, in the order in which one leaves the daemon as the next one needs it. A brief
    /// measurement leaves expiry out.
    func measure(brief: Bool = false, _ show: (Comparison) -> Void) throws {
        pin(to: 1)
        for line in try memory() { show(line) }
        show(try adoption())
        for line in try endAll() { show(line) }
        if !brief { show(try expiry()) }
    }

    /// Resident bytes of a session, less the empty daemon; a store has a record of 100 bytes with an expiry.
    private func memory() throws -> [Comparison] {
        let before = try resident(usher.child) { _ = try Client(usher.socket).ask { $0.writeRequest(.ping, id: 1) } }
        let after = try resident(usher.child) {
            tokens = try Client(usher.socket).makeSessions(sessions) { "user\($0 % 50_000)" }
        }
        return try StoreServer.Program.installed.enumerated().map { number, program in
            let store = try StoreServer(program, in: directory, cpu: 1)
            defer { store.child.end() }
            let empty = try resident(store.child) { try store.store(tokens.texts.prefix(1)) }
            let full = try resident(store.child) { try store.store(tokens.texts) }
            let isReference = number == 0
            return Comparison(
                "memory, \(sessions) sessions, beside \(program.name): bytes each", (after - before) / Double(sessions),
                beside: (full - empty) / Double(sessions), ratio: isReference ? 0.5 : nil,
                limit: isReference ? 135 : nil)
        }
    }

    /// Resident bytes of a process after `body`.
    private func resident(_ child: Child, _ body: () throws -> Void) throws -> Double {
        try body()
        return Double(child.memory.resident) * 1024
    }

    /// From starting the daemon again after SIGKILL to its first answer, which must be that an old session is valid.
    private func adoption() throws -> Comparison {
        usher.child.crash()
        let start = nanoseconds()
        usher = try Self.start(in: directory)
        try checkLive(tokens.count - 1, Client(usher.socket))
        let took = Double(nanoseconds() - start) / 1e6
        guard try Client(usher.socket).sessions() == sessions else { throw Failure("sessions were lost") }
        return Comparison("adoption of \(sessions) sessions, to the first answer: ms", took, limit: 300)
    }

    private func checkLive(_ number: Int, _ client: Client) throws {
        guard let token = SessionToken(text: tokens[number].span) else { throw Failure("no token") }
        let answer = try client.ask { $0.writeValidate(id: 1, token: token) }
        guard (try? Validation(answer.result, in: answer.bytes.span))?.session != nil else {
            throw Failure("a session was lost")
        }
    }

    private func load() throws -> Load {
        try Load(ValidateBenchmark.validations(usher, tokens.validations(10_000)), connections: 16, depth: 1)
    }

    /// `session.revoke_all` of 10,000 sessions while others validate.
    private func endAll() throws -> [Comparison] {
        for round in 0..<Self.rounds { _ = try Client(usher.socket).makeSessions(Self.many) { _ in "many\(round)" } }
        var load = try load()
        defer { load.end() }
        _ = try load.run(for: 1_000_000_000)
        let quiet = load.latency(0.99)
        let aside = try Aside(usher.socket)
        for round in 0..<Self.rounds {
            aside.ask(at: Int64(round + 1) * 200_000_000) { $0.writeRevokeAll(id: 1, user: "many\(round)") }
        }
        _ = try load.run(for: 1_000_000_000) { try aside.step($0) }
        guard aside.took.count == Self.rounds else { throw Failure("session.revoke_all was not answered") }
        return [
            Comparison("revoke_all of \(Self.many) sessions: ms", median(aside.took) / 1e6, limit: 2),
            Comparison(
                "validate p99 meanwhile, beside that without: us", load.latency(0.99), beside: quiet, ratio: 1.1),
        ]
    }

    /// All sessions but those that are asked about end within the time that it took to use them for the last time.
    private func expiry() throws -> Comparison {
        let client = try Client(usher.socket)
        let first = nanoseconds()
        try client.touch(tokens)
        let last = nanoseconds()
        guard try client.sessions() >= sessions else { throw Failure("sessions ended before: give a longer --idle") }
        var load = try load()
        defer { load.end() }
        while nanoseconds() < first + Int64(idle - 1) * 1_000_000_000 { _ = try load.run(for: 200_000_000) }
        let rest = last + Int64(idle + 4) * 1_000_000_000 - nanoseconds()
        _ = try load.run(for: rest)
        guard try client.sessions() <= 10_000 else { throw Failure("expired sessions are still there") }
        let seconds = text(Double(last - first) / 1e9, 1)
        return Comparison(
            "\(sessions) sessions expire in \(seconds) s, validate p99.9: ms", load.latency(0.999) / 1000, limit: 2)
    }
}
