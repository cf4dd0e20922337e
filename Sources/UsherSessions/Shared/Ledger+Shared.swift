internal import UsherBoard

/// Copies of sessions that several hosts share. Their truth stands elsewhere: a copy may be dropped at any time, and
/// adoption drops all that its caller does not keep. All else works on copies as on sessions of this host alone.
extension Ledger {
    /// Puts a copy in, in place of an older one with its digest or tag, whose stamp on the board goes up. There is no
    /// quota and no event.
    ///
    /// Copies leave the last eighth of the slots and of the memory to other sessions, as issued sessions do. A copy
    /// that has no room makes some: `displaced` is called, after the adoption, with the digest of each copy that was
    /// dropped for it, eight at most. Of eight copies at equal distances it is the one that was not used for longest.
    /// Only where that is not enough, and PAM has vouched for its user, the copy uses the last eighth.
    ///
    /// Throws `full`, `userName`, `memoryFull`, `usersFull`, `contextTooLarge`, `contextsFull`, `dataTooLarge`,
    /// `dataFull`, `labelSize`, `labelsFull`; `duplicateToken` if a session of this host alone has the digest; and
    /// `noSuchSession` if the session is over at `now`, for lack of use as well, its tag is 0 or its bucket has no top
    /// bit. No session has changed then.
    package mutating func adoptShared(
        _ digest: TokenDigest, _ session: SharedSession, now: LedgerSeconds,
        displaced: (TokenDigest) -> Void = { _ in }
    ) throws(LedgerError) -> Session {
        let session = session.capped(at: now)
        guard session.hasSharedHandle, session.deadline > now else { throw LedgerError(.noSuchSession) }
        try checkSizes(user: session.user.count, context: session.context.count)
        guard session.data.count <= Limit.data else { throw LedgerError(.dataTooLarge) }
        extendFrontier()
        let older = try olderCopies(digest, tag: session.tag)
        let victims = try victims(of: session, replacing: older)
        let (terms, methods) = try agree(
            session.service, session.proof, idle: session.idle, methods: session.methods.span)
        let record = interned(session.user.span, uid: session.uid)
        let names = victims.map { slots[$0].digest }
        for slot in older + victims { discard(slot, sparing: record) }

        let slot = pool.take(&entropy)
        slots[slot].user = record
        slots[slot].setTerms(terms, isShared: true)
        slots[slot].methods = methods
        fill(slot, digest, session)
        copies.insert(slot, tag: session.tag, bucket: session.bucket)
        enter(slot, digest, tag: session.tag, deadline: session.deadline)
        keepResident()
        for name in names { displaced(name) }
        return snapshot(slot)
    }

    /// The slots of the copies in whose place a new one comes. Throws `duplicateToken`.
    private func olderCopies(_ digest: TokenDigest, tag: UInt64) throws(LedgerError) -> [Int] {
        let (same, other) = (index.find(digest), copies.slot(tag: tag))
        if let same, !slots[same].isShared { throw LedgerError(.duplicateToken) }
        return (same.map { [$0] } ?? []) + (other == same ? [] : other.map { [$0] } ?? [])
    }

    /// Stores the digest, times and texts of a slot.
    private mutating func fill(_ slot: Int, _ digest: TokenDigest, _ session: SharedSession) {
        let fields = slots[slot]
        fields.digest = digest
        (fields.created, fields.authenticated) = (session.created, session.authenticated)
        (fields.lastSeen, fields.expires) = (session.lastSeen, session.expires)
        fields.context = session.context.isEmpty ? 0 : contexts.store(session.context.span)
        fields.data = session.blockSize == 0 ? 0 : data.store(session.data.span, head: Self.dataHead)
        if fields.data != 0 { memory.store(session.version, at: data.address(of: fields.data)) }
    }

    /// Forgets a copy without calling it ended: on the board first, then in its slot. False where it is not held.
    package mutating func dropShared(_ digest: TokenDigest) -> Bool {
        guard let slot = index.find(digest), slots[slot].isShared else { return false }
        discard(slot)
        return true
    }

    /// Copies that are read into the cache before the first of them is dropped.
    private static let dropBatch = 512

    /// Forgets all copies, and returns how many they were.
    package mutating func dropAllShared() -> Int {
        let dropped = copies.count
        while copies.count > 0 {
            let end = max(0, copies.count - Self.dropBatch)
            var sum: UInt32 = 0
            for position in end..<copies.count { sum &+= warm(copies.slot(at: position)) }
            warmth &+= sum
            while copies.count > end { discard(copies.slot(at: copies.count - 1)) }
        }
        return dropped
    }

    /// Drops the copy in a slot. The record of its user stays if it is `spared`, even without sessions.
    private mutating func discard(_ slot: Int, sparing spared: UInt32 = 0) {
        let (session, user) = (snapshot(slot), slots[slot].user)
        close(slot)
        users.unlink(slot, from: user)
        leaveIndices(slot, session)
        free(slot)
        if user != spared { users.dropIfUnused(user) }
    }

    /// Takes all copies off the board, with higher stamps. Until ``resumeShared()`` no copy gets back on it, and no new
    /// one gets on it. The ledger keeps them, and look-ups find them.
    package mutating func suspendShared() {
        guard !copies.isSuspended else { return }
        copies.isSuspended = true
        restampShared()
    }

    /// Puts all copies back on the board, with higher stamps.
    package mutating func resumeShared() {
        guard copies.isSuspended else { return }
        copies.isSuspended = false
        restampShared()
    }

    private func restampShared() {
        for position in 0..<copies.count {
            let slot = copies.slot(at: position)
            show(slot, stamp: board[slot].nextStamp, until: snapshot(slot).idleExpires.onBoard)
        }
    }

    /// The digest of the copy with the tag of its handle; nil where it is not held.
    package func sharedDigest(tag: UInt64) -> TokenDigest? { copies.slot(tag: tag).map { slots[$0].digest } }

    /// How many copies are held, those that are over and no sweep has reached included.
    package var sharedCount: Int { copies.count }

    /// Whether any copy is held.
    package var holdsShared: Bool { copies.count > 0 }
}
