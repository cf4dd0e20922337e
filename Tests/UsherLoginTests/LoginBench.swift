import UsherLogin
import UsherNames
import UsherSecrets

/// What the bench keeps of a login: the request that waits for an answer.
final class BenchContext {
    var request: UInt64?

    init(request: UInt64) { self.request = request }
}

/// A table of logins, a clock that moves by hand, and one login in it.
struct LoginBench {
    static let id = TransactionName(high: 1, low: 1)
    static let connection: UInt64 = 7

    var table: LoginTable<BenchContext>
    var now = Duration.seconds(1000)
    /// Zero makes the jitter zero.
    var random: UInt64 = 0

    init(limits: LoginLimits = .init()) { table = LoginTable(limits: limits) }

    static func ticket(
        _ name: String = "alice", address: String? = nil, peer: UInt32 = 1000, known: Bool = false
    ) -> LimiterTicket {
        func hash(_ text: String) -> UInt64 {
            var hash = KeyedHash(key: (1, 2))
            hash.append(contentsOf: text.utf8)
            return hash.value()
        }
        let source = "\(peer) \(address ?? "")"
        return LimiterTicket(
            name: hash(name.lowercased()), source: hash(source), place: hash(source), peer: UInt64(peer), known: known)
    }

    static func start(
        user: String = "alice", rules: LoginRules = LoginRules(), timeout: Duration? = nil, password: Bool = true,
        isReauthentication: Bool = false, peer: UInt32 = 1000, address: String? = nil, known: Bool = false,
        connection: UInt64 = connection, realm: String = "default"
    ) -> LoginStart {
        LoginStart(
            connection: connection, peer: peer, ticket: ticket(user, address: address, peer: peer, known: known),
            user: user,
            service: "usher", realm: realm, rules: rules, timeout: timeout, bringsPassword: password,
            isReauthentication: isReauthentication)
    }

    /// A bench with one login begun.
    static func begun(_ start: LoginStart = start()) throws -> LoginBench {
        var bench = LoginBench()
        try bench.table.begin(start, as: id, now: bench.now)
        return bench
    }

    mutating func asked(_ prompts: [PAMPrompt], _ phase: PAMPhase = .authentication) -> [LoginAction] {
        table.workerAsked(Self.id, phase: phase, prompts: prompts, now: now, random: random)?.actions ?? []
    }

    mutating func verdict(_ phase: PAMPhase, _ code: Int32, _ account: LoginAccount? = nil) -> [LoginAction] {
        table.verdict(Self.id, phase: phase, code: code, account: account, now: now, random: random)?.actions ?? []
    }

    mutating func succeeded(_ name: String = "alice", uid: UInt32? = 1001) -> [LoginAction] {
        verdict(.account, 0, LoginAccount(name: name, uid: uid))
    }

    mutating func failed(_ failure: WorkerFailure) -> [LoginAction] {
        table.workerFailed(Self.id, failure, now: now, random: random)?.actions ?? []
    }

    mutating func answered(_ count: Int, connection: UInt64 = connection) throws(LoginMisfit) -> [LoginAction] {
        try table.answered(Self.id, connection: connection, count: count, now: now, random: random).actions
    }

    mutating func cancelled() throws(LoginMisfit) -> [LoginAction] {
        try table.cancelled(Self.id, connection: Self.connection, now: now).actions
    }

    /// The connection of the bench's own login ends.
    mutating func left() -> [LoginAction] {
        table.connectionClosed(Self.connection, now: now).flatMap(\.actions)
    }

    /// Whether the login has ended and keeps its place for so long from now.
    func rests(for time: Duration) -> Bool {
        var table = table
        let isKept = table.count == 1 && table.expire(now: now + time - .nanoseconds(1)).isEmpty && table.count == 1
        return isKept && table.expire(now: now + time).map(\.actions) == [[]] && table.count == 0
    }

    /// Moves the clock to the next deadline and returns what happened then.
    mutating func waited() -> [LoginAction] {
        guard let next = table.nextDeadline else { return [] }
        now = max(now, next)
        return table.expire(now: now).flatMap(\.actions)
    }
}

extension LoginTable<BenchContext> {
    /// Takes a login up whose request is of no interest.
    mutating func begin(_ start: LoginStart, as name: TransactionName, now: Duration) throws(LoginMisfit) {
        _ = try begin(start, as: name, now: now) { BenchContext(request: 1) }
    }
}

extension PAMPrompt {
    static let password = PAMPrompt(.secret, "Password: ")
    static let code = PAMPrompt(.secret, "Code: ")
    static let color = PAMPrompt(.visible, "Color: ")
    static let note = PAMPrompt(.info, "Hello")
    static let complaint = PAMPrompt(.error, "Locked")
}

extension [LoginAction] {
    static func challenge(_ prompts: [PAMPrompt], purpose: LoginPurpose = .login) -> [LoginAction] {
        [.ask(LoginChallenge(purpose: purpose, prompts: prompts))]
    }

    static func refused(_ reason: LoginRefusal) -> [LoginAction] { [.refuse(reason)] }

    var completion: LoginCompletion? {
        if case .complete(let completion)? = last { return completion }
        return nil
    }
}
