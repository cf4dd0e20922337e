/// Finds the slot of a token digest: open addressing with linear probing over 32-bit entries in private memory.
///
/// The home of a digest is the entry to which a keyed hash maps it, so that not even a made-up memory image can pile
/// digests up. An entry packs the slot plus one (0: empty), the distance from the digest's home (up to 62; 63 means
/// "compute it from the slot"), and a fingerprint of the digest in the bits that are left. Distance and fingerprint
/// keep a probe from reading slots that cannot match. They also let entries move without reading any slot, so that
/// there are no tombstones and no rehash.
///
/// Entries stand in the order of their homes (Robin Hood hashing). So the newest entry is as near to its home as the
/// oldest, a search ends at the first entry that is nearer to its home than the sought one would be, and a gap is
/// closed by moving few entries. The index has six entries for five slots and never grows. Rejected: a dictionary,
/// which doubles and rehashes at once.
struct DigestIndex: ~Copyable {
    private let entries: LazyMemory<UInt32>
    private let slots: SlotTable
    private let key: (UInt64, UInt64)
    private let slotBits: UInt32
    private var isDense = false
    private let place = Place()

    private static let distanceBits: UInt32 = 6
    private static let farthest: UInt32 = 63
    /// Entries in a line of the cache.
    private static let line = 16

    /// An empty index over `slots`; `key` is random.
    init(slots: SlotTable, key: (UInt64, UInt64)) throws(LedgerMemoryError) {
        entries = try LazyMemory(count: slots.capacity + slots.capacity / 5 + 64)
        self.slots = slots
        self.key = key
        slotBits = UInt32(Int.bitWidth - slots.capacity.leadingZeroBitCount)
    }

    /// Says that `count` slots are, or will be, in use. Once they are one in 64, no page of the index is without an
    /// entry. Large pages then take no more memory than small ones, and fewer look-ups miss the TLB.
    mutating func expect(_ count: Int) {
        guard !isDense, count >= slots.capacity / 64 else { return }
        isDense = true
        entries.preferLargePages()
    }

    /// The slot that holds `digest`; nil where none does.
    func find(_ digest: TokenDigest) -> Int? {
        let hash = hash(digest)
        var (at, distance, sought) = (home(hash), UInt32(0), entry(0, hash))
        while true {
            let found = entries[at]
            if found == 0 || stored(found) < distance { return nil }
            if found &>> slotBits == sought &>> slotBits, slots[slot(found)].digest == digest { return slot(found) }
            if distance < Self.farthest {
                distance += 1
                sought = entry(distance, hash)
            }
            at = after(at)
        }
    }

    /// Puts `digest` of `slot` in; false, and nothing changes, where some slot holds it already.
    func insert(_ digest: TokenDigest, slot: Int) -> Bool {
        let hash = hash(digest)
        var (at, distance) = (home(hash), UInt32(0))
        while entries[at] != 0, self.distance(at) >= distance {
            let found = entries[at]
            let sought = entry(min(distance, Self.farthest), hash)
            if found &>> slotBits == sought &>> slotBits, slots[self.slot(found)].digest == digest { return false }
            (at, distance) = (after(at), distance + 1)
        }
        push(entry(min(distance, Self.farthest), hash) | UInt32(slot + 1), at)
        return true
    }

    /// Stores an entry at `start`. Moves the entries from `start` to the next empty one by one place.
    private func push(_ entry: UInt32, _ start: Int) {
        var (carried, at) = (entry, start)
        while entries[at] != 0 {
            let displaced = entries[at]
            entries[at] = carried
            carried = stored(displaced) == Self.farthest ? displaced : displaced &+ 1 &<< slotBits
            at = after(at)
        }
        entries[at] = carried
    }

    /// Takes `digest` of `slot` out and moves the entries behind it up. Precondition: the slots still hold their
    /// digests.
    func remove(_ digest: TokenDigest, slot: Int) {
        var gap = home(hash(digest))
        while self.slot(entries[gap]) != slot {
            precondition(entries[gap] != 0, "a live session is in the index")
            gap = after(gap)
        }
        while true {
            let at = after(gap)
            let entry = entries[at]
            guard entry != 0, stored(entry) > 0 else { break }
            let isNear = stored(entry) < Self.farthest || distance(at) == Self.farthest
            entries[gap] = isNear ? entry &- 1 &<< slotBits : entry
            gap = at
        }
        entries[gap] = 0
    }

    /// Brings the digest's home and the next cache line into the cache, which an insertion or a removal most often
    /// changes.
    func warm(_ digest: TokenDigest) -> UInt32 {
        let home = home(hash(digest))
        return entries[home] &+ entries[min(home + Self.line, entries.count - 1)]
    }

    /// The slot that most likely has `digest`, by the entries alone, or nil. Reads no slot, so that it may be wrong.
    func candidate(_ digest: TokenDigest) -> Int? {
        let hash = hash(digest)
        var at = home(hash)
        for distance in 0..<Self.farthest {
            let found = entries[at]
            if found == 0 { return nil }
            if found >> slotBits == entry(distance, hash) >> slotBits { return slot(found) }
            at = after(at)
        }
        return nil
    }

    private func hash(_ digest: TokenDigest) -> UInt64 {
        let product = (digest.low ^ key.0).multipliedFullWidth(by: digest.high ^ key.1)
        return product.high ^ product.low
    }

    private func home(_ hash: UInt64) -> Int { Int(hash.multipliedFullWidth(by: UInt64(entries.count)).high) }

    private func after(_ at: Int) -> Int { at &+ 1 == entries.count ? 0 : at &+ 1 }

    private func slot(_ entry: UInt32) -> Int { Int(entry & (1 &<< slotBits &- 1)) &- 1 }

    /// An entry without its slot: fingerprint in the top bits, then the distance.
    private func entry(_ distance: UInt32, _ hash: UInt64) -> UInt32 {
        let fingerprint = UInt32(truncatingIfNeeded: hash) << (slotBits + Self.distanceBits)
        return fingerprint | distance << slotBits
    }

    /// The distance that an entry holds.
    private func stored(_ entry: UInt32) -> UInt32 { entry &>> slotBits & Self.farthest }

    /// How far the entry at `at` is from the home of its digest.
    private func distance(_ at: Int) -> UInt32 {
        let stored = stored(entries[at])
        guard stored == Self.farthest else { return stored }
        let wanted = home(hash(slots[slot(entries[at])].digest))
        return UInt32(at >= wanted ? at - wanted : at + entries.count - wanted)
    }
}
