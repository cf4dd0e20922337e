internal import UsherPAMWire
internal import UsherWire

/// Logins whose worker ended without a verdict, by how, and logins that the broker had no worker for.
struct WorkerEndCounters {
    /// Killed, as the time of the login was over.
    private var timedOut: UInt64 = 0
    /// Died of a signal, ended by itself, or said what makes no sense.
    private var failed: UInt64 = 0
    /// Not started.
    private var notStarted: UInt64 = 0
    /// Turned away, as the broker's queue was full or no worker became free in time.
    private var turnedAway: UInt64 = 0

    /// Counts a login that ended by `failure`.
    mutating func count(_ failure: PAMFailure) {
        switch failure {
        case .timeout: timedOut += 1
        case .crashed, .exited, .protocolViolated: failed += 1
        case .spawnFailed, .serviceUnknown, .serviceNotServed: notStarted += 1
        case .busy, .queueFull: turnedAway += 1
        case .cancelled: break
        }
    }

    /// What `server.stats` shows.
    var figures: [Figure] {
        [
            Figure("workers_timed_out", Int64(clamping: timedOut)), Figure("workers_failed", Int64(clamping: failed)),
            Figure("workers_not_started", Int64(clamping: notStarted)),
            Figure("broker_turned_away", Int64(clamping: turnedAway)),
        ]
    }
}
