internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Shared sessions that go on under another token: rotations, and logins that prove a session anew.
///
/// The store may execute a rotation that was answered `unavailable`. Only this host has its token then, and keeps it
/// for those who show the old one: the same rotation sent again is answered with it, a login begins from it, and a
/// revocation ends its session. Meanwhile the old token is neither valid nor not, so that no tool throws it away.
extension Engine {
    /// Takes the outcome of a rotation or a proof: the session and its new token, or why there is none. Returns whether
    /// the peer that asked has been given the token.
    typealias Moved = (Result<(Session, FreshToken), Refusal>) -> Bool

    /// Lets a session go on under another token, with the changes of `change`. Who asks for the same while that is
    /// under way waits for it.
    func move(
        _ session: Session, from old: TokenDigest, to fresh: FreshToken, isProof: Bool = false, for user: UInt32,
        _ change: (inout SharedRecord, inout SealedSession) -> Void = { _, _ in },
        then: @escaping Moved
    ) {
        let (before, after) = (SharedDigest(old), SharedDigest(fresh.digest))
        guard let cluster, let record = record(of: session, under: after, change) else {
            _ = then(.failure(Refusal(.tooLarge)))
            return
        }
        let tag = SessionTag(session.handle.tag)
        let begins = !cluster.host.isMoving(before)
        if begins {
            let kept = ReplacementTokens.Kept(
                fresh, replacing: before, of: session, until: record.absolute, isProof: isProof, for: user)
            if let refusal = keep(kept, tag, cluster) {
                _ = then(.failure(refusal))
                return
            }
        }
        let order = MoveOrder(old: before, new: after, record: record, isProof: isProof)
        ask(user) {
            .moveAsked($0, $1, order)
        } then: { [unowned self] answer in
            if begins, !answer.mayBeDone { cluster.rates.give(.token, of: tag) }
            let goesOn: FreshToken? =
                switch answer {
                case .done: fresh
                case .movedTo(let other): cluster.replacements[other, at: now.nanoseconds]
                default: nil
                }
            if answer != .unavailable, goesOn !== fresh { cluster.spent.append(after) }
            if let goesOn { hand(goesOn, for: user, then: then) } else { _ = then(.failure(refusal(of: answer))) }
        }
    }

    /// Pays for a rotation, and keeps its token. Returns why it is refused, or nil.
    private func keep(_ kept: ReplacementTokens.Kept, _ tag: SessionTag, _ cluster: Cluster) -> Refusal? {
        if let refusal = cluster.rates.take(.token, of: tag, for: kept.user, now: now.nanoseconds) { return refusal }
        if cluster.replacements.insert(kept) { return nil }
        cluster.rates.give(.token, of: tag)
        return refusal(of: .busy)
    }

    /// A rotation is under way no more. Its token is kept for a while where the session may go on under it.
    func moveEnded(_ digest: SharedDigest, _ mayBeExecuted: Bool, _ cluster: Cluster) {
        guard mayBeExecuted else { return cluster.spent.append(digest) }
        let span = 3 * Int64(clamping: cluster.host.limits.lease.nanoseconds) + 10_000_000_000
        cluster.replacements.settle(digest, until: now.nanoseconds + span)
    }

    /// The session of a token has ended, under whatever token: the one that replaces it is of no use.
    func dropReplacement(of digest: SharedDigest, _ cluster: Cluster) {
        guard let kept = cluster.replacements.successor(of: digest, at: now.nanoseconds) else { return }
        cluster.spent.append(SharedDigest(kept.fresh.digest))
    }

    /// Hands a token and its session out, once.
    private func hand(_ fresh: FreshToken, for user: UInt32, then: @escaping Moved) {
        let digest = SharedDigest(fresh.digest)
        find(digest, for: user) { [unowned self] session, answer in
            let isOver = session == nil && [.ended, .absent].contains(answer)
            let isGot =
                if let session { then(.success((session, fresh))) } else {
                    then(.failure(isOver ? Refusal(.noSuchSession) : away()))
                }
            guard isGot || isOver, let cluster else { return }
            cluster.spent.append(digest)
            // The one before it was got by nobody, and is of no use.
            if let old = cluster.replacements.old(of: digest) { cluster.spent.append(old) }
        }
    }

    /// `session.rotate` of a shared session.
    func rotateShared(_ session: Session, _ digest: TokenDigest, _ id: WireRequestID, _ peer: Peer) {
        let end = cluster?.host.absolute(of: SharedDigest(digest)) ?? unix(session.expires)
        let fresh = FreshToken(cluster?.tokens.make(until: end) ?? SessionToken())
        move(session, from: digest, to: fresh, for: peer.user, then: answering(id, peer))
    }

    /// What answers a rotation.
    private func answering(_ id: WireRequestID, _ peer: Peer) -> Moved {
        let (owed, credentials) = (OwedReply(later(id, of: peer)), peer.credentials)
        return { [unowned self] outcome in
            switch outcome {
            case .success((let session, let fresh)):
                host.record(.rotated(handle: session.handle.text, peer: credentials))
                tell(.rotated, of: session, .request, in: ledger)
                return answer(owed, fresh, session)
            case .failure(let refusal):
                refuse(owed, refusal)
                return false
            }
        }
    }

    // MARK: Again

    /// The token that replaces the one of `digest`, where the session is in one of the peer's realms and is not held
    /// under that any more.
    func replacement(of digest: TokenDigest, _ peer: Peer) -> ReplacementTokens.Kept? {
        guard let cluster, ledger.session(digest, in: .all, now: now.seconds) == nil else { return nil }
        let kept = cluster.replacements.successor(of: SharedDigest(digest), at: now.nanoseconds) {
            ledger.session($0.digest, in: .all, now: now.seconds) != nil
        }
        return kept.flatMap { peer.realms.contains($0.realm) ? $0 : nil }
    }

    /// Whether a token is being replaced, or was replaced and nobody has been given the new one.
    func isReplaced(_ digest: TokenDigest, _ peer: Peer) -> Bool { replacement(of: digest, peer) != nil }

    /// The session that goes on under the replacement of a token, and the digest of the replacement. Nil where the
    /// token was not replaced, or the session is not held.
    func successor(of digest: TokenDigest, _ peer: Peer) -> (session: Session, digest: TokenDigest)? {
        guard let fresh = replacement(of: digest, peer)?.fresh else { return nil }
        return ledger.session(fresh.digest, in: peer.realms, now: now.seconds).map { ($0, fresh.digest) }
    }

    /// Answers a rotation that is sent again after `unavailable`. False where there is none to answer it with.
    func rotateAgain(_ digest: TokenDigest, _ id: @autoclosure () -> WireRequestID, _ peer: Peer) -> Bool {
        guard let kept = replacement(of: digest, peer), !kept.isProof else { return false }
        let then = answering(id(), peer)
        let user = peer.user
        ask(user) {
            .rotationAwaited($0, $1, kept.old)
        } then: { [unowned self] answer in
            switch answer {
            case .movedTo(let digest):
                hand(cluster?.replacements[digest, at: now.nanoseconds] ?? kept.fresh, for: user, then: then)
            // It is not under way: it was executed, or never will be.
            case .absent: hand(kept.fresh, for: user, then: then)
            default: _ = then(.failure(refusal(of: answer)))
            }
        }
        return true
    }
}
