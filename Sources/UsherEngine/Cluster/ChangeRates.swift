internal import UsherCluster
internal import UsherWire

/// How often one session that hosts share may get another token, or other data, on this host. What a rotation leaves in
/// the store stays there until the session would have ended: without a rate a peer could fill the store.
///
/// A change is paid for when it is asked for, and given back if it is not made. The state of a session is one instant
/// (the generic cell rate algorithm), which is kept while it is to come, under the tag that no rotation changes. The
/// table has at most `capacity` of them; those that one user has begun are at most a quarter.
struct ChangeRates {
    /// What is changed.
    enum Kind {
        /// The token.
        case token
        /// The data: an entry goes once all hosts have a newer one.
        case data

        /// Changes at once, and nanoseconds until one more.
        fileprivate var budget: (burst: Int64, step: Int64) {
            switch self {
            case .token: (32, 30_000_000_000)
            case .data: (120, 1_000_000_000)
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
    /// When the debts that are over are looked for next: once a second at most.
    private var next: Int64 = 0

    /// Pays for a change that `user` asks for at `now`, in nanoseconds. Returns why it is refused, or nil.
    mutating func take(_ kind: Kind, of tag: SessionTag, for user: UInt32, now: Int64) -> Refusal? {
        if now >= next { expire(now) }
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

    private mutating func insert(_ key: Key, _ user: UInt32) -> Bool {
        guard debts.count < Self.capacity, counts[user, default: 0] < Self.share else { return false }
        debts[key] = (0, user)
        counts[user, default: 0] += 1
        return true
    }

    private mutating func expire(_ now: Int64) {
        next = now + 1_000_000_000
        debts = debts.filter { $0.value.until > now }
        counts = debts.values.reduce(into: [:]) { $0[$1.user, default: 0] += 1 }
    }
}

extension ClusterAnswer {
    /// Whether a change was made, or may be made yet.
    var mayBeDone: Bool { self == .done || self == .unavailable }
}
