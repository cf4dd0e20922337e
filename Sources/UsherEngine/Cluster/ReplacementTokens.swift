internal import UsherCluster
internal import UsherNames
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
/// A token is kept while its rotation is under way, and until somebody has got it, for a while beyond: the store may
/// have executed the rotation. It goes with its session. The table has at most `capacity`; each user has at most a
/// quarter of it.
struct ReplacementTokens {
    /// A token that is kept.
    struct Kept {
        let fresh: FreshToken
        /// The digest of the token that it replaces.
        let old: SharedDigest
        /// Whether its user proves anew who they are: a rotation must not be answered with it.
        let isProof: Bool
        /// The session.
        let handle: SessionHandle
        let realm: RealmID
        /// When the session ends, in Unix seconds.
        let absolute: UInt32
        /// Whose place it takes.
        let user: UInt32
        /// In nanoseconds; no end while the rotation is under way.
        fileprivate var until = Int64.max
        /// The token of an earlier rotation of `old`, which nobody had got.
        fileprivate var earlier: SharedDigest?

        init(
            _ fresh: FreshToken, replacing old: SharedDigest, of session: Session, until absolute: UInt32,
            isProof: Bool, for user: UInt32
        ) {
            (self.fresh, self.old, self.absolute, self.isProof, self.user) = (fresh, old, absolute, isProof, user)
            (handle, realm) = (session.handle, session.realm)
        }
    }

    /// As many as ``ClusterLimits/writeCapacity``.
    static let capacity = 4_096

    /// What one user may have there.
    static let share = capacity / 4

    /// How many tokens in a row are followed that nobody has got.
    private static let longest = 8

    private var tokens: [SharedDigest: Kept] = [:]
    /// The digest that the session of an old one goes on under.
    private var successors: [SharedDigest: SharedDigest] = [:]
    private var counts: [UInt32: Int] = [:]
    /// When tokens that are over are to be looked for next, in nanoseconds: once a second at most.
    private(set) var next = Int64.max

    /// The token with this digest; nil where it is not kept any more.
    subscript(digest: SharedDigest, at now: Int64) -> FreshToken? { kept(digest, now)?.fresh }

    /// The token that replaces, or is to replace, that of `old`; nil where none is kept. Where a token that nobody has
    /// got was replaced as well, the first one whose session is held, or else the last one.
    func successor(of old: SharedDigest, at now: Int64, isHeld: (FreshToken) -> Bool = { _ in true }) -> Kept? {
        var found = successors[old].flatMap { kept($0, now) }
        for _ in 0..<Self.longest {
            guard let before = found, !isHeld(before.fresh),
                let next = successors[SharedDigest(before.fresh.digest)].flatMap({ kept($0, now) })
            else { break }
            found = next
        }
        return found
    }

    /// The digest of the token that a kept one replaces.
    func old(of digest: SharedDigest) -> SharedDigest? { tokens[digest]?.old }

    private func kept(_ digest: SharedDigest, _ now: Int64) -> Kept? {
        tokens[digest].flatMap { $0.until > now ? $0 : nil }
    }

    /// Keeps a token whose rotation begins. False where there is no room for it.
    mutating func insert(_ kept: Kept) -> Bool {
        guard tokens.count < Self.capacity, counts[kept.user, default: 0] < Self.share else { return false }
        let digest = SharedDigest(kept.fresh.digest)
        tokens[digest] = kept
        tokens[digest]?.earlier = successors.updateValue(digest, forKey: kept.old)
        counts[kept.user, default: 0] += 1
        return true
    }

    /// Keeps a token whose rotation is under way no more until that instant, in nanoseconds, and those before it that
    /// lead to it.
    mutating func settle(_ digest: SharedDigest, until: Int64) {
        guard tokens[digest] != nil else { return }
        tokens[digest]?.until = until
        next = min(next, until)
        var last = digest
        for _ in 0..<Self.longest {
            guard let old = tokens[last]?.old, let before = tokens[old] else { return }
            tokens[old]?.until = max(before.until, until)
            last = old
        }
    }

    /// Forgets a token that somebody has got, or that is of no use. An earlier one for the same old token takes its
    /// place again: the store may have executed that rotation.
    mutating func remove(_ digest: SharedDigest) {
        guard let kept = tokens.removeValue(forKey: digest) else { return }
        if successors[kept.old] == digest {
            successors[kept.old] = kept.earlier.flatMap { tokens[$0] == nil ? nil : $0 }
        }
        let left = counts[kept.user, default: 0] - 1
        counts[kept.user] = left > 0 ? left : nil
    }

    /// Forgets the tokens that are over.
    mutating func expire(_ now: Int64) {
        guard now >= next else { return }
        for (digest, token) in tokens where token.until <= now { remove(digest) }
        next = max(tokens.values.map(\.until).min() ?? .max, now + 1_000_000_000)
    }
}

/// A duty to answer that a closure can keep.
final class OwedReply {
    private var reply: PendingReply?

    init(_ reply: consuming PendingReply) { self.reply = consume reply }

    /// Takes the duty out, once.
    func take() -> PendingReply? { reply.take() }
}
