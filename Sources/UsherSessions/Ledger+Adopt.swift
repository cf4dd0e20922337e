internal import UsherBoard
internal import UsherNames

extension Ledger {
    /// Takes over what an earlier process left, at whatever point it died. A change under way is undone, an end under
    /// way is completed, and a slot that is not whole is dropped and counted. Copies of shared sessions that are not in
    /// `kept` are dropped and not counted, because ends of the meantime may concern them. Adoption checks everything
    /// that it reads: whatever bytes the memory holds, the result is a sound ledger or an error. Precondition: both
    /// memories start at a page and stay as long as the value, and `now` is not before any instant that the earlier
    /// process was given.
    ///
    /// Takes time in proportion to the slots that were ever in use. The geometry comes from the memory, not from the
    /// configuration. Expired sessions stay, so that the sweep reports them. A board that has a lease is refused unless
    /// `hasLease`, and one without a lease if so. The lease on the board stays as it is.
    package init(
        adopting ledger: UnsafeMutableRawBufferPointer, board: UnsafeMutableRawBufferPointer, now: LedgerSeconds,
        hasLease: Bool = false, keeping kept: KeptCopies? = nil, entropy: consuming Entropy = .kernel
    ) throws(LedgerMemoryError) {
        let (geometry, board) = try unsafe Self.recognise(ledger, board)
        guard board.hasLease == hasLease else { throw LedgerMemoryError(.otherLayout) }
        guard let base = ledger.baseAddress else { throw LedgerMemoryError(.notALedger) }
        let claims = try Claims(geometry)
        try unsafe self.init(over: base, board: board, geometry: geometry, entropy: entropy)
        Header(memory).rollBack(slots)
        labels.adopt()
        copies.isSuspended = kept?.isSuspended ?? false
        adoptSlots(claims, now: now, kept)
        labels.dropUnused()
    }

    /// What both memories say that they are.
    private static func recognise(
        _ ledger: UnsafeMutableRawBufferPointer, _ boardMemory: UnsafeMutableRawBufferPointer
    ) throws(LedgerMemoryError) -> (LedgerGeometry, Board) {
        guard let base = ledger.baseAddress, ledger.count >= LedgerGeometry.headerSize else {
            throw LedgerMemoryError(.notALedger)
        }
        #if DEBUG
            let memory = unsafe LedgerMemory(base: base, size: ledger.count, watch: StoreWatch())
        #else
            let memory = unsafe LedgerMemory(base: base, size: ledger.count)
        #endif
        guard memory.load(0, as: UInt64.self) == Header.magic else { throw LedgerMemoryError(.notALedger) }
        guard memory.load(Header.layoutOffset, as: UInt32.self) == Header.layout else {
            throw LedgerMemoryError(.otherLayout)
        }
        let header = Header(memory)
        guard let geometry = header.geometry, geometry.ledgerSize <= ledger.count else {
            throw LedgerMemoryError(.wrongSize)
        }
        guard let board = unsafe Board(adopting: boardMemory) else { throw LedgerMemoryError(.notABoard) }
        guard board.slots == geometry.capacity, board.ledger == header.identity(at: Header.id),
            board.id == header.identity(at: Header.board), !board.id.isZero
        else { throw LedgerMemoryError(.foreignBoard) }
        return (geometry, board)
    }

    /// The units that adoption has found in use.
    private struct Claims: ~Copyable {
        let contexts: BitSet
        let users: BitSet
        let data: BitSet

        /// None yet. Throws `noAddressSpace`.
        init(_ geometry: LedgerGeometry) throws(LedgerMemoryError) {
            let contexts = try BitSet(capacity: geometry.contextUnits)
            let users = try BitSet(capacity: geometry.userUnits)
            let data = try BitSet(capacity: geometry.dataUnits)
            self.contexts = contexts
            self.users = users
            self.data = data
        }
    }

    private mutating func adoptSlots(_ claims: borrowing Claims, now: LedgerSeconds, _ kept: KeptCopies?) {
        if memory.load(Header.slotFrontier, as: UInt32.self) > geometry.capacity {
            memory.store(UInt32(geometry.capacity), at: Header.slotFrontier)
        }
        let frontier = Int(memory.load(Header.slotFrontier, as: UInt32.self))
        index.expect(frontier)
        for slot in 0..<frontier {
            if slot % 64 == 0 { warm(slot..<min(slot + 64, frontier)) }
            if slots[slot].tag == 0 {
                leaveFree(slot)
            } else if slots[slot].isShared {
                guard adoptCopy(slot, now: now, claims, kept) else {
                    close(slot)
                    leaveFree(slot)
                    continue
                }
            } else if !adopt(slot, now: now, claims) {
                close(slot)
                counters.dropped += 1
                leaveFree(slot)
            }
        }
        contexts.rebuild(from: claims.contexts)
        users.rebuild(from: claims.users)
        data.rebuild(from: claims.data)
    }

    /// Brings into the cache what the slots of `range` refer to, and then the first sessions of the lists that they
    /// will join.
    private mutating func warm(_ range: Range<Int>) {
        var sum: UInt32 = 0
        for slot in range { sum &+= warm(slot) &+ users.warm(slots[slot].user) }
        for slot in range { sum &+= users.warmList(of: slot, slots[slot].user) }
        warmth &+= sum
    }

    /// Moves the pool's frontier behind a slot without a session. The board shows the slot as not valid from then on. A
    /// slot at the last stamp is retired.
    mutating func leaveFree(_ slot: Int) {
        let shown = board[slot]
        if shown.expiry != .zero { show(slot, stamp: shown.nextStamp, until: .zero) }
        pool.advance(isFree: board[slot].stamp != BoardEntry.lastStamp)
    }

    /// Enters a slot whose tag is not 0. Returns false, and enters nothing, for a slot that is damaged or was about to
    /// end.
    private mutating func adopt(_ slot: Int, now: LedgerSeconds, _ claims: borrowing Claims) -> Bool {
        let fields = slots[slot]
        let shown = board[slot]
        let isHidden = shown.stamp == BoardEntry.lastStamp || fields.isShared && copies.isSuspended
        guard shown.stamp != 0, shown.expiry != .zero || isHidden,
            fields.created <= fields.lastSeen, fields.lastSeen <= now, fields.authenticated <= now,
            fields.expires > fields.created,
            labels.holds(fields.terms, .terms), labels.holds(fields.methods, .methods)
        else { return false }
        let deadline = snapshot(slot).idleExpires
        // A deadline before the start of the machine was never written here, and the board cannot show one.
        guard deadline.onBoard != .zero, index.insert(fields.digest, slot: slot) else { return false }
        guard claim(fields, claims) else {
            index.remove(fields.digest, slot: slot)
            return false
        }
        pool.advance(isFree: false)
        users.link(slot, to: fields.user)
        labels.retain(fields.terms)
        labels.retain(fields.methods)
        count += 1
        bounds.lower(slot, to: deadline)
        if shown.expiry > deadline.onBoard { show(slot, stamp: shown.nextStamp, until: deadline.onBoard) }
        return true
    }

    /// Enters a copy of a shared session that is kept. Returns false, and enters nothing, for any other.
    private mutating func adoptCopy(
        _ slot: Int, now: LedgerSeconds, _ claims: borrowing Claims, _ kept: KeptCopies?
    ) -> Bool {
        let (digest, tag) = (slots[slot].digest, slots[slot].tag)
        guard let bucket = kept?.bucket(digest, tag), bucket >= SessionHandle.hintLimit, copies.slot(tag: tag) == nil,
            adopt(slot, now: now, claims)
        else { return false }
        copies.insert(slot, tag: tag, bucket: bucket)
        return true
    }

    /// Claims what a slot refers to, all or nothing.
    private mutating func claim(_ fields: Slot, _ claims: borrowing Claims) -> Bool {
        let (context, block) = (fields.context, fields.data)
        guard context == 0 || contexts.claim(context, lengths: 1...Limit.context, in: claims.contexts) else {
            return false
        }
        let hasData = block == 0 || data.claim(block, head: Self.dataHead, lengths: 0...Limit.data, in: claims.data)
        let hasVersion = hasData && version(fields) != 0
        if hasVersion, users.claim(fields.user, in: claims.users) { return true }
        if context != 0 { contexts.unclaim(context, in: claims.contexts) }
        if hasData, block != 0 { data.unclaim(block, in: claims.data) }
        return false
    }
}
