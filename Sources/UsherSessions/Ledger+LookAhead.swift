internal import UsherBoard

extension Ledger {
    private typealias Block = InlineArray<32, Int>

    /// How many look-ups one call of ``lookAhead(_:_:)`` prepares at most: what they read stays in the L1 cache until
    /// then.
    package static var lookAheadWidth: Int { Block.count }

    /// Brings into the cache what the look-ups of the digests at `range`, and showing their sessions, will read. A
    /// look-up is a chain of cache misses: index, slot, then user and context. This call takes each step for all
    /// digests before the next, so that the misses of a step overlap. Nothing is concluded from what is read, so that
    /// the ledger may change before the look-ups.
    package mutating func lookAhead(_ digests: [TokenDigest], _ range: Range<Int>) {
        var read: UInt32 = 0
        var (found, count) = (Block(repeating: 0), 0)
        for at in range { read &+= index.warm(digests[at]) }
        for at in range.prefix(Self.lookAheadWidth) {
            guard let slot = index.candidate(digests[at]) else { continue }
            read &+= slots[slot].user &+ board[slot].stamp
            (found[count], count) = (slot, count + 1)
        }
        for at in 0..<count {
            let slot = slots[found[at]]
            read &+= users.warm(slot.user) &+ contexts.warm(slot.context)
            if slot.isShared { read &+= copies.bucket(found[at]) }
        }
        warmth &+= read
    }
}
