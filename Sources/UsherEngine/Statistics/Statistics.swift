/// What happened since the daemon started.
struct Statistics {
    /// When that was, in nanoseconds of CLOCK_BOOTTIME.
    var started: Int64 = 0
    /// Clients connected now.
    var openConnections = 0
    /// Clients that ever connected.
    var connections: UInt64 = 0
    /// Frames handled, also those that are no request.
    var requests: UInt64 = 0
    /// Requests answered with an error.
    var refusals: UInt64 = 0
    /// Answers to `session.validate`.
    var validations: UInt64 = 0
    /// Those that said no.
    var validationsFailed: UInt64 = 0
    /// Subscribers who were too far behind.
    var subscribersCutOff: UInt64 = 0
    /// Tokens, shown in any method, of no session or of one that has ended.
    var tokensRefused: UInt64 = 0
    /// Logins for which a worker was asked.
    var loginsStarted: UInt64 = 0
    /// Logins that made or renewed a session.
    var loginsSucceeded: UInt64 = 0
    /// Logins that ended otherwise.
    var loginsRefused: UInt64 = 0
    /// How they ended.
    var loginReasons = LoginCounters()
    /// Logins by the name of their configured service.
    var services: [String: ServiceCounters] = [:]
    /// Logins whose worker ended without a verdict.
    var workerEnds = WorkerEndCounters()
    /// Logins in which PAM could not decide whether the secret was right.
    var loginsUndecided: UInt64 = 0
    /// Checks of accounts that the broker was asked for.
    var accountChecks: UInt64 = 0
    /// Checks of accounts without a definite answer.
    var accountChecksUndecided: UInt64 = 0
    /// Failures that were reported to the limiter.
    var limiterFailures: UInt64 = 0
    /// How long validations take.
    var turns = TurnMeter()

    /// Notes an answer to `session.validate`.
    mutating func countValidation(_ isValid: Bool) {
        validations += 1
        if !isValid { validationsFailed += 1 }
    }

    /// The end of a turn. `nanoseconds` says how long it took, where it had a validation.
    mutating func endTurn(nanoseconds: () -> Int64) {
        let count = turns.count(validations)
        if count > 0 { turns.end(count, nanoseconds: nanoseconds()) }
    }
}
