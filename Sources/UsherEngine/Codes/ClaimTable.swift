internal import UsherSessions

/// Codes that were claimed through this host, by their digests, until nobody accepts them any more.
///
/// Without other hosts the table alone says whether a code is free. With others it saves the store a question, and bounds
/// what a user can have it remember.
///
/// Invariant: at most `capacity` codes, and at most half of them of one user. A full table takes no further code: what
/// it forgot could be claimed again.
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

    private let capacity: Int
    private var claims: [TokenDigest: (until: Int64, user: UInt32)] = [:]
    private var counts: [UInt32: Int] = [:]
    /// The earliest second at which a code is to go.
    private var next = Int64.max

    /// An empty table for so many codes. A gate's code is kept for three minutes, so that the share of a user lasts for
    /// 360 a second.
    init(capacity: Int = 131_072) { self.capacity = capacity }

    /// How many codes are remembered.
    var count: Int { claims.count }

    /// Takes a code in the name of `user`, until that second of the clock that `now` is of. Once a second it looks at
    /// all codes: O(n).
    mutating func take(_ code: TokenDigest, for user: UInt32, until: Int64, now: Int64) -> Outcome {
        if now >= next { expire(now) }
        guard claims[code] == nil else { return .gone }
        let own = counts[user, default: 0]
        guard claims.count < capacity, own < capacity / 2 else { return .full }
        claims[code] = (until, user)
        counts[user] = own + 1
        next = min(next, until)
        return .taken
    }

    private mutating func expire(_ now: Int64) {
        for (code, claim) in claims where claim.until <= now {
            claims[code] = nil
            let left = counts[claim.user, default: 0] - 1
            counts[claim.user] = left > 0 ? left : nil
        }
        next = claims.values.map(\.until).min() ?? .max
    }
}
