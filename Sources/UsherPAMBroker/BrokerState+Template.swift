internal import UsherPAMWire

/// How long a template is used. Why it is not for ever: `WorkerTemplate`.
extension BrokerState {
    /// Starts a worker, from a new template where the present one has served its time.
    mutating func spawn(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        let isDue = forks >= limits.forks || renewal.map { $0 <= now } ?? false
        if isDue || renewal == nil { beginTemplate(at: now) }
        forks += 1
        return (isDue ? [.renew] : []) + [.spawn(worker)]
    }

    /// A worker died by a signal: somebody may be guessing how its memory is laid out. The next one, and the spare, are laid
    /// out anew.
    mutating func distrust(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        beginTemplate(at: now)
        guard let spare, spare != worker else { return [.renew] }
        return [.renew] + end(spare, nil, at: now)
    }

    private mutating func beginTemplate(at now: Duration) { (forks, renewal) = (0, now + limits.templateLife) }
}
