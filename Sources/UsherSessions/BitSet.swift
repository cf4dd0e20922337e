/// A set of small numbers, one lazily mapped bit each. The word behind the bits is the greatest index of a word that
/// was ever written, so that ``greatest`` reads little of a large and nearly empty set.
struct BitSet: ~Copyable {
    private let words: LazyMemory<UInt64>
    /// Members are below it.
    let capacity: Int

    /// No member yet.
    init(capacity: Int) throws(LedgerMemoryError) {
        self.capacity = capacity
        words = try LazyMemory(count: (capacity + 63) / 64 + 1)
    }

    private var last: Int { words.count - 1 }

    /// Whether `member` is in the set.
    func contains(_ member: Int) -> Bool { words[member >> 6] >> UInt64(member & 63) & 1 == 1 }

    /// Puts `member` in.
    func insert(_ member: Int) {
        words[member >> 6] |= 1 << UInt64(member & 63)
        if words[last] < UInt64(member >> 6) { words[last] = UInt64(member >> 6) }
    }

    /// Takes `member` out.
    func remove(_ member: Int) { words[member >> 6] &= ~(1 << UInt64(member & 63)) }

    /// The least member from `start` on and below `end`; nil where there is none.
    func first(from start: Int, below end: Int) -> Int? {
        let end = min(end, capacity)
        guard start < end else { return nil }
        var (at, mask) = (start >> 6, UInt64.max << UInt64(start & 63))
        while at <= (end - 1) >> 6 {
            let word = words[at] & mask
            if word != 0 {
                let member = at << 6 + word.trailingZeroBitCount
                return member < end ? member : nil
            }
            (at, mask) = (at + 1, .max)
        }
        return nil
    }

    /// The greatest member; nil in an empty set.
    var greatest: Int? {
        for at in (0...Int(words[last])).reversed() where words[at] != 0 {
            return at << 6 + 63 - words[at].leadingZeroBitCount
        }
        return nil
    }
}
