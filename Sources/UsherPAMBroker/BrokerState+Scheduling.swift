internal import UsherPAMWire

/// Slots: who may compute next.
extension BrokerState {
    /// Whether a transaction may take a worker, as far as all are concerned.
    var hasRoom: Bool {
        computing < limits.computing && occupied < limits.occupied && workers.count < limits.processes
    }

    /// Whether one of `peer` may.
    func hasRoom(for peer: UInt32) -> Bool {
        transactions.values.count { $0.peer == peer && $0.worker != nil } < limits.occupiedPerPeer
    }

    /// Whether one of `peer` may wait for a worker.
    func mayWait(_ peer: UInt32) -> Bool {
        waiting.count < limits.waiting
            && waiting.count { transactions[$0]?.peer == peer } < limits.waitingPerPeer
    }

    /// Whose turn it is: of the peers in `queue`, the one that had its turn longest ago, and its oldest there.
    /// O(queue).
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

    /// Fills the slots that are free, then sees to the spare.
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

    /// Gives workers to checks of accounts that have yielded to logins for long enough, or that no login is in the way of.
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

    /// Whether no login waits, and one that comes finds a slot beside a check.
    private var isQuiet: Bool { waiting.isEmpty && resuming.isEmpty && computing < max(limits.computing - 1, 1) }

    /// Whether a check of an account or a survey may take a worker, as far as others of them are concerned. A survey asks no
    /// directory, and waits for no check that does.
    private func hasRoom(forCheck key: TransactionKey) -> Bool {
        let serving = workers.values.filter { $0.occupation.key.map { transactions[$0]?.isCheck ?? false } ?? false }
        let atOnce = serving.count { if case .computing = $0.occupation { true } else { false } }
        let isSurvey = transactions[key]?.isSurvey ?? false
        return hasRoom && atOnce < limits.checkingAtOnce && (isSurvey || serving.count < limits.checking)
    }

    /// Gives `key` the spare, or a new worker. The spare is kept for logins.
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

    /// Lets the worker of `key` compute again, with the answers. Empty where it has none any more.
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

    /// Removes the transaction from every table and tells its client; its worker is the caller's matter.
    mutating func forget(_ key: TransactionKey, _ failure: PAMFailure) -> [BrokerAction] {
        guard settle(key, .failed) else { return [] }
        let held = waiting.contains(key) || resuming.contains(key) || checks.contains(key)
        waiting.removeAll { $0 == key }
        checks.removeAll { $0 == key }
        resuming.removeAll { $0 == key }
        return (held ? [.discard(key)] : []) + (clients[key.client] != nil ? [.fail(key, failure)] : [])
    }

    /// Takes the transaction out of the table; `outcome` is what became of its secret, as far as can be known, if a
    /// worker got one. False: it is not there.
    @discardableResult
    mutating func settle(_ key: TransactionKey, _ outcome: GuessCeiling.Outcome) -> Bool {
        guard let gone = transactions.removeValue(forKey: key) else { return false }
        for place in [gone.place, gone.account].compactMap(\.self) {
            ceiling.settle(place, gone.isGuess ? outcome : .proven)
        }
        if !transactions.values.contains(where: { $0.peer == gone.peer }) { turns[gone.peer] = nil }
        return true
    }

    /// Ends the transaction, and its worker with it.
    mutating func drop(_ key: TransactionKey, _ failure: PAMFailure, at now: Duration) -> [BrokerAction] {
        let worker = transactions[key]?.worker
        let actions = forget(key, failure)
        return actions + (worker.map { end($0, key.transaction, at: now) } ?? [])
    }

    /// Asks the worker to end; if it does not within the grace, it is made to.
    mutating func end(_ worker: WorkerID, _ transaction: UInt64?, at now: Duration) -> [BrokerAction] {
        guard workers[worker] != nil else { return [] }
        if spare == worker { spare = nil }
        workers[worker] = Worker(occupation: .ending(.asked), deadline: now + limits.grace)
        return [.cancel(worker, transaction: transaction ?? 0)]
    }
}
