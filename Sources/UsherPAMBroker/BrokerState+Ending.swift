internal import UsherPAMWire

/// How transactions and workers end. A worker is asked to, then gets SIGTERM, then SIGKILL.
extension BrokerState {
    /// Time has passed: ends transactions and workers whose time is over.
    package mutating func timePassed(to now: Duration) -> [BrokerAction] {
        var actions: [BrokerAction] = []
        for key in waiting + checks where transactions[key].map({ $0.patience <= now }) ?? true {
            actions += forget(key, .busy(retryAfter: limits.pause))
        }
        for (worker, state) in workers where state.stalls.map({ $0 <= now }) ?? false {
            workers[worker]?.stalls = nil
            if case .computing(let key) = state.occupation { workers[worker]?.occupation = .stalled(key) }
        }
        for (worker, state) in workers where state.deadline.map({ $0 <= now }) ?? false {
            actions += overdue(worker, state.occupation, at: now)
        }
        if let countAfter, countAfter <= now {
            self.countAfter = nil
            actions.append(.count)
        }
        return actions + readiness(at: now) + lateDeparture(at: now)
    }

    private mutating func overdue(_ worker: WorkerID, _ occupation: Occupation, at now: Duration) -> [BrokerAction] {
        switch occupation {
        case .computing(let key), .stalled(let key), .conversing(let key), .resuming(let key):
            return forget(key, .timeout) + terminate(worker, at: now)
        case .ending(.asked): return terminate(worker, at: now)
        case .ending(.terminated), .ending(.killed):
            workers[worker] = Worker(occupation: .ending(.killed), deadline: nil)
            return [.kill(worker)]
        case .idle: return end(worker, nil, at: now)
        }
    }

    private mutating func terminate(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        workers[worker] = Worker(occupation: .ending(.terminated), deadline: now + limits.grace)
        return [.terminate(worker)]
    }

    /// Removes the transaction from every table and tells its client. The caller ends its worker.
    mutating func forget(_ key: TransactionKey, _ failure: PAMFailure) -> [BrokerAction] {
        guard settle(key, .failed) else { return [] }
        let held = waiting.contains(key) || resuming.contains(key) || checks.contains(key)
        waiting.removeAll { $0 == key }
        checks.removeAll { $0 == key }
        resuming.removeAll { $0 == key }
        return (held ? [.discard(key)] : []) + (clients[key.client] != nil ? [.fail(key, failure)] : [])
    }

    /// Removes the transaction from the table. `outcome` counts for its secret, if a worker got one. False if there is
    /// no such transaction.
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

    /// Asks the worker to end; after `limits.grace` a signal ends it.
    mutating func end(_ worker: WorkerID, _ transaction: UInt64?, at now: Duration) -> [BrokerAction] {
        guard workers[worker] != nil else { return [] }
        if spare == worker { spare = nil }
        workers[worker] = Worker(occupation: .ending(.asked), deadline: now + limits.grace)
        return [.cancel(worker, transaction: transaction ?? 0)]
    }
}
