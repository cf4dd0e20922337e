package import UsherPAMProcesses
internal import UsherPAMWire

/// Who waits, who computes, who is being ended: every decision of the broker, without I/O. Events in, actions out; the
/// time is a parameter (since boot).
///
/// Data structure: tables of transactions and of workers, and three queues. Transactions whose answers wait for a
/// computing slot go first, then those that wait for a worker; in both queues peers take turns. Checks of accounts go
/// last and leave a slot free, until they have waited for a second: then they go first.
///
/// Invariants: at most `computing` workers compute, not counting a worker whose question is unanswered or that has run
/// for longer than any hash. No peer has more than half of the workers or of the queue. Each transaction ends in
/// exactly one relayed verdict or one `fail`, unless its client has gone. A worker serves one transaction and is then
/// ended: first by request, then by SIGTERM, then by SIGKILL.
/// Rejected: counters beside the tables, which can disagree with them; the tables have some dozen entries.
package struct BrokerState {
    /// What a worker does.
    enum Occupation: Equatable {
        /// Started ahead, waits for its transaction. To `computing` or `ending`.
        case idle
        /// Runs modules. To `conversing`, `stalled` or `ending`.
        case computing(TransactionKey)
        /// Has been running modules for so long that it must be waiting for something. To `conversing` or `ending`.
        case stalled(TransactionKey)
        /// Waits for answers. To `computing`, `resuming` or `ending`.
        case conversing(TransactionKey)
        /// Has answers, which wait for a slot. To `computing` or `ending`.
        case resuming(TransactionKey)
        /// Done or given up. Gone when the process has ended.
        case ending(Step)

        /// The last step that was taken to end it.
        enum Step: Equatable { case asked, terminated, killed }

        /// The transaction that it serves.
        var key: TransactionKey? {
            switch self {
            case .computing(let key), .stalled(let key), .conversing(let key), .resuming(let key): key
            case .idle, .ending: nil
            }
        }
    }

    struct Worker: Equatable {
        var occupation: Occupation
        /// When its transaction times out, a spare is replaced, or the next step of its ending is due.
        var deadline: Duration?
        /// When it counts as stalled, if it computes.
        var stalls: Duration?
    }

    struct Transaction: Equatable {
        var peer: UInt32
        var deadline: Duration
        /// Until when it may wait for a worker.
        var patience: Duration
        /// Until when a check of an account or a survey yields to logins.
        var yields = Duration.zero
        /// Where a guess of its name counts; nil for a check of an account or a survey, which have no secret.
        var place: GuessCeiling.Place?
        /// Where the guess counts too: under the account's own name, once modules have reported another name.
        var account: GuessCeiling.Place?
        /// Whether its start has a password, which its worker gets.
        var bringsPassword: Bool
        /// What its service allows.
        var options: PAMOptions
        /// Whether it is a survey, which asks no modules.
        var isSurvey = false
        /// Whether answers were passed to its worker.
        var isAnswered = false
        var worker: WorkerID?

        /// Whether a worker has got a secret. A transaction that ends before that is no guess.
        var isGuess: Bool { bringsPassword && worker != nil || isAnswered }
        /// Whether it is a check of an account or a survey of many, which yield to logins.
        var isCheck: Bool { place == nil }
    }

    package let limits: BrokerLimits
    var clients: [ClientID: Bool] = [:]
    var transactions: [TransactionKey: Transaction] = [:]
    var workers: [WorkerID: Worker] = [:]
    var waiting: [TransactionKey] = []
    var resuming: [TransactionKey] = []
    /// Checks of accounts that wait for a worker, surveys in front; they go when no login waits, or after
    /// `limits.yielding`.
    var checks: [TransactionKey] = []
    var ceiling: GuessCeiling
    /// For each peer with transactions, the number of its last turn, at which it got a worker or a slot: the peer with
    /// the lowest is next.
    var turns: [UInt32: UInt64] = [:]
    var spare: WorkerID?
    /// No spare is started before this time, because the last one failed.
    var spareAfter = Duration.zero
    /// Workers that the zygote has made.
    var forks = 0
    /// When the zygote has served its time; nil before the first worker.
    var renewal: Duration?
    /// Zygotes lost in a row; from the second on, none is tried before `zygoteAfter`.
    var losses = 0
    var zygoteAfter = Duration.zero
    /// When the processes of logins are counted next; nil while there is nothing to count.
    var countAfter: Duration?
    var stopping = false
    /// Until when a broker that stops waits for workers to end.
    private var leaveAfter: Duration?
    private var lastWorker: UInt64 = 0

    /// A broker without clients and workers.
    package init(limits: BrokerLimits) {
        self.limits = limits
        ceiling = GuessCeiling(room: limits.guesses, interval: limits.guessInterval)
    }

    /// Workers that compute now. O(workers).
    package var computing: Int {
        workers.values.count { if case .computing = $0.occupation { true } else { false } }
    }

    /// The transaction that a worker serves.
    package func transaction(of worker: WorkerID) -> TransactionKey? { workers[worker]?.occupation.key }

    /// Workers that serve a transaction. O(workers).
    var occupied: Int { workers.values.count { $0.occupation.key != nil } }

    /// When `timePassed` is to be called next. O(transactions).
    package var nextDeadline: Duration? {
        let spareDue = wantsSpare && spareAfter > .zero ? spareAfter : nil
        let queued = (waiting + checks).compactMap { transactions[$0]?.patience }
        let working = workers.values.flatMap { [$0.deadline, $0.stalls] }.compactMap(\.self)
        return (working + queued + [spareDue, countAfter, leaveAfter].compactMap(\.self)).min()
    }

    /// The broker is ready: starts the spare.
    package mutating func started(at now: Duration) -> [BrokerAction] { readiness(at: now) }

    /// SIGTERM came: all transactions fail as `busy`, and all workers are ended.
    package mutating func stopRequested(at now: Duration) -> [BrokerAction] {
        leaveAfter = leaveAfter ?? now + limits.leaving
        stopping = true
        var actions: [BrokerAction] = []
        for key in transactions.keys { actions += drop(key, .busy(retryAfter: limits.pause), at: now) }
        if let spare { actions += end(spare, nil, at: now) }
        return actions + departure()
    }

    /// A process could not be started: its transaction has no worker after all.
    package mutating func spawnFailed(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        if let key = transaction(of: worker) { transactions[key]?.worker = nil }
        return lose(worker, .spawnFailed, at: now)
    }

    /// A process has ended; all that it had sent was reported before. `isOfLatest`: the newest zygote made it.
    package mutating func workerEnded(
        _ worker: WorkerID, _ end: WorkerEnd, isOfLatest: Bool, at now: Duration
    ) -> [BrokerAction] {
        let isTrusted = end == .exited(status: 0) && transaction(of: worker) == nil
        let renewal = isOfLatest && !isTrusted ? distrust(worker, at: now) : []
        return renewal + lose(worker, end.failure, at: now)
    }

    private mutating func lose(_ worker: WorkerID, _ failure: PAMFailure, at now: Duration) -> [BrokerAction] {
        guard let lost = workers.removeValue(forKey: worker) else { return [] }
        if spare == worker { (spare, spareAfter) = (nil, now + limits.pause) }
        let actions = lost.occupation.key.map { forget($0, failure) } ?? []
        return actions + readiness(at: now) + departure()
    }

    mutating func newWorker(_ occupation: Occupation, deadline: Duration?) -> WorkerID {
        lastWorker += 1
        let worker = WorkerID(number: lastWorker)
        workers[worker] = Worker(occupation: occupation, deadline: deadline)
        return worker
    }

    private func departure() -> [BrokerAction] { stopping && workers.isEmpty ? [.finish] : [] }

    /// Leaves workers behind that did not end though they got SIGKILL: one that waits for a disk does not, for as long
    /// as the disk likes, and a broker that waits for it serves nobody.
    mutating func lateDeparture(at now: Duration) -> [BrokerAction] {
        guard let leaveAfter, leaveAfter <= now else { return [] }
        self.leaveAfter = nil
        return [.abandon]
    }
}
