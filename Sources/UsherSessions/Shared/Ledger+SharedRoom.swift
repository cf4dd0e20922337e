internal import UsherBoard

/// Room for copies of shared sessions, which other copies make.
extension Ledger {
    /// Copies that one adoption displaces at most.
    private static let mostVictims = 8

    /// What dropping some copies frees. The records of their users are left out: they may have other sessions.
    private struct Freed {
        var slots = 0
        var contextUnits = 0
        var dataUnits = 0
    }

    /// The slots of the copies that must leave before `session` comes in place of the copies in `older`. Throws `full`,
    /// `usersFull`, `contextsFull`, `dataFull`, `memoryFull`.
    mutating func victims(of session: SharedSession, replacing older: [Int]) throws(LedgerError) -> [Int] {
        do throws(LedgerError) {
            return try victims(of: session, replacing: older, sparesReserve: true)
        } catch {
            guard session.proof != .issued else { throw error }
            return try victims(of: session, replacing: older, sparesReserve: false)
        }
    }

    private mutating func victims(
        of session: SharedSession, replacing older: [Int], sparesReserve: Bool
    ) throws(LedgerError) -> [Int] {
        let isNew = users.record(session.user.span, uid: session.uid) == 0
        var (leaving, freed) = (older, Freed())
        for slot in older { add(slot, to: &freed) }
        while let lack = lack(of: session, isNew: isNew, once: freed, sparesReserve: sparesReserve) {
            guard leaving.count < older.count + Self.mostVictims,
                let victim = copies.leastUsed(sparing: leaving, &entropy)
            else { throw lack }
            leaving.append(victim)
            add(victim, to: &freed)
        }
        return Array(leaving[older.count...])
    }

    private func add(_ slot: Int, to freed: inout Freed) {
        let fields = slots[slot]
        if board[slot].nextStamp != BoardEntry.lastStamp { freed.slots += 1 }
        if fields.context != 0 { freed.contextUnits += contexts.units(of: fields.context) }
        if fields.data != 0 { freed.dataUnits += data.units(of: fields.data) }
    }

    /// Why there is no room for a copy, with what is in use and once that of `freed` is free; nil if there is room.
    private func lack(
        of session: SharedSession, isNew: Bool, once freed: Freed, sparesReserve: Bool
    ) -> LedgerError? {
        let (user, context, block) = (session.user.count, session.context.count, session.blockSize)
        let places = sparesReserve ? Self.share(of: geometry.capacity) : geometry.capacity
        guard pool.used - freed.slots < places else { return LedgerError(.full) }
        guard context == 0 || contexts.hasRoom(for: context, freeing: freed.contextUnits) else {
            return LedgerError(.contextsFull)
        }
        guard !isNew || users.hasRoom(for: user) else { return LedgerError(.usersFull) }
        guard block == 0 || data.hasRoom(for: block, freeing: freed.dataUnits) else { return LedgerError(.dataFull) }
        let growth = growth(user: user, isNew: isNew, context: context, freeing: freed.contextUnits)
        let limit = sparesReserve ? Self.share(of: memoryLimit) : memoryLimit
        let hasMemory =
            block == 0
            ? hasMemory(for: growth, of: limit)
            : hasMemory(forCopyWith: block, of: session.proof, beside: growth, limit, freeing: freed.dataUnits)
        return hasMemory ? nil : LedgerError(.memoryFull)
    }
}
