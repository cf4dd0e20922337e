/// Finds the slot of a copy by the tag of its handle: open addressing with linear probing over 32-bit entries in
/// private memory.
///
/// An entry is the slot plus one (0: empty); the tag itself stands in the slot. There are two entries for each slot, so
/// that an unknown tag reads two or three slots. A gap is closed by moving entries up, so that there are no tombstones
/// and no rehash. Other hosts choose the tags, so that the process keys the hash. Rejected: the packed entries of
/// `DigestIndex`, since only operations on a handle look a tag up.
struct TagIndex: ~Copyable {
    private let entries: LazyMemory<UInt32>
    private let slots: SlotTable
    private let key: (UInt64, UInt64)
    private let place = Place()

    /// An empty index over `slots`; `key` is random.
    init(slots: SlotTable, key: (UInt64, UInt64)) throws(LedgerMemoryError) {
        entries = try LazyMemory(count: 2 * slots.capacity + 1)
        self.slots = slots
        self.key = key
    }

    /// The slot of the copy with `tag`; nil where there is none.
    func find(_ tag: UInt64) -> Int? {
        var at = home(tag)
        while entries[at] != 0 {
            let slot = Int(entries[at]) - 1
            if slots[slot].tag == tag { return slot }
            at = after(at)
        }
        return nil
    }

    /// Puts the tag of `slot` in. Precondition: no copy has it.
    func insert(_ tag: UInt64, slot: Int) {
        var at = home(tag)
        while entries[at] != 0 { at = after(at) }
        entries[at] = UInt32(slot + 1)
    }

    /// Takes the tag of `slot` out and closes the gap. Precondition: all other copies still have their tags in their
    /// slots.
    func remove(_ tag: UInt64, slot: Int) {
        var gap = home(tag)
        while entries[gap] != UInt32(slot + 1) {
            precondition(entries[gap] != 0, "the tag of a copy is in the index")
            gap = after(gap)
        }
        var at = after(gap)
        while entries[at] != 0 {
            let wanted = home(slots[Int(entries[at]) - 1].tag)
            if steps(from: wanted, to: at) >= steps(from: gap, to: at) {
                entries[gap] = entries[at]
                gap = at
            }
            at = after(at)
        }
        entries[gap] = 0
    }

    private func home(_ tag: UInt64) -> Int {
        let product = (tag ^ key.0).multipliedFullWidth(by: key.1 | 1)
        return Int((product.high ^ product.low).multipliedFullWidth(by: UInt64(entries.count)).high)
    }

    private func after(_ at: Int) -> Int { at + 1 == entries.count ? 0 : at + 1 }

    private func steps(from start: Int, to end: Int) -> Int { end >= start ? end - start : end + entries.count - start }
}
