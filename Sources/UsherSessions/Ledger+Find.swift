internal import UsherBoard
package import UsherNames
internal import UsherSecrets

extension Ledger {
    /// The session whose token has `digest`; nil where there is none, it is over, or its realm is not in `realms`.
    /// Takes the time of a few memory accesses and allocates nothing.
    package func session(_ digest: TokenDigest, in realms: RealmSet, now: LedgerSeconds) -> Session? {
        guard let slot = index.find(digest) else { return nil }
        return usable(snapshot(slot), in: realms, now: now)
    }

    /// The session of that handle; nil where there is none, it is over, or its realm is not in `realms`.
    package func session(_ handle: SessionHandle, in realms: RealmSet, now: LedgerSeconds) -> Session? {
        guard let slot = slot(of: handle) else { return nil }
        return usable(snapshot(slot), in: realms, now: now)
    }

    /// The session whose token has `digest`, after counting it as used at `now`; nil where there is none, it is over,
    /// or its realm is not in `realms`.
    package mutating func validate(_ digest: TokenDigest, in realms: RealmSet, now: LedgerSeconds) -> Session? {
        use(digest, in: realms, now: now)?.session
    }

    /// The same, and whether this is the first use in its second.
    package mutating func use(
        _ digest: TokenDigest, in realms: RealmSet, now: LedgerSeconds
    ) -> (session: Session, isFirst: Bool)? {
        guard let slot = index.find(digest), let session = usable(snapshot(slot), in: realms, now: now) else {
            return nil
        }
        guard now > session.lastSeen else { return (session, false) }
        touch(slot, session, now: now)
        return (snapshot(slot), true)
    }

    @inline(__always)
    private func usable(_ session: Session, in realms: RealmSet, now: LedgerSeconds) -> Session? {
        realms.contains(session.realm) && !session.isExpired(at: now) ? session : nil
    }

    /// The slot of the session of that handle, expired or not; nil unless the handle's hint names a slot with its tag,
    /// or the handle's bucket is that of the copy with its tag.
    func slot(of handle: SessionHandle) -> Int? {
        guard let hint = handle.hint else { return copies.slot(of: handle) }
        guard carries(Int(hint), handle.tag), !slots[Int(hint)].isShared else { return nil }
        return Int(hint)
    }

    /// Whether a session lives, expired or not.
    func holds(_ session: Session) -> Bool { carries(Int(session.slot), session.handle.tag) }

    @inline(__always)
    private func carries(_ slot: Int, _ tag: UInt64) -> Bool {
        slot < geometry.capacity && tag != 0 && pool.isTaken(slot) && slots[slot].tag == tag
    }

    /// The numbers of a live slot. `snapshot`, `touch` and `show` are inlined: a call would be given a copy of the
    /// whole ledger value.
    @inline(__always)
    func snapshot(_ slot: Int) -> Session {
        let record = slots[slot]
        let terms = labels.heads[Int(record.terms)]
        return Session(
            handle: SessionHandle(prefix: record.isShared ? copies.bucket(slot) : UInt32(slot), tag: record.tag),
            slot: UInt32(slot),
            service: ServiceID(terms.service), realm: RealmID(terms.realm), proof: terms.proof, created: record.created,
            authenticated: record.authenticated, lastSeen: record.lastSeen, idleTimeout: terms.idle,
            expires: record.expires)
    }

    /// Stores a slot's entry on the board. The last stamp is never shown as valid, nor is a copy while the copies are
    /// suspended.
    @inline(__always)
    func show(_ slot: Int, stamp: UInt32, until expiry: BootSeconds) {
        let isHidden = stamp == BoardEntry.lastStamp || copies.isSuspended && slots[slot].isShared
        memory.willStore()
        board[slot] = BoardEntry(stamp: stamp, expiry: isHidden ? .zero : expiry)
    }
}
