/// Leaky buckets: each has room for `room` items, and one item leaks out in every `interval` (the generic cell rate
/// algorithm). A bucket is stored as the second in which it will be empty.
///
/// Times are since boot. They are rounded up to whole seconds, both where an item is added and where room is asked for:
/// within a second a bucket takes exactly `room` items. The first item of an empty bucket may leak up to a second
/// early, each other item an interval after the one before. O(1) each.
struct LeakyBuckets {
    /// How many items a bucket holds.
    let room: Int
    /// The time in which one item leaks, at least a second.
    let interval: Duration
    private let seconds: Int64
    private var empty: [UInt32]

    /// `count` empty buckets. Only whole seconds of `interval` count.
    init(_ count: Int, room: Int, interval: Duration) {
        self.room = room
        seconds = max(interval.components.seconds, 1)
        self.interval = .seconds(seconds)
        empty = [UInt32](repeating: 0, count: count)
    }

    /// How long until the bucket at `place` has room for another item; zero if it has.
    func wait(_ place: Int, at now: Duration) -> Duration {
        .seconds(max(Int64(empty[place]) + seconds - Self.second(now) - seconds * Int64(room), 0))
    }

    /// Adds an item; a full bucket stays full.
    mutating func add(_ place: Int, at now: Duration) {
        let second = Self.second(now)
        let full = second + seconds * Int64(room)
        empty[place] = UInt32(clamping: min(max(Int64(empty[place]), second) + seconds, full))
    }

    /// Removes an item that was added.
    mutating func remove(_ place: Int) { empty[place] = UInt32(clamping: Int64(empty[place]) - seconds) }

    private static func second(_ time: Duration) -> Int64 {
        let (seconds, attoseconds) = time.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
