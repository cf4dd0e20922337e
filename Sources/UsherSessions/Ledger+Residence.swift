internal import UsherBoard

/// Which of the ledger's two memories.
package enum LedgerPart: Hashable, Sendable, CaseIterable {
    /// That of the sessions.
    case ledger
    /// That of the board.
    case board
}

/// How much of each area is kept in RAM, so that no session is ever written to a swap device.
///
/// Locks whole chunks up to the end of what is in use, because the limit on locked memory (RLIMIT_MEMLOCK,
/// setrlimit(2)) counts whole ranges, not the pages in them that exist. Areas only grow, so that nothing is ever
/// unlocked. The index and the free lists are not locked: they name slots, contain no secret, and fill at random, so
/// that their whole range would count.
struct Residence {
    /// Locks bytes of a memory; false where the kernel does not.
    typealias Keep = (LedgerPart, Range<Int>) -> Bool

    /// Bytes that are locked at a time.
    static let chunk = 256 * 1024

    /// The function that locks; nil until `keepResident(by:)` sets it.
    var keep: Keep?
    /// Bytes for which `keep` was called, from the start of each area.
    var asked = InlineArray<6, Int>(repeating: 0)
    /// Bytes that are locked.
    var locked = 0
    /// Bytes that the kernel refused to lock.
    var refused = 0

    /// Calls `keep` for each chunk of the first `used` bytes of the area at `range` for which it was not called yet.
    mutating func reach(_ area: Int, _ part: LedgerPart, _ range: Range<Int>, used: Int) {
        while asked[area] < min(used, range.count), let keep {
            let start = range.lowerBound + asked[area]
            let end = min(start + Self.chunk, range.upperBound)
            if keep(part, start..<end) { locked += end - start } else { refused += end - start }
            asked[area] += end - start
        }
    }
}

extension Ledger {
    /// Has `keep` lock what is in use of both memories, now and whenever more comes into use. `keep` gets a range of
    /// whole pages and returns whether it locked them. The ledger goes on if it did not.
    package mutating func keepResident(by keep: @escaping (LedgerPart, Range<Int>) -> Bool) {
        residence.keep = keep
        keepResident()
    }

    /// Bytes of both memories that are locked.
    package var lockedBytes: Int { residence.locked }

    /// Bytes in use that could not be locked.
    package var unlockedBytes: Int { residence.refused }

    /// Asks for what has come into use.
    mutating func keepResident() {
        guard residence.keep != nil else { return }
        let (labels, slots) = (geometry.labelsOffset, geometry.slotsOffset)
        let (contexts, users, data) = (geometry.contextsOffset, geometry.usersOffset, geometry.dataOffset)
        residence.reach(0, .ledger, 0..<slots, used: labels + self.labels.extent)
        residence.reach(1, .ledger, slots..<contexts, used: pool.frontier * LedgerGeometry.slotSize)
        residence.reach(2, .ledger, contexts..<users, used: self.contexts.extent)
        residence.reach(3, .ledger, users..<data, used: self.users.extent)
        residence.reach(4, .ledger, data..<geometry.ledgerSize, used: self.data.extent)
        residence.reach(5, .board, 0..<geometry.boardSize, used: BoardLayout.size(slots: pool.frontier))
    }
}
