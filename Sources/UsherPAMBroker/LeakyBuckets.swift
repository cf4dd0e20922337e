/// Leaky buckets: each has room for so many, and in every interval one of them is forgotten (the generic cell rate
/// algorithm). Of each bucket the second is kept in which it will be empty.
///
/// Times are since boot, rounded up to whole seconds both where one is put in and where room is asked for: within a
/// second a bucket takes exactly what it has room for. The first of an empty bucket may leak up to a second early, the
/// others an interval behind it each. O(1) each.
struct LeakyBuckets {
    /// How many a bucket holds.
    let room: Int
    /// The time in which one leaks, at least a second.
    let interval: Duration
    private let seconds: Int64
    private var empty: [UInt32]

    /// That many empty buckets. Whole seconds of the interval count.
    init(_ count: Int, room: Int, interval: Duration) {
        self.room = room
        seconds = max(interval.components.seconds, 1)
        self.interval = .seconds(seconds)
        empty = [UInt32](repeating: 0, count: count)
    }

    /// Until when the bucket at `place` has no room for another one; zero where it has.
    func wait(_ place: Int, at now: Duration) -> Duration {
        .seconds(max(Int64(empty[place]) + seconds - Self.second(now) - seconds * Int64(room), 0))
    }

    /// Puts one in; a full bucket stays full.
    mutating func add(_ place: Int, at now: Duration) {
        let second = Self.second(now)
        let full = second + seconds * Int64(room)
        empty[place] = UInt32(clamping: min(max(Int64(empty[place]), second) + seconds, full))
    }

    /// Takes one out again that was put in.
    mutating func remove(_ place: Int) { empty[place] = UInt32(clamping: Int64(empty[place]) - seconds) }

    private static func second(_ time: Duration) -> Int64 {
        let (seconds, attoseconds) = time.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
