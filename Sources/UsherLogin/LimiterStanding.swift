/// What the counters demand of a login that would begin.
struct LimiterStanding {
    /// Whether nothing is tried any more.
    var isCapped: Bool
    /// Whether logins go one by one.
    var isSlowed: Bool
    /// The wait that is left; zero or less for none.
    var wait: Duration
    /// How many logins may be under way before it while `isSlowed` is false.
    var room: Int

    /// The standing of a counter with `failures` in a row, the last of them at `last`.
    init(failures: Int, since last: UInt64, now: UInt64) {
        isCapped = failures >= LimiterCurve.cap
        isSlowed = failures > LimiterCurve.free
        wait = LimiterCurve.wait(after: failures) - .nanoseconds(Int64(clamping: now - min(last, now)))
        room = max(LimiterCurve.parallel - failures, 1)
    }
}
