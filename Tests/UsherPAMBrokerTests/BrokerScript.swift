import UsherNames
import UsherPAMProcesses
import UsherPAMWire

@testable import UsherPAMBroker

/// A broker's state and a clock, with short calls for the events.
struct BrokerScript {
    var state: BrokerState
    var now = Duration.seconds(100)
    let client = ClientID(number: 1)

    /// A broker with one client that said hello, and its first spare (worker 1).
    init(
        computing: Int = 1, conversing: Int = 2, waiting: Int = 2, spare: Bool = true,
        _ change: (inout BrokerLimits) -> Void = { _ in }
    ) {
        var limits = BrokerLimits(computing: computing, conversing: conversing, waiting: waiting)
        limits.keepsSpare = spare
        limits.counting = Host.never
        change(&limits)
        state = BrokerState(limits: limits)
        _ = state.started(at: now)
        _ = state.clientConnected(client)
        _ = state.greeted(client, version: PAMLimits.version, at: now)
    }

    func key(_ transaction: UInt64) -> TransactionKey { TransactionKey(client: client, transaction: transaction) }

    /// By default each transaction has a peer and a user of its own.
    mutating func start(
        _ transaction: UInt64, user: String? = nil, peer: UInt32? = nil, timeout: Duration = .seconds(10)
    ) -> [BrokerAction] {
        state.startRequested(
            key(transaction), user: user ?? "user\(transaction)", bringsPassword: true,
            peer: peer ?? UInt32(transaction), timeout: timeout, at: now)
    }

    mutating func ask(_ worker: UInt64, _ transaction: UInt64) -> [BrokerAction] {
        let challenge = PAMChallenge(transaction: transaction, purpose: .login, prompts: [PAMPrompt(.secret, "")])
        return state.reported(WorkerID(number: worker), .challenge(challenge), at: now)
    }

    mutating func decide(_ worker: UInt64, _ transaction: UInt64, denied: Bool = false) -> [BrokerAction] {
        let verdict = PAMVerdict(
            transaction: transaction, phase: denied ? .authentication : .account, code: denied ? 7 : 0)
        return state.reported(WorkerID(number: worker), .verdict(verdict), at: now)
    }

    mutating func ended(
        _ worker: UInt64, _ end: WorkerEnd = .exited(status: 0), isOfLatest: Bool = true
    ) -> [BrokerAction] {
        state.workerEnded(WorkerID(number: worker), end, isOfLatest: isOfLatest, at: now)
    }

    mutating func answer(_ transaction: UInt64) -> [BrokerAction] { state.answered(key(transaction), at: now) }

    mutating func wait(_ time: Duration) -> [BrokerAction] {
        now += time
        return state.timePassed(to: now)
    }
}
