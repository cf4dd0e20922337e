import UsherNames
import UsherPAMWire

@testable import UsherPAMBroker

/// Starts, asks and verdicts of several peers, without spare workers; one that computes at a time.
struct Host {
    var state: BrokerState
    var now = Duration.seconds(100)
    let client = ClientID(number: 1)

    /// Counting of processes is a matter of `LoginTasksTests` alone.
    static let never = Duration.seconds(1 << 30)

    init(
        computing: Int = 1, conversing: Int = 64, waiting: Int = 64, guesses: Int = 100, counting: Duration = never
    ) {
        var limits = BrokerLimits(computing: computing, conversing: conversing, waiting: waiting)
        limits.keepsSpare = false
        limits.guesses = guesses
        limits.counting = counting
        state = BrokerState(limits: limits)
        _ = state.clientConnected(client)
        _ = state.greeted(client, version: PAMLimits.version, at: now)
    }

    @discardableResult
    mutating func start(
        _ number: UInt64, peer: UInt32, user: String? = nil, password: Bool = true, options: PAMOptions = []
    ) -> [BrokerAction] {
        state.startRequested(
            key(number), user: user ?? "user\(number)", bringsPassword: password, peer: peer, timeout: .seconds(60),
            options: options, at: now)
    }

    /// Asks for the check of an account.
    @discardableResult
    mutating func check(_ number: UInt64) -> [BrokerAction] {
        state.checkRequested(key(number), timeout: .seconds(10), at: now)
    }

    /// Asks for a survey.
    @discardableResult
    mutating func survey(_ number: UInt64) -> [BrokerAction] {
        state.checkRequested(key(number), isSurvey: true, timeout: .seconds(10), at: now)
    }

    /// The one that computes says what a survey has found.
    mutating func surveyed() -> [BrokerAction] {
        guard let (worker, number) = computing.first else { return [] }
        let report = PAMReport.surveyed(PAMSurveyed(transaction: number, digests: []))
        let actions = state.reported(worker, report, at: now)
        return actions + state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: now)
    }

    /// The same; whose worker was started then.
    mutating func answerSurvey() -> [UInt64] { started(surveyed()) }

    func key(_ number: UInt64) -> TransactionKey { TransactionKey(client: client, transaction: number) }

    /// The verdict of the one that computes; whose worker was started then.
    mutating func decideNext(denied: Bool = false) -> [UInt64] { started(decide(code: denied ? 7 : 0)) }

    /// The verdict of the one that computes, of the authentication unless the code is 0. `user` is the account's name.
    @discardableResult
    mutating func decide(code: Int32, user: String = "") -> [BrokerAction] {
        guard let (worker, number) = computing.first else { return [] }
        let verdict = PAMVerdict(
            transaction: number, phase: code == 0 ? .account : .authentication, code: code, user: user)
        let actions = state.reported(worker, .verdict(verdict), at: now)
        return actions + state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: now)
    }

    /// The one that computes finds no such service.
    mutating func missNext() {
        guard let (worker, number) = computing.first else { return }
        _ = state.reported(worker, .failed(transaction: number, .serviceUnknown), at: now)
        _ = state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: now)
    }

    /// The one that computes asks; whose worker was started then.
    @discardableResult
    mutating func askNext() -> [UInt64] { started(ask(.login)) }

    /// The one that computes asks. `user` is the account's name.
    mutating func ask(_ purpose: LoginPurpose, user: String = "") -> [BrokerAction] {
        guard let (worker, number) = computing.first else { return [] }
        let challenge = PAMChallenge(
            transaction: number, purpose: purpose, user: user, prompts: [PAMPrompt(.secret, "")])
        return state.reported(worker, .challenge(challenge), at: now)
    }

    /// How many more logins of `user` may fail at once.
    func room(for user: String) -> Int {
        var ceiling = state.ceiling
        return (0..<1000).count { _ in ceiling.take(ceiling.place(of: user), at: now) == nil }
    }

    private var computing: [(WorkerID, UInt64)] {
        state.workers.compactMap { worker, value in
            if case .computing(let key) = value.occupation { (worker, key.transaction) } else { nil }
        }
    }

    private func started(_ actions: [BrokerAction]) -> [UInt64] {
        actions.compactMap { if case .deliver(let key, _) = $0 { key.transaction } else { nil } }
    }
}
