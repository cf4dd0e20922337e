internal import UsherWire

/// How long `session.validate` takes inside the daemon, as a histogram.
///
/// The time is measured once a turn, not once a request. A turn serves all ready sockets and ends when their answers
/// have been sent, so that its length bounds the wait of each of its requests, and all of them share one more look at
/// the clock.
struct TurnMeter {
    /// Upper bounds of the buckets, in microseconds.
    static let bounds: [Int64] = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 100_000]

    /// Requests in each bucket, the last one without a bound.
    private var counts = [UInt64](repeating: 0, count: TurnMeter.bounds.count + 1)
    /// Nanoseconds of all requests together.
    private var sum: UInt64 = 0
    /// Nanoseconds of the longest turn with a validation in it.
    private var longest: Int64 = 0
    private var before: UInt64 = 0

    /// A turn begins. `validations` is the count of all turns before.
    mutating func begin(_ validations: UInt64) { before = validations }

    /// How many validations this turn had, where `validations` is the count at its end.
    func count(_ validations: UInt64) -> UInt64 { validations &- before }

    /// The turn had `count` validations and took so many nanoseconds.
    mutating func end(_ count: UInt64, nanoseconds: Int64) {
        let time = max(nanoseconds, 0)
        let bucket = Self.bounds.firstIndex { time <= $0 * 1000 } ?? Self.bounds.count
        counts[bucket] &+= count
        sum &+= count &* UInt64(time)
        longest = max(longest, time)
    }

    /// What `server.stats` shows: for each bound the requests that took at most that long.
    var figures: [Figure] {
        var total: UInt64 = 0
        var figures: [Figure] = []
        for (bound, count) in zip(Self.bounds, counts) {
            total += count
            figures.append(Figure("validate_within_\(bound)us", Int64(clamping: total)))
        }
        return figures + [
            Figure("validate_measured", Int64(clamping: total + counts[Self.bounds.count])),
            Figure("validate_nanoseconds", Int64(clamping: sum)), Figure("validate_longest_nanoseconds", longest),
        ]
    }
}
