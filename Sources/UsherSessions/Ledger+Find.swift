package import UsherBoard
package import UsherSecrets

extension Ledger {
    /// The session whose token has `digest`; nil where there is none, it is over, or its realm is not in `realms`.
    /// Takes the time of a few memory accesses and allocates nothing.
    package func session(_ digest: TokenDigest, in realms: RealmSet, now: BootSeconds) -> Session? {
        guard let slot = index.find(digest) else { return nil }
        return usable(snapshot(slot), in: realms, now: now)
    }

    /// The session of that handle; nil where there is none, it is over, or its realm is not in `realms`.
    package func session(_ handle: SessionHandle, in realms: RealmSet, now: BootSeconds) -> Session? {
        guard holds(handle) else { return nil }
        return usable(snapshot(Int(handle.slot)), in: realms, now: now)
    }

    /// The session whose token has `digest`, which counts as used at `now`; nil where there is none, it is over, or its
    /// realm is not in `realms`.
    package mutating func validate(_ digest: TokenDigest, in realms: RealmSet, now: BootSeconds) -> Session? {
        guard let slot = index.find(digest), let session = usable(snapshot(slot), in: realms, now: now) else {
            return nil
        }
        guard now > session.lastSeen else { return session }
        touch(slot, session, now: now)
        return snapshot(slot)
    }

    @inline(__always)
    private func usable(_ session: Session, in realms: RealmSet, now: BootSeconds) -> Session? {
        realms.contains(session.realm) && !session.isExpired(at: now) ? session : nil
    }

    /// Whether the session of that handle lives, expired or not.
    func holds(_ handle: SessionHandle) -> Bool {
        Int(handle.slot) < geometry.capacity && handle.tag != 0 && pool.isTaken(Int(handle.slot))
            && slots[Int(handle.slot)].tag == handle.tag
    }

    /// The numbers of a live slot. Inline, as what follows: a call would be given a copy of the whole ledger value.
    @inline(__always)
    func snapshot(_ slot: Int) -> Session {
        let record = slots[slot]
        let terms = labels.heads[Int(record.terms)]
        return Session(
            handle: SessionHandle(slot: UInt32(slot), tag: record.tag), service: ServiceID(terms.service),
            realm: RealmID(terms.realm), created: record.created, authenticated: record.authenticated,
            lastSeen: record.lastSeen, idleTimeout: terms.idle, expires: record.expires)
    }

    /// Moves the idle deadline of a session that is not over, and the board's expiry with it, in steps of a twentieth
    /// of the idle timeout, so that the board's readers learn little of when a session is used.
    @inline(__always)
    func touch(_ slot: Int, _ session: Session, now: BootSeconds) {
        slots[slot].lastSeen = now
        let deadline = min(now + session.idleTimeout, session.expires)
        let shown = board[slot]
        let step = max(1, session.idleTimeout / 20)
        guard deadline > shown.expiry, deadline >= shown.expiry + step || deadline == session.expires else { return }
        memory.order()
        show(slot, stamp: shown.stamp, until: deadline)
    }

    /// Stores a slot's entry on the board. The last stamp is never shown as valid.
    @inline(__always)
    func show(_ slot: Int, stamp: UInt32, until expiry: BootSeconds) {
        memory.willStore()
        board[slot] = BoardEntry(stamp: stamp, expiry: stamp == BoardEntry.lastStamp ? .zero : expiry)
    }
}
