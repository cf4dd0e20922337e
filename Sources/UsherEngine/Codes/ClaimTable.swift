internal import UsherSessions

/// Codes that were claimed through this host, by their digests, until nobody accepts them any more.
///
/// Without other hosts the table alone says whether a code is free. With others it saves the store a question, and
/// bounds what a user can have it remember.
///
/// Time is cut into windows of ``life``. A code is remembered in the window in which it was claimed and in the next
/// one: for `life` at least, which no code outlives, and for twice that at most. Rejected: an end for each code,
/// because a flood of codes would end at once, and all other requests would wait for that.
///
/// Invariant: at most `capacity` codes, and at most a quarter of them of one user. A full table takes no further code:
/// what it forgot could be claimed again.
struct ClaimTable {
    /// What became of a code.
    enum Outcome {
        /// It was free.
        case taken
        /// Somebody was faster.
        case gone
        /// There is no room.
        case full
    }

    /// How long a code may be good, in seconds: longer than any redirect takes, with clocks that differ by a minute.
    static let life: Int64 = 300

    private struct Window {
        var codes: Set<TokenDigest> = []
        var counts: [UInt32: Int] = [:]
    }

    private let capacity: Int
    private var newer = Window()
    private var older = Window()
    /// The number of the window `newer`.
    private var number: Int64 = 0

    /// An empty table for so many codes. The share of a user lasts for more than fifty a second.
    init(capacity: Int = 131_072) { self.capacity = capacity }

    /// How many codes are remembered.
    var count: Int { newer.codes.count + older.codes.count }

    /// Takes a code in the name of `user` at the second `now`, which never goes back.
    mutating func take(_ code: TokenDigest, for user: UInt32, now: Int64) -> Outcome {
        turn(to: now / Self.life)
        guard !newer.codes.contains(code), !older.codes.contains(code) else { return .gone }
        let own = newer.counts[user, default: 0] + older.counts[user, default: 0]
        guard count < capacity, own < capacity / 4 else { return .full }
        newer.codes.insert(code)
        newer.counts[user, default: 0] += 1
        return .taken
    }

    private mutating func turn(to window: Int64) {
        guard window > number else { return }
        older = window == number + 1 ? newer : Window()
        (newer, number) = (Window(), window)
    }
}
