/// Slots: who may compute next.
extension BrokerState {
    /// Whether the common limits let one more transaction take a worker.
    var hasRoom: Bool {
        computing < limits.computing && occupied < limits.occupied && workers.count < limits.processes
    }

    /// Whether the limit of `peer` lets one more of its transactions take a worker.
    func hasRoom(for peer: UInt32) -> Bool {
        transactions.values.count { $0.peer == peer && $0.worker != nil } < limits.occupiedPerPeer
    }

    /// Whether one more transaction of `peer` may wait for a worker.
    func mayWait(_ peer: UInt32) -> Bool {
        waiting.count < limits.waiting
            && waiting.count { transactions[$0]?.peer == peer } < limits.waitingPerPeer
    }

    /// The next transaction of `queue`: of the peer that had its turn longest ago, the oldest one. O(queue).
    private func next(in queue: [TransactionKey], where mayGo: (UInt32) -> Bool = { _ in true }) -> TransactionKey? {
        var best: (key: TransactionKey, turn: UInt64)?
        for key in queue {
            guard let peer = transactions[key]?.peer, mayGo(peer) else { continue }
            let turn = turns[peer] ?? 0
            if best.map({ turn < $0.turn }) ?? true { best = (key, turn) }
        }
        return best?.key
    }

    /// Notes that the peer of `key` has had its turn.
    private mutating func noteTurn(_ key: TransactionKey) {
        guard let peer = transactions[key]?.peer else { return }
        turns[peer] = (turns.values.max() ?? 0) + 1
    }

    var wantsSpare: Bool { limits.keepsSpare && spare == nil && !stopping && workers.count < limits.processes }

    /// Fills the free slots, then starts a spare if one is wanted.
    mutating func readiness(at now: Duration) -> [BrokerAction] {
        guard !stopping else { return [] }
        var actions = startChecks(overdue: true, at: now)
        while computing < limits.computing, let key = next(in: resuming) {
            resuming.removeAll { $0 == key }
            actions += resume(key, at: now).map { .deliver(key, $0) }
        }
        while hasRoom, let key = next(in: waiting, where: hasRoom(for:)) {
            waiting.removeAll { $0 == key }
            let (worker, spawn) = assign(key, at: now)
            actions += spawn + [.deliver(key, worker)]
        }
        return actions + startChecks(overdue: false, at: now) + prepareSpare(at: now)
    }

    /// Gives workers to checks of accounts: to those that have yielded to logins for long enough if `overdue`, else to
    /// any while no login needs the slot.
    private mutating func startChecks(overdue: Bool, at now: Duration) -> [BrokerAction] {
        var actions: [BrokerAction] = []
        while let key = checks.first, hasRoom(forCheck: key), overdue ? isOverdue(key, at: now) : isQuiet {
            checks.removeFirst()
            let (worker, spawn) = assign(key, at: now)
            actions += spawn + [.deliver(key, worker)]
        }
        return actions
    }

    private func isOverdue(_ key: TransactionKey, at now: Duration) -> Bool {
        transactions[key].map { $0.yields <= now } ?? false
    }

    /// Whether no login waits, and a new one would find a slot beside a check.
    private var isQuiet: Bool { waiting.isEmpty && resuming.isEmpty && computing < max(limits.computing - 1, 1) }

    /// Whether the limits let the check or survey `key` take a worker. A survey asks no directory, and does not wait
    /// for a check that does.
    private func hasRoom(forCheck key: TransactionKey) -> Bool {
        let serving = workers.values.filter { $0.occupation.key.map { transactions[$0]?.isCheck ?? false } ?? false }
        let atOnce = serving.count { if case .computing = $0.occupation { true } else { false } }
        let isSurvey = transactions[key]?.isSurvey ?? false
        return hasRoom && atOnce < limits.checkingAtOnce && (isSurvey || serving.count < limits.checking)
    }

    /// Gives `key` a worker: the spare, or a new one. Checks never get the spare.
    mutating func assign(_ key: TransactionKey, at now: Duration) -> (WorkerID, [BrokerAction]) {
        let prepared = transactions[key]?.isCheck ?? false ? nil : spare
        if prepared != nil { spare = nil }
        let worker = prepared ?? newWorker(.idle, deadline: nil)
        workers[worker] = Worker(
            occupation: .computing(key), deadline: transactions[key]?.deadline, stalls: now + limits.patience)
        transactions[key]?.worker = worker
        noteTurn(key)
        wantCount(at: now)
        return (worker, prepared == nil ? spawn(worker, at: now) : [])
    }

    /// Lets the worker of `key` compute again, with the answers. Empty if the worker is gone.
    mutating func resume(_ key: TransactionKey, at now: Duration) -> [WorkerID] {
        guard let worker = transactions[key]?.worker else { return [] }
        transactions[key]?.isAnswered = true
        workers[worker]?.occupation = .computing(key)
        workers[worker]?.stalls = now + limits.patience
        noteTurn(key)
        return [worker]
    }

    private mutating func prepareSpare(at now: Duration) -> [BrokerAction] {
        guard wantsSpare, now >= spareAfter else { return [] }
        spareAfter = .zero
        let worker = newWorker(.idle, deadline: now + limits.spareLife)
        spare = worker
        return spawn(worker, at: now)
    }
}
