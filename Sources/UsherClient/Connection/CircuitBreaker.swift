/// Whether calls wait for a daemon that is away or fail at once, and when the next try to connect is due. A value
/// without a clock and without a socket.
///
/// - Data structure: the outage, if there is one. It begins with a try that fails and ends with a try that succeeds.
///   The breaker is closed while there is no outage and during the first `limits.patience` of one; after that it is
///   open.
/// - Invariants: a try that succeeds closes the breaker. While it is open, a call is refused without a try only when a
///   try has failed less than `limits.firstPause` ago; so the first call after the daemon's return finds it.
/// - The pauses between tries double from `limits.firstPause` to `limits.longestPause`. They go on while calls wait,
///   and for `limits.memory` after the last call. An outage that no call has met for that long is forgotten: the next
///   call waits again, because the daemon may just be restarting.
/// - Rejected: tries by timer alone while open, which refuse calls for up to `limits.longestPause` after the daemon's
///   return. connect(2) to a Unix socket that nobody serves costs a few microseconds, so calls can afford it.
package struct CircuitBreaker: Sendable {
    /// The times of a breaker.
    package struct Limits: Sendable {
        /// How long tries may fail before calls fail at once: one second.
        package var patience = Duration.seconds(1)
        /// The pause after the first failed try, and the least time between two tries: ten milliseconds.
        package var firstPause = Duration.milliseconds(10)
        /// The longest pause between two tries: half a second.
        package var longestPause = Duration.milliseconds(500)
        /// How long after the last call an outage is remembered and tries go on: one minute.
        package var memory = Duration.seconds(60)

        /// The defaults.
        package init() {}
    }

    private struct Outage {
        /// When the breaker opens.
        let opening: MonotonicInstant
        var isOpen = false
        var lastTry: MonotonicInstant
        var lastCall: MonotonicInstant
        /// The pause after the next failed try.
        var pause: Duration
    }

    private let limits: Limits
    private var outage: Outage?

    /// A closed breaker.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Whether calls fail at once.
    package var isOpen: Bool { outage?.isOpen ?? false }

    /// When `timePassed` must be called at the latest; `never` for a breaker that does not change by itself.
    package var nextInstant: MonotonicInstant {
        guard let outage, !outage.isOpen else { return .never }
        return outage.opening
    }

    /// A call needs a connection.
    package mutating func called(at now: MonotonicInstant) {
        if !goesOn(at: now) { outage = nil }
        outage?.lastCall = now
        timePassed(at: now)
    }

    /// Opens the breaker when it is time.
    package mutating func timePassed(at now: MonotonicInstant) {
        if let outage, now >= outage.opening { self.outage?.isOpen = true }
    }

    /// Whether a call may try to connect now, sooner than the pause ends.
    package func mayTry(at now: MonotonicInstant) -> Bool {
        guard let outage else { return true }
        return now >= outage.lastTry + limits.firstPause
    }

    /// Whether there is an outage, and tries go on although no call waits.
    package func goesOn(at now: MonotonicInstant) -> Bool {
        guard let outage else { return false }
        return now < outage.lastCall + limits.memory
    }

    /// A try failed. Returns when the next one is due.
    package mutating func failed(at now: MonotonicInstant) -> MonotonicInstant {
        var outage =
            outage ?? Outage(opening: now + limits.patience, lastTry: now, lastCall: now, pause: limits.firstPause)
        let next = now + outage.pause
        outage.lastTry = now
        outage.pause = min(outage.pause * 2, limits.longestPause)
        self.outage = outage
        timePassed(at: now)
        return next
    }

    /// The outage is over: a try succeeded, or it failed for a reason that waiting does not mend.
    package mutating func ended() { outage = nil }
}
