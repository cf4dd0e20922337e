internal import UsherCluster
internal import UsherSecrets
internal import UsherSessions

/// A token of a session that is being made.
final class FreshToken {
    private(set) var token: SessionToken
    let digest: TokenDigest

    init(_ token: consuming SessionToken = SessionToken()) {
        digest = TokenDigest(of: token)
        self.token = token
    }

    /// Zeroes the token in its place: the deinit of `SessionToken` gets a copy and zeroes only that copy.
    deinit { unsafe withUnsafeMutableBytes(of: &token) { unsafe Wipe.zero($0) } }
}

/// Tokens of rotations that are under way, by their digests. A rotation whose answer was lost is asked for again, and
/// is answered with the token that the store may have by then.
///
/// A token is kept until its rotation has been answered, and where it was answered with `unavailable`, for as long as the
/// store may still execute it. The table has at most `capacity`; each user has at most a quarter of it.
struct ReplacementTokens {
    /// As many as ``ClusterLimits/writeCapacity``.
    static let capacity = 4_096

    /// What one user may have there.
    static let share = capacity / 4

    private var tokens: [SharedDigest: (fresh: FreshToken, until: Int64, user: UInt32)] = [:]
    private var counts: [UInt32: Int] = [:]
    /// The earliest instant at which a token is to go.
    private var next = Int64.max

    /// The token with this digest; nil where it is not kept any more.
    subscript(digest: SharedDigest) -> FreshToken? { tokens[digest]?.fresh }

    /// Keeps a token of `user` until that instant, in nanoseconds. False where there is no room for it.
    mutating func insert(_ fresh: FreshToken, for user: UInt32, until: Int64, now: Int64) -> Bool {
        if now >= next { expire(now) }
        guard tokens.count < Self.capacity, counts[user, default: 0] < Self.share else { return false }
        tokens[SharedDigest(fresh.digest)] = (fresh, until, user)
        counts[user, default: 0] += 1
        next = min(next, until)
        return true
    }

    /// Forgets a token, whose rotation has been answered.
    mutating func remove(_ digest: SharedDigest) {
        guard let user = tokens.removeValue(forKey: digest)?.user else { return }
        let left = counts[user, default: 0] - 1
        counts[user] = left > 0 ? left : nil
    }

    private mutating func expire(_ now: Int64) {
        for (digest, token) in tokens where token.until <= now { remove(digest) }
        next = tokens.values.map(\.until).min() ?? .max
    }
}

/// A duty to answer that a closure can keep.
final class OwedReply {
    private var reply: PendingReply?

    init(_ reply: consuming PendingReply) { self.reply = consume reply }

    /// Takes the duty out, once.
    func take() -> PendingReply? { reply.take() }
}
