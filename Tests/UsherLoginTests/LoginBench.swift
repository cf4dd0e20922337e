import UsherLogin
import UsherSecrets

/// A table of logins, a clock that moves by hand, and one login in it.
struct LoginBench {
    static let id = TransactionName(high: 1, low: 1)
    static let connection: UInt64 = 7

    var table: LoginTable
    var now = Duration.seconds(1000)
    /// Zero makes the jitter zero.
    var random: UInt64 = 0

    init(limits: LoginTable.Limits = .init()) { table = LoginTable(limits: limits) }

    static func ticket(_ name: String = "alice", address: String? = nil, peer: UInt32 = 1000) -> ThrottleTicket {
        func hash(_ text: String) -> UInt64 {
            var hash = KeyedHash(key: (1, 2))
            hash.append(contentsOf: text.utf8)
            return hash.value()
        }
        let source = "\(peer) \(address ?? "")"
        return ThrottleTicket(name: hash(name.lowercased()), source: hash(source), known: false)
    }

    static func start(
        user: String = "alice", rules: LoginRules = LoginRules(), timeout: Duration? = nil, password: Bool = true,
        session: ReauthenticatedSession? = nil, peer: UInt32 = 1000, address: String? = nil, request: UInt64 = 1,
        connection: UInt64 = connection, realm: String = "default"
    ) -> LoginStart {
        LoginStart(
            connection: connection, request: request, peer: peer, ticket: ticket(user, address: address, peer: peer),
            user: user, service: "usher", realm: realm, rules: rules, timeout: timeout, bringsPassword: password,
            session: session)
    }

    /// A bench with one login begun.
    static func begun(_ start: LoginStart = start()) throws -> LoginBench {
        var bench = LoginBench()
        _ = try bench.table.started(start, as: id, now: bench.now)
        return bench
    }

    mutating func asked(_ prompts: [LoginPrompt], _ phase: PAMPhase = .authentication) -> LoginAction {
        table.workerAsked(Self.id, phase: phase, prompts: prompts, now: now, random: random)
    }

    mutating func verdict(_ phase: PAMPhase, _ code: Int32, _ account: LoginAccount? = nil) -> LoginAction {
        table.verdict(Self.id, phase: phase, code: code, account: account, now: now, random: random)
    }

    mutating func succeeded(_ name: String = "alice", uid: UInt32? = 1001) -> LoginAction {
        verdict(.account, 0, LoginAccount(name: name, uid: uid))
    }

    mutating func failed(_ failure: WorkerFailure) -> LoginAction {
        table.workerFailed(Self.id, failure, now: now, random: random)
    }

    mutating func answered(
        _ count: Int, request: UInt64 = 2, connection: UInt64 = connection
    ) throws(LoginTable.Misfit) -> LoginAction {
        try table.answered(Self.id, connection: connection, count: count, request: request, now: now, random: random)
    }

    /// Moves the clock to the next deadline and returns what happened then.
    mutating func waited() -> [LoginAction] {
        guard let next = table.nextDeadline else { return [] }
        now = max(now, next)
        return table.expire(now: now).map(\.action)
    }
}

extension LoginPrompt {
    static let password = LoginPrompt(style: .secret, text: "Password: ")
    static let code = LoginPrompt(style: .secret, text: "Code: ")
    static let color = LoginPrompt(style: .visible, text: "Color: ")
    static let note = LoginPrompt(style: .info, text: "Hello")
    static let complaint = LoginPrompt(style: .error, text: "Locked")
}

extension LoginAction.Count {
    /// A failure of the bench's own login.
    static var wrong: LoginAction.Count { .failure(LoginBench.ticket()) }
}

extension LoginAction {
    static let forward = LoginAction(worker: .forward)

    static func challenge(
        _ prompts: [LoginPrompt], to request: UInt64 = 1, purpose: ChallengePurpose = .login
    ) -> LoginAction {
        let challenge = LoginChallenge(purpose: purpose, prompts: prompts)
        return LoginAction(answer: .init(request: request, reply: .challenge(challenge)))
    }

    static func refusal(
        _ reason: LoginRefusal, to request: UInt64 = 1, worker: Worker = .leave, count: Count = .nothing
    ) -> LoginAction {
        LoginAction(
            worker: worker, answer: .init(request: request, reply: .refusal(reason)), count: count, ended: true)
    }

    static func held(_ count: Count = .nothing) -> LoginAction { LoginAction(count: count, ended: true) }

    var completion: LoginCompletion? {
        if case .complete(let completion) = answer?.reply { return completion }
        return nil
    }
}
