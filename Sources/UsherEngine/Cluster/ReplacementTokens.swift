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

/// Tokens of rotations that are under way, by their digests. A rotation that was answered `unavailable` is asked for
/// again, and is answered with the token that the session may have by then: nobody else has that token.
///
/// A token is kept until its rotation has been answered with it, and where it was answered with `unavailable`, for as
/// long as the store may still execute it. The table has at most `capacity`; each user has at most a quarter of it.
struct ReplacementTokens {
    /// A token that is kept.
    struct Kept {
        let fresh: FreshToken
        /// The digest of the token that it replaces.
        let old: SharedDigest
        /// Whether its user proves anew who they are: a rotation must not be answered with it.
        let isProof: Bool
        fileprivate let user: UInt32
        /// In nanoseconds.
        fileprivate let until: Int64
    }

    /// As many as ``ClusterLimits/writeCapacity``.
    static let capacity = 4_096

    /// What one user may have there.
    static let share = capacity / 4

    private var tokens: [SharedDigest: Kept] = [:]
    /// The digest that the session of an old one goes on under.
    private var successors: [SharedDigest: SharedDigest] = [:]
    private var counts: [UInt32: Int] = [:]
    /// The earliest instant at which a token is to go.
    private var next = Int64.max

    /// The token with this digest; nil where it is not kept any more.
    subscript(digest: SharedDigest) -> FreshToken? { tokens[digest]?.fresh }

    /// The token that replaces, or is to replace, that of `old`; nil where none is kept.
    func successor(of old: SharedDigest) -> Kept? { successors[old].flatMap { tokens[$0] } }

    /// Keeps a token of `user`, which replaces that of `old`, until that instant, in nanoseconds. `isFirst`: no other
    /// replacement of `old` is under way. False where there is no room for it.
    mutating func insert(
        _ fresh: FreshToken, replacing old: SharedDigest, isProof: Bool, isFirst: Bool, for user: UInt32, until: Int64,
        now: Int64
    ) -> Bool {
        if now >= next { expire(now) }
        guard tokens.count < Self.capacity, counts[user, default: 0] < Self.share else { return false }
        let digest = SharedDigest(fresh.digest)
        tokens[digest] = Kept(fresh: fresh, old: old, isProof: isProof, user: user, until: until)
        if isFirst { successors[old] = digest }
        counts[user, default: 0] += 1
        next = min(next, until)
        return true
    }

    /// Forgets a token, whose rotation has been answered.
    mutating func remove(_ digest: SharedDigest) {
        guard let kept = tokens.removeValue(forKey: digest) else { return }
        if successors[kept.old] == digest { successors[kept.old] = nil }
        let left = counts[kept.user, default: 0] - 1
        counts[kept.user] = left > 0 ? left : nil
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
