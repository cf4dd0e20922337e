internal import UsherBoard
internal import UsherSecrets

extension Ledger {
    /// Bytes before the data in its block: the version.
    static var dataHead: Int { 4 }

    /// Replaces the token: from now on `fresh` finds the session and `digest` does not. The handle stays, the stamp
    /// changes, and the session counts as used. Throws `noSuchSession`, `duplicateToken`.
    package mutating func rotate(
        _ digest: TokenDigest, to fresh: TokenDigest, in realms: RealmSet, now: LedgerSeconds
    ) throws(LedgerError) -> Session {
        guard let session = validate(digest, in: realms, now: now) else { throw LedgerError(.noSuchSession) }
        guard index.find(fresh) == nil else { throw LedgerError(.duplicateToken) }
        let slot = Int(session.slot)
        restamp(slot, until: board[slot].expiry)
        change(slot, from: digest, to: fresh) { _ in }
        counters.rotated += 1
        return snapshot(slot)
    }

    /// Notes a new proof of identity. `seen` is the session as it was when the re-authentication began, with the token
    /// of `digest`. The session gets the token of `fresh`, new methods and new deadlines, and `authenticated` becomes
    /// `now`; the handle stays. `uid` belongs to the account that PAM has confirmed; an issued session belongs to that
    /// account from now on.
    ///
    /// Throws `noSuchSession` unless the session still lives with that handle, digest and realm, and, if PAM has
    /// vouched for it before, with that uid. Also throws `usersFull`, `duplicateToken`, `labelSize`, `labelsFull`.
    package mutating func reauthenticate(
        _ seen: Session, digest: TokenDigest, to fresh: TokenDigest, uid: UInt32?, methods: Span<UInt8>,
        lifetime: Lifetime, now: LedgerSeconds
    ) throws(LedgerError) -> Session {
        guard let session = session(digest, in: RealmSet(seen.realm), now: now), session.handle == seen.handle else {
            throw LedgerError(.noSuchSession)
        }
        guard index.find(fresh) == nil else { throw LedgerError(.duplicateToken) }
        let (slot, before) = (Int(session.slot), slots[Int(session.slot)].user)
        let name = try nameToMove(session, from: before, to: uid)
        let idle = max(lifetime.idle, 1)
        let proof = session.proof == .issued ? .login : session.proof
        let labels = try agree(session.service, proof, idle: idle, methods: methods)
        let record = name.map { interned($0.span, uid: uid) } ?? before
        let expires = now + max(lifetime.absolute, 1)
        let deadline = min(now + idle, expires)
        let old = (terms: slots[slot].terms, methods: slots[slot].methods)
        restamp(slot, until: min(board[slot].expiry, deadline.onBoard))
        change(slot, from: digest, to: fresh) { fields in
            (fields.authenticated, fields.lastSeen, fields.expires) = (now, now, expires)
            (fields.user, fields.methods) = (record, labels.methods)
            fields.setTerms(labels.terms, isShared: fields.isShared)
        }
        if record != before { move(slot, from: before, to: record) }
        show(slot, stamp: board[slot].stamp, until: deadline.onBoard)
        self.labels.retain(labels.terms)
        self.labels.retain(labels.methods)
        self.labels.release(old.terms)
        self.labels.release(old.methods)
        bounds.lower(slot, to: deadline)
        counters.reauthenticated += 1
        return snapshot(slot)
    }

    /// The session's name, if the session must move to another user record because `uid` is not the uid of `record`;
    /// nil if it stays. Throws `noSuchSession`, `usersFull`.
    private func nameToMove(
        _ session: Session, from record: UInt32, to uid: UInt32?
    ) throws(LedgerError) -> [UInt8]? {
        guard users.uid(record) != uid else { return nil }
        guard session.proof == .issued else { throw LedgerError(.noSuchSession) }
        let name = users.withName(record) { name in name.indices.map { name[$0] } }
        guard users.record(name.span, uid: uid) != 0 || users.hasRoom(for: name.count) else {
            throw LedgerError(.usersFull)
        }
        return name
    }

    /// The record of that name and uid, made if there is none yet. Precondition: there is room.
    mutating func interned(_ name: Span<UInt8>, uid: UInt32?) -> UInt32 {
        let known = users.record(name, uid: uid)
        return known != 0 ? known : users.add(name, uid: uid)
    }

    /// Moves a slot from the lists of `before` to those of `record`, which the slot names already.
    private mutating func move(_ slot: Int, from before: UInt32, to record: UInt32) {
        users.unlink(slot, from: before)
        users.link(slot, to: record)
        users.dropIfUnused(before)
        keepResident()
    }

    /// Replaces the data of a session and returns its new version. With `ifVersion`, the data must have that version
    /// now. Throws `noSuchSession`, `conflict`, `dataTooLarge`, `memoryFull`, `dataFull`.
    package mutating func update(
        _ session: Session, data bytes: Span<UInt8>, ifVersion expected: UInt32? = nil
    ) throws(LedgerError) -> UInt32 {
        guard holds(session) else { throw LedgerError(.noSuchSession) }
        let slot = Int(session.slot)
        let (block, version) = (slots[slot].data, version(slots[slot]))
        guard expected == nil || expected == version else { throw LedgerError(.conflict) }
        guard bytes.count <= Limit.data else { throw LedgerError(.dataTooLarge) }
        guard data.hasRoom(for: Self.dataHead + bytes.count) else { throw LedgerError(.dataFull) }
        guard hasMemory(forData: Self.dataHead + bytes.count, of: session) else { throw LedgerError(.memoryFull) }
        let next = version == .max ? 1 : version + 1
        let fresh = data.store(bytes, head: Self.dataHead)
        memory.store(next, at: data.address(of: fresh))
        restamp(slot, until: board[slot].expiry)
        memory.order()
        slots[slot].data = fresh
        memory.order()
        if block != 0 { data.release(block) }
        counters.updated += 1
        keepResident()
        return next
    }

    /// The version of a slot's data.
    func version(_ slot: Slot) -> UInt32 { slot.data == 0 ? 1 : memory.load(data.address(of: slot.data)) }

    /// Gives a slot its next stamp: no cached answer holds from here on.
    private func restamp(_ slot: Int, until expiry: BootSeconds) {
        show(slot, stamp: board[slot].nextStamp, until: expiry)
        memory.order()
    }

    /// Changes the digest of a live slot, and the fields that `body` sets, all or nothing.
    private mutating func change(
        _ slot: Int, from digest: TokenDigest, to fresh: TokenDigest, _ body: (Slot) -> Void
    ) {
        index.remove(digest, slot: slot)
        let header = Header(memory)
        header.begin(slots, slot)
        slots[slot].digest = fresh
        body(slots[slot])
        header.commit()
        let isFresh = index.insert(fresh, slot: slot)
        precondition(isFresh, "the digest was looked for before")
    }
}
