internal import UsherCluster
internal import UsherSecrets
internal import UsherSessions

/// A token of a session that is being written to the store.
final class FreshToken {
    let token: SessionToken
    let digest: TokenDigest

    init(_ token: consuming SessionToken = SessionToken()) {
        digest = TokenDigest(of: token)
        self.token = token
    }
}

/// Tokens of rotations that are under way, by their digests. A rotation whose answer was lost is asked for again, and
/// is answered with the token that the store may have by then.
///
/// A token is kept for as long as the store may still execute its rotation; the table has at most `capacity`.
struct ReplacementTokens {
    /// As many as ``ClusterLimits/writeCapacity``.
    static let capacity = 4_096

    private var tokens: [SharedDigest: (fresh: FreshToken, until: Int64)] = [:]

    /// The token with this digest; nil where it is not kept any more.
    subscript(digest: SharedDigest) -> FreshToken? { tokens[digest]?.fresh }

    /// Keeps a token until that instant, in nanoseconds. False where there is no room for it.
    mutating func insert(_ fresh: FreshToken, until: Int64, now: Int64) -> Bool {
        if tokens.count >= Self.capacity / 2 { tokens = tokens.filter { $0.value.until > now } }
        guard tokens.count < Self.capacity else { return false }
        tokens[SharedDigest(fresh.digest)] = (fresh, until)
        return true
    }
}

/// A duty to answer that a closure can keep.
final class OwedReply {
    private var reply: PendingReply?

    init(_ reply: consuming PendingReply) { self.reply = consume reply }

    /// Takes the duty out, once.
    func take() -> PendingReply? { reply.take() }
}
