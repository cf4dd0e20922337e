internal import UsherPAMWire

/// Slots: who may compute next.
extension BrokerState {
    /// Whether a transaction may take a worker.
    var hasRoom: Bool {
        computing < limits.computing && occupied < limits.occupied && workers.count < limits.processes
    }

    var wantsSpare: Bool { limits.keepsSpare && spare == nil && !stopping && workers.count < limits.processes }

    /// Fills the slots that are free, then sees to the spare.
    mutating func readiness(at now: Duration) -> [BrokerAction] {
        guard !stopping else { return [] }
        var actions: [BrokerAction] = []
        while computing < limits.computing, let key = resuming.first {
            resuming.removeFirst()
            actions += resume(key).map { .deliver(key, $0) }
        }
        while hasRoom, let key = waiting.first {
            waiting.removeFirst()
            let (worker, spawn) = assign(key)
            actions += spawn + [.deliver(key, worker)]
        }
        return actions + prepareSpare(at: now)
    }

    /// Gives `key` the spare, or a new worker.
    mutating func assign(_ key: TransactionKey) -> (WorkerID, [BrokerAction]) {
        let deadline = transactions[key]?.deadline
        if let worker = spare {
            spare = nil
            workers[worker] = Worker(occupation: .computing(key), deadline: deadline)
            transactions[key]?.worker = worker
            return (worker, [])
        }
        let worker = newWorker(.computing(key), deadline: deadline)
        transactions[key]?.worker = worker
        return (worker, [.spawn(worker)])
    }

    /// Lets the worker of `key` compute again. Empty where it has none any more.
    mutating func resume(_ key: TransactionKey) -> [WorkerID] {
        guard let worker = transactions[key]?.worker else { return [] }
        workers[worker]?.occupation = .computing(key)
        return [worker]
    }

    private mutating func prepareSpare(at now: Duration) -> [BrokerAction] {
        guard wantsSpare, now >= spareAfter else { return [] }
        spareAfter = .zero
        let worker = newWorker(.idle, deadline: nil)
        spare = worker
        return [.spawn(worker)]
    }

    /// Removes the transaction from every table and tells its client; its worker is the caller's matter.
    mutating func forget(_ key: TransactionKey, _ failure: PAMFailure) -> [BrokerAction] {
        guard transactions.removeValue(forKey: key) != nil else { return [] }
        let held = waiting.contains(key) || resuming.contains(key)
        waiting.removeAll { $0 == key }
        resuming.removeAll { $0 == key }
        return (held ? [.discard(key)] : []) + (clients[key.client] != nil ? [.fail(key, failure)] : [])
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
