package import UsherPAMWire

/// What workers say. They run foreign modules, so that everything they say is checked against what they may say now.
extension BrokerState {
    /// A worker sent `report`, which is at hand.
    package mutating func reported(_ worker: WorkerID, _ report: PAMReport, at now: Duration) -> [BrokerAction] {
        switch report {
        case .challenge(let challenge): asked(worker, challenge.transaction, at: now)
        case .verdict(let verdict): decided(worker, verdict.transaction, hasFailed: verdict.hasFailed, at: now)
        case .failed(let transaction, .serviceUnknown), .failed(let transaction, .protocolViolated):
            // PAM was not asked.
            decided(worker, transaction, hasFailed: false, at: now)
        case .failed, .hello, .started, .forked: misbehaved(worker, at: now)
        }
    }

    private mutating func asked(_ worker: WorkerID, _ transaction: UInt64, at now: Duration) -> [BrokerAction] {
        guard let key = computes(worker, transaction) else { return misbehaved(worker, at: now) }
        workers[worker]?.occupation = .conversing(key)
        workers[worker]?.stalls = nil
        return [.relay(key.client)] + readiness(at: now)
    }

    private mutating func decided(
        _ worker: WorkerID, _ transaction: UInt64, hasFailed: Bool, at now: Duration
    ) -> [BrokerAction] {
        guard let key = computes(worker, transaction) else { return misbehaved(worker, at: now) }
        settle(key, hasFailed: hasFailed)
        workers[worker] = Worker(occupation: .ending(.asked), deadline: now + limits.grace)
        return [.relay(key.client)] + readiness(at: now)
    }

    /// The transaction of a worker that computes, if it is the one that its report names.
    private func computes(_ worker: WorkerID, _ transaction: UInt64) -> TransactionKey? {
        switch workers[worker]?.occupation {
        case .computing(let key), .stalled(let key): key.transaction == transaction ? key : nil
        default: nil
        }
    }

    /// A worker said what it may not say now. From one that is ending, it is what crossed the end.
    package mutating func misbehaved(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        guard let occupation = workers[worker]?.occupation else { return [] }
        if let key = occupation.key { return drop(key, .protocolViolated, at: now) + readiness(at: now) }
        guard occupation == .idle else { return [] }
        spareAfter = now + limits.pause
        return end(worker, nil, at: now)
    }
}

extension PAMVerdict {
    /// Whether the one who logged in has not shown to know the secret. What goes wrong after that is no failure of theirs.
    fileprivate var hasFailed: Bool { !succeeded && phase == .authentication }
}
