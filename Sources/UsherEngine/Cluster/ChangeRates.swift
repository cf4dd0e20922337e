internal import UsherCluster
internal import UsherWire

/// How often one session that hosts share may get another token, or other data, on this host. What a rotation leaves in
/// the store stays there until the session would have ended: without a rate a peer could fill the store.
///
/// A change is paid for when it is asked for, and given back if it is not made. The state of a session is one instant
/// (the generic cell rate algorithm), which is kept while it is to come, under the tag that no rotation changes. The
/// table has at most `capacity` of them; those that one user has begun are at most a quarter. Those that are over go as
/// time passes: each request looks at a few, one after the other all round. Rejected: to look at all of them once a
/// second, for which all other requests would wait.
///
/// Invariant: `order` has the keys of `debts`, each once.
struct ChangeRates {
    /// What is changed.
    enum Kind {
        /// The token.
        case token
        /// The data: an entry goes once all hosts have a newer one.
        case data
        /// The end of sessions that this host does not hold, by their handles, and ends of all, by a peer that shows a
        /// token: of one user's sessions, and in all. An entry stays as long as any session may live.
        case end, allEnds

        /// Changes at once, and nanoseconds until one more.
        fileprivate var budget: (burst: Int64, step: Int64) {
            switch self {
            case .token: (32, 30_000_000_000)
            case .data: (120, 1_000_000_000)
            case .end: (32, 30_000_000_000)
            case .allEnds: (1_024, 250_000_000)
            }
        }
    }

    private struct Key: Hashable {
        let tag: SessionTag
        let kind: Kind
    }

    /// Sessions that all users may rotate within half a minute: so many are looked through in two milliseconds.
    static let capacity = 32_768

    /// What one user may have there.
    static let share = capacity / 4

    private var debts: [Key: (until: Int64, user: UInt32)] = [:]
    private var counts: [UInt32: Int] = [:]
    private var order: [Key] = []
    /// Which debt is looked at next, by its place in `order`.
    private var hand = 0

    /// Debts that are looked at in each request.
    static let looks = 32

    /// Sessions that have a debt, or had one and were not looked at since.
    var count: Int { debts.count }

    /// Pays for a change that `user` asks for at `now`, in nanoseconds. Returns why it is refused, or nil.
    mutating func take(_ kind: Kind, of tag: SessionTag, for user: UInt32, now: Int64) -> Refusal? {
        expire(now)
        let (burst, step) = kind.budget
        let key = Key(tag: tag, kind: kind)
        let until = max(debts[key]?.until ?? 0, now)
        let excess = until - now - (burst - 1) * step
        if excess > 0 { return Refusal(.rateLimited, retryAfter: .nanoseconds(excess)) }
        guard debts[key] != nil || insert(key, user) else { return Refusal(.busy, retryAfter: .seconds(1)) }
        debts[key]?.until = until + step
        return nil
    }

    /// Gives back what was paid for a change that was not made.
    mutating func give(_ kind: Kind, of tag: SessionTag) { debts[Key(tag: tag, kind: kind)]?.until -= kind.budget.step }

    /// Pays for an end that `user` asks for at `now`, of one or all sessions in `bucket`. What others have asked for
    /// does not count.
    mutating func takeEnd(_ bucket: UInt32, for user: UInt32, now: Int64) -> Refusal? {
        if let refusal = take(.allEnds, of: SessionTag(UInt64(user)), for: user, now: now) { return refusal }
        let refusal = take(.end, of: SessionTag(UInt64(bucket) << 32 | UInt64(user)), for: user, now: now)
        if refusal != nil { give(.allEnds, of: SessionTag(UInt64(user))) }
        return refusal
    }

    private mutating func insert(_ key: Key, _ user: UInt32) -> Bool {
        guard count < Self.capacity, counts[user, default: 0] < Self.share else { return false }
        debts[key] = (0, user)
        order.append(key)
        counts[user, default: 0] += 1
        return true
    }

    private mutating func expire(_ now: Int64) {
        for _ in 0..<min(Self.looks, order.count) {
            if hand >= order.count { hand = 0 }
            guard let (until, user) = debts[order[hand]], until <= now else {
                hand += 1
                continue
            }
            remove(order[hand], user)
        }
    }

    /// Removes the debt that the hand is at.
    private mutating func remove(_ key: Key, _ user: UInt32) {
        debts[key] = nil
        order.swapAt(hand, order.count - 1)
        order.removeLast()
        let left = counts[user, default: 0] - 1
        counts[user] = left > 0 ? left : nil
    }
}

extension ClusterAnswer {
    /// Whether a change was made, or may be made yet.
    var mayBeDone: Bool { self == .done || self == .unavailable }
}
