internal import UsherPAMWire

/// How long a zygote is used. Why it is not for ever: `WorkerZygote`.
extension BrokerState {
    /// Starts a worker, from a new zygote where the present one has served its time.
    mutating func spawn(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        let isDue = forks >= limits.forks || renewal.map { $0 <= now } ?? false
        if isDue || renewal == nil { beginZygote(at: now) }
        forks += 1
        return (isDue ? [.renew] : []) + [.spawn(worker)]
    }

    /// A worker died by a signal, or ended in the middle of its work, as a runtime that handles signals may do:
    /// somebody may be guessing its memory layout. The next worker and the spare get a new layout.
    mutating func distrust(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        beginZygote(at: now)
        guard let spare, spare != worker else { return [.renew] }
        return [.renew] + end(spare, nil, at: now)
    }

    /// Whether a zygote may be asked for a worker. For a while after two in a row were lost it may not: each loss costs
    /// the broker time in which it serves nobody.
    package func mayFork(at now: Duration) -> Bool { now >= zygoteAfter }

    /// The zygote has ended or was silent. True if that is to be reported: at the second loss in a row.
    package mutating func zygoteLost(at now: Duration) -> Bool {
        beginZygote(at: now)
        losses += 1
        if losses > 1 { zygoteAfter = now + limits.pause }
        return losses == 2
    }

    /// The zygote answered, even if only that the kernel refuses.
    package mutating func zygoteAnswered() { losses = 0 }

    private mutating func beginZygote(at now: Duration) { (forks, renewal) = (0, now + limits.zygoteLife) }
}
