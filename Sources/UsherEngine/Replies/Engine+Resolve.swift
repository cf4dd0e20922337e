internal import UsherBoard
internal import UsherSessions
internal import UsherWire

/// The one door from a shown token to its session.
extension Engine {
    /// The session of a token that `peer` shows, in one of the peer's realms. `touch` moves its idle deadline. A token
    /// of no session counts against the peer.
    ///
    /// `session.validate` asks ``Ledger/resolve(_:touch:in:now:)`` itself, in the same access to the ledger in which it
    /// writes its answer.
    func resolve(_ digest: TokenDigest, touch: Bool = false, _ peer: Peer) throws(Refusal) -> Session {
        guard let session = ledger.resolve(digest, touch: touch, in: peer.realms, now: now.seconds) else {
            noteRefusedToken(peer)
            throw Refusal(.noSuchSession)
        }
        return session
    }
}

extension Ledger {
    /// The session of a shown token; nil if the token is of no session, or of one that has ended.
    @inline(__always)
    mutating func resolve(_ digest: TokenDigest, touch: Bool, in realms: RealmSet, now: LedgerSeconds) -> Session? {
        touch ? validate(digest, in: realms, now: now) : session(digest, in: realms, now: now)
    }
}
