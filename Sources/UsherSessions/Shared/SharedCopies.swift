internal import UsherNames

/// Which slots hold copies of sessions that several hosts share: the bucket of each, and the copies by tag and in a
/// row. All of it is lazily mapped private memory, so that a ledger without copies pays nothing.
///
/// Invariants: a slot is in the row if and only if it is live and marked as shared, and its tag is in the index. The
/// row is dense and in no particular order; a copy that leaves is replaced by the last one. Rejected: to draw slots
/// until one holds a copy, which takes long where copies are few.
struct SharedCopies: ~Copyable {
    private let slots: SlotTable
    private let tags: TagIndex
    /// The bucket of each slot's copy.
    private let buckets: LazyMemory<UInt32>
    /// The slots of the copies.
    private let row: LazyMemory<UInt32>
    /// Where in the row each copy stands.
    private let positions: LazyMemory<UInt32>
    private let place = Place()
    /// How many copies there are.
    private(set) var count = 0
    /// Whether no copy may be valid on the board.
    var isSuspended = false

    /// Copies that are compared to find one that was not used for long.
    static let sample = 8

    /// No copies in `slots`; `key` is random.
    init(slots: SlotTable, key: (UInt64, UInt64)) throws(LedgerMemoryError) {
        let tags = try TagIndex(slots: slots, key: key)
        let buckets = try LazyMemory<UInt32>(count: slots.capacity)
        let row = try LazyMemory<UInt32>(count: slots.capacity)
        let positions = try LazyMemory<UInt32>(count: slots.capacity)
        self.slots = slots
        self.tags = tags
        self.buckets = buckets
        self.row = row
        self.positions = positions
    }

    /// The bucket of the copy in `slot`, which is the prefix of its handle.
    @inline(__always)
    func bucket(_ slot: Int) -> UInt32 { buckets[slot] }

    /// The slot of the copy with that tag; nil where there is none.
    func slot(tag: UInt64) -> Int? { count == 0 ? nil : tags.find(tag) }

    /// The slot of the copy of that handle; nil where there is none, or its bucket is another one.
    func slot(of handle: SessionHandle) -> Int? {
        guard let slot = slot(tag: handle.tag), buckets[slot] == handle.prefix else { return nil }
        return slot
    }

    /// The slot of the copy at `position`, which is below ``count``.
    func slot(at position: Int) -> Int { Int(row[position]) }

    /// Notes a copy, before its slot is live. Precondition: no copy has the tag.
    mutating func insert(_ slot: Int, tag: UInt64, bucket: UInt32) {
        buckets[slot] = bucket
        row[count] = UInt32(slot)
        positions[slot] = UInt32(count)
        count += 1
        tags.insert(tag, slot: slot)
    }

    /// Takes a copy out. Precondition: all other copies still have their tags in their slots.
    mutating func remove(_ slot: Int, tag: UInt64) {
        tags.remove(tag, slot: slot)
        count -= 1
        let (position, last) = (positions[slot], row[count])
        row[Int(position)] = last
        positions[Int(last)] = position
    }

    /// The copy that was not used for longest, of `sample` ones at equal distances in the row from a random one on;
    /// nil where every copy is in `spared`.
    func leastUsed(sparing spared: [Int], _ entropy: inout Entropy) -> Int? {
        let seen = min(count, Self.sample + spared.count)
        guard seen > 0 else { return nil }
        let (start, stride) = (entropy.next(below: count), count / seen)
        var found: Int?
        for number in 0..<seen {
            let slot = Int(row[(start + number * stride) % count])
            guard !spared.contains(slot) else { continue }
            if found.map({ slots[slot].lastSeen < slots[$0].lastSeen }) ?? true { found = slot }
        }
        return found
    }
}
