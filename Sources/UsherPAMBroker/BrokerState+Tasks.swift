internal import UsherPAMWire

/// How many processes and threads a login has. All logins share what the kernel grants the broker (`TasksMax=` of its
/// unit): a login whose module makes them without end is ended, so that it does not keep others from a worker.
extension BrokerState {
    /// Schedules a count, unless one is scheduled.
    mutating func wantCount(at now: Duration) { countAfter = countAfter ?? now + limits.counting }

    /// Processes and threads of workers were counted, those included that outlived their worker.
    package mutating func counted(_ tasks: [WorkerID: Int], at now: Duration) -> [BrokerAction] {
        countAfter = nil
        if !tasks.isEmpty, occupied > 0 { wantCount(at: now) }
        var actions: [BrokerAction] = []
        for (worker, count) in tasks.sorted(by: { $0.key.number < $1.key.number }) {
            actions += counted(worker, count, at: now)
        }
        return actions.isEmpty ? [] : actions + readiness(at: now)
    }

    private mutating func counted(_ worker: WorkerID, _ count: Int, at now: Duration) -> [BrokerAction] {
        guard let occupation = workers[worker]?.occupation, occupation != .ending(.killed) else {
            wantCount(at: now)
            return [.sweep(worker)]
        }
        guard count > limits.tasks else { return [] }
        wantCount(at: now)
        // SIGKILL of signal(7).
        let failed = occupation.key.map { forget($0, .crashed(signal: 9)) } ?? []
        if spare == worker { spare = nil }
        workers[worker] = Worker(occupation: .ending(.killed), deadline: nil)
        return failed + [.reportFlood(worker, tasks: count), .sweep(worker)]
    }
}
