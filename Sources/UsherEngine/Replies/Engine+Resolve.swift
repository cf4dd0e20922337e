internal import UsherBoard
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// The one door from a shown token to its session.
extension Engine {
    /// The session of a token that `peer` shows, in one of the peer's realms. A token of no session counts against the
    /// peer.
    ///
    /// `session.validate` asks ``Ledger/resolve(_:touch:in:now:)`` itself, in the same access to the ledger in which it
    /// writes its answer.
    /// With a cluster the request may have to wait for the session (``missing``), or nobody knows at the moment whether
    /// it is valid; `isEnding` takes it even so.
    func resolve(
        _ token: borrowing SessionToken, _ peer: Peer, isEnding: Bool = false
    ) throws(Refusal) -> Session {
        let digest = TokenDigest(of: token)
        guard let session = ledger.session(digest, in: peer.realms, now: now.seconds) else {
            throw refusal(ofUnknown: token, digest, peer)
        }
        if !isEnding { try checkLease(of: session, digest) }
        return session
    }

    /// Counts the sessions of shown tokens as used, and passes over all others.
    func touch(_ digest: TokenDigest, _ peer: Peer) {
        guard now.nanoseconds < sharedUntil || isAccepted(digest, peer) else { return }
        guard let used = ledger.use(digest, in: peer.realms, now: now.seconds) else { return noteRefusedToken(peer) }
        if used.isFirst, used.session.isShared { noteUse(of: digest) }
    }

    /// What a token is refused with that the ledger does not know.
    func refusal(ofUnknown token: borrowing SessionToken, _ digest: TokenDigest, _ peer: Peer) -> Refusal {
        if mayBeElsewhere(token, digest, peer) {
            missing = digest
        } else if isReplaced(digest, peer) {
            return away()
        } else {
            noteRefusedToken(peer)
        }
        return Refusal(.noSuchSession)
    }

    /// Refuses a shared session that may have ended on another host meanwhile.
    func checkLease(of session: Session, _ digest: TokenDigest) throws(Refusal) {
        guard now.nanoseconds < sharedUntil || !session.isShared || accepts(digest) else { throw away() }
    }

    /// Whether the session of `digest` is this host's own, or is accepted, or not there.
    func isAccepted(_ digest: TokenDigest, _ peer: Peer) -> Bool {
        guard let session = ledger.session(digest, in: peer.realms, now: now.seconds) else { return true }
        return !session.isShared || accepts(digest)
    }
}

extension Ledger {
    /// The session of a shown token, and whether this is its first use in this second; nil if the token is of no
    /// session, or of one that has ended.
    @inline(__always)
    mutating func resolve(
        _ digest: TokenDigest, touch: Bool, in realms: RealmSet, now: LedgerSeconds
    ) -> (session: Session, isFirst: Bool)? {
        if touch { return use(digest, in: realms, now: now) }
        return session(digest, in: realms, now: now).map { ($0, false) }
    }
}
