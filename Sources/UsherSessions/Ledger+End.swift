internal import UsherBoard
package import UsherNames
internal import UsherSecrets

extension Ledger {
    /// Ends the session of that handle; false where there is none, it is over, or its realm is not in `realms`.
    package mutating func end(
        _ handle: SessionHandle, in realms: RealmSet, reason: EndReason, now: LedgerSeconds, ended: Ended
    ) -> Bool {
        guard let session = session(handle, in: realms, now: now) else { return false }
        finish(Int(session.slot), session, reason, ended)
        return true
    }

    /// Ends the sessions of a user name in `realms`, except `kept`, and returns how many of them had not expired. A
    /// session that had expired ends for that reason, the others for `reason`. Takes time in proportion to the user's
    /// sessions.
    package mutating func endAll(
        of user: LedgerUser, in realms: RealmSet, except kept: SessionHandle? = nil, reason: EndReason,
        now: LedgerSeconds, ended: Ended
    ) -> Int {
        let kept = kept.flatMap { slot(of: $0) }
        var (lived, record) = (0, users.isRecord(user.record) ? user.record : 0)
        while record != 0 {
            let next = users.record(after: record)
            lived += endAll(of: record, reason: reason, now: now, ended: ended) {
                realms.contains($0.realm) && Int($0.slot) != kept
            }
            record = next
        }
        return lived
    }

    /// Sessions that are read into the cache before the first of them is ended: few enough that none leaves it until
    /// then.
    private static let batch = 512

    /// Ends the sessions of a record for which `ends` returns true. Empties the lists of the record first, and links
    /// again each session that stays.
    mutating func endAll(
        of record: UInt32, reason: EndReason, now: LedgerSeconds, ended: Ended, where ends: (Session) -> Bool
    ) -> Int {
        var (walk, lived, isDone) = (users.walk(record), 0, false)
        users.unlinkAll(from: record)
        var slots: [Int] = []
        slots.reserveCapacity(Self.batch + 8)
        while !isDone {
            slots.removeAll(keepingCapacity: true)
            var sum: UInt32 = 0
            while slots.count < Self.batch, !isDone {
                isDone = !walk.advance { slot in
                    slots.append(slot)
                    sum &+= warm(slot)
                }
            }
            warmth &+= sum
            for slot in slots {
                lived += endUnlinked(slot, where: ends, reason, now: now, ended) ? 1 : 0
            }
        }
        users.dropIfUnused(record)
        return lived
    }

    /// Ends a session that is in no list, or links it again if it stays. Returns true if it ended before it had
    /// expired.
    private mutating func endUnlinked(
        _ slot: Int, where ends: (Session) -> Bool, _ reason: EndReason, now: LedgerSeconds, _ ended: Ended
    ) -> Bool {
        let session = snapshot(slot)
        guard ends(session) else {
            users.link(slot, to: slots[slot].user)
            return false
        }
        let isExpired = session.isExpired(at: now)
        close(slot)
        forget(slot, session, isExpired ? session.expiry : reason, ended)
        return !isExpired
    }

    /// Ends a live session on the board, then in its slot; then calls `ended`; then frees what the session used.
    mutating func finish(_ slot: Int, _ session: Session, _ reason: EndReason, _ ended: Ended) {
        let user = slots[slot].user
        close(slot)
        users.unlink(slot, from: user)
        forget(slot, session, reason, ended)
        users.dropIfUnused(user)
    }

    /// Calls `ended` for a session that has ended, and frees all that it used except the user record. The time of a
    /// copy that is over is no end of its session, and is not counted.
    private mutating func forget(_ slot: Int, _ session: Session, _ reason: EndReason, _ ended: Ended) {
        leaveIndices(slot, session)
        if !session.isShared || reason.kind != .expired { counters.note(reason) }
        ending = session.handle.tag
        ended(self, session, reason)
        ending = nil
        free(slot)
    }

    /// Makes a session that has ended impossible to find.
    mutating func leaveIndices(_ slot: Int, _ session: Session) {
        index.remove(slots[slot].digest, slot: slot)
        if session.isShared { copies.remove(slot, tag: session.handle.tag) }
        count -= 1
    }

    /// Frees all that a slot without a session used except the user record.
    mutating func free(_ slot: Int) {
        let fields = slots[slot]
        if fields.context != 0 { contexts.release(fields.context) }
        if fields.data != 0 { data.release(fields.data) }
        labels.release(fields.terms)
        labels.release(fields.methods)
        if board[slot].stamp != BoardEntry.lastStamp { pool.give(slot) }
    }

    /// Makes a slot not live: next stamp and no expiry on the board, then the tag.
    func close(_ slot: Int) {
        show(slot, stamp: board[slot].nextStamp, until: .zero)
        memory.order()
        slots[slot].tag = 0
        memory.order()
    }
}
