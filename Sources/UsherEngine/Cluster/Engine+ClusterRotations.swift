internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Shared sessions that go on under another token: rotations, and logins that prove a session anew.
///
/// The store may execute a rotation that was answered `unavailable`. Only this host has its token then, and keeps it
/// for those who show the old one: the same rotation sent again is answered with it, and a login begins from it.
/// Meanwhile the old token is neither valid nor not, so that no tool throws it away.
extension Engine {
    /// Lets a session go on under another token, with the changes of `change`.
    func move(
        _ session: Session, from old: TokenDigest, to fresh: FreshToken, isProof: Bool = false, for user: UInt32,
        _ change: (inout SharedRecord, inout SealedSession) -> Void = { _, _ in },
        then: @escaping (Result<(Session, FreshToken), Refusal>) -> Void
    ) {
        let (before, after) = (SharedDigest(old), SharedDigest(fresh.digest))
        guard let cluster, let record = record(of: session, under: after, change) else {
            return then(.failure(Refusal(.tooLarge)))
        }
        let tag = SessionTag(session.handle.tag)
        if let refusal = cluster.rates.take(.token, of: tag, for: user, now: now.nanoseconds) {
            return then(.failure(refusal))
        }
        let until = now.nanoseconds + 3 * Int64(clamping: cluster.host.limits.lease.nanoseconds) + 10_000_000_000
        let isKept = cluster.replacements.insert(
            fresh, replacing: before, isProof: isProof, isFirst: !cluster.host.isMoving(before), for: user,
            until: until, now: now.nanoseconds)
        guard isKept else {
            cluster.rates.give(.token, of: tag)
            return then(.failure(refusal(of: .busy)))
        }
        let order = MoveOrder(old: before, new: after, record: record, isProof: isProof, note: [])
        ask(user) {
            .moveAsked($0, $1, order)
        } then: { [unowned self] answer in
            if !answer.mayBeDone { cluster.rates.give(.token, of: tag) }
            let goesOn: FreshToken? =
                switch answer {
                case .done: fresh
                case .movedTo(let other): cluster.replacements[other]
                default: nil
                }
            if answer != .unavailable, goesOn !== fresh { cluster.spent.append(after) }
            guard let goesOn else { return then(.failure(refusal(of: answer))) }
            hand(goesOn, for: user, then: then)
        }
    }

    /// Hands a token and its session out, once.
    private func hand(
        _ fresh: FreshToken, for user: UInt32, then: @escaping (Result<(Session, FreshToken), Refusal>) -> Void
    ) {
        let digest = SharedDigest(fresh.digest)
        find(digest, for: user) { [unowned self] session, answer in
            if session != nil || [.ended, .absent].contains(answer) { cluster?.spent.append(digest) }
            then(session.map { .success(($0, fresh)) } ?? .failure(away()))
        }
    }

    /// `session.rotate` of a shared session.
    func rotateShared(_ session: Session, _ digest: TokenDigest, _ id: WireRequestID, _ peer: Peer) {
        let end = cluster?.host.absolute(of: SharedDigest(digest)) ?? unix(session.expires)
        let fresh = FreshToken(cluster?.tokens.make(until: end) ?? SessionToken())
        move(session, from: digest, to: fresh, for: peer.user, then: answering(id, peer))
    }

    /// What answers a rotation.
    private func answering(
        _ id: WireRequestID, _ peer: Peer
    ) -> (Result<(Session, FreshToken), Refusal>) -> Void {
        let (owed, credentials, realms) = (OwedReply(later(id, of: peer)), peer.credentials, peer.realms)
        return { [unowned self] outcome in
            switch outcome {
            case .success((let session, _)) where !realms.contains(session.realm):
                refuse(owed, Refusal(.noSuchSession))
            case .success((let session, let fresh)):
                host.record(.rotated(handle: session.handle.text, peer: credentials))
                tell(.rotated, of: session, .request, in: ledger)
                answer(owed, fresh, session)
            case .failure(let refusal): refuse(owed, refusal)
            }
        }
    }

    // MARK: Again

    /// The token that replaces the one of `digest`, where the session is not held under that any more.
    private func replacement(of digest: TokenDigest, _ peer: Peer) -> ReplacementTokens.Kept? {
        guard let cluster, let kept = cluster.replacements.successor(of: SharedDigest(digest)),
            cluster.realmIDs.contains(where: { peer.realms.contains($0) }),
            ledger.session(digest, in: .all, now: now.seconds) == nil
        else { return nil }
        return kept
    }

    /// Whether a token is being replaced, or was replaced and nobody has been given the new one.
    func isReplaced(_ digest: TokenDigest, _ peer: Peer) -> Bool { replacement(of: digest, peer) != nil }

    /// The session that a token was replaced for, where it is held; nil where the token was not replaced.
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
            case .movedTo(let digest): hand(cluster?.replacements[digest] ?? kept.fresh, for: user, then: then)
            // It is not under way: it was executed, or never will be.
            case .absent: hand(kept.fresh, for: user, then: then)
            default: then(.failure(refusal(of: answer)))
            }
        }
        return true
    }
}
