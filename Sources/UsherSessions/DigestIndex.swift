/// Finds the slot of a token digest: open addressing with linear probing over 32-bit entries in private memory.
///
/// An entry holds the slot plus one (0: empty), the distance from where the digest would like to be (up to 62, then 63:
/// "ask the slot"), and in the bits that are left a fingerprint of the digest. Distance and fingerprint together keep a
/// probe from touching the memory of slots that cannot match, and let removal close the gap without reading any: no
/// tombstones, no rehash. Six entries per five slots, sized once. The place is a keyed hash of the digest, so that not
/// even a made-up memory image can pile its digests up. Rejected: a dictionary, which doubles and rehashes at once.
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

    /// Says that `count` slots are, or will be, in use. From one in 64 on, no page of the index is without an entry: then
    /// large pages take no more memory than small ones, and fewer look-ups miss the translation cache.
    mutating func expect(_ count: Int) {
        guard !isDense, count >= slots.capacity / 64 else { return }
        isDense = true
        entries.preferLargePages()
    }

    /// The slot that holds `digest`; nil where none does.
    func find(_ digest: TokenDigest) -> Int? {
        let hash = hash(digest)
        var at = home(hash)
        var entry = entry(0, hash)
        var distance: UInt32 = 0
        while true {
            let found = entries[at]
            if found == 0 { return nil }
            if found >> slotBits == entry >> slotBits, slots[slot(found)].digest == digest { return slot(found) }
            if distance < Self.farthest {
                distance += 1
                entry = self.entry(distance, hash)
            }
            at = after(at)
        }
    }

    /// Puts `digest` of `slot` in; false, and nothing changes, where some slot holds it already.
    func insert(_ digest: TokenDigest, slot: Int) -> Bool {
        let hash = hash(digest)
        var (at, distance, entry) = (home(hash), UInt32(0), entry(0, hash))
        while true {
            let found = entries[at]
            if found == 0 { break }
            if found >> slotBits == entry >> slotBits, slots[self.slot(found)].digest == digest { return false }
            (at, distance) = (after(at), distance + 1)
            entry = self.entry(min(distance, Self.farthest), hash)
        }
        entries[at] = entry | UInt32(slot + 1)
        return true
    }

    /// Takes `digest` of `slot` out and moves what follows up into the gap. The slots still hold their digests.
    func remove(_ digest: TokenDigest, slot: Int) {
        var gap = home(hash(digest))
        while self.slot(entries[gap]) != slot {
            precondition(entries[gap] != 0, "a live session is in the index")
            gap = after(gap)
        }
        var (at, steps) = (after(gap), UInt32(1))
        while entries[at] != 0 {
            let entry = entries[at]
            var distance = entry &>> slotBits & Self.farthest
            if distance == Self.farthest { distance = self.distance(at) }
            if distance >= steps {
                entries[gap] = moved(entry, to: distance &- steps)
                (gap, steps) = (at, 0)
            }
            (at, steps) = (after(at), steps &+ 1)
        }
        entries[gap] = 0
    }

    /// Reads where the search for `digest` begins and may go on, so that it is in the cache soon.
    func warm(_ digest: TokenDigest) -> UInt32 {
        let home = home(hash(digest))
        return entries[home] &+ entries[min(home + Self.line, entries.count - 1)]
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

    private func moved(_ entry: UInt32, to distance: UInt32) -> UInt32 {
        let mask = Self.farthest &<< slotBits
        return entry & ~mask | min(distance, Self.farthest) &<< slotBits
    }

    /// How far the entry at `at` is from where its digest would like to be, as its slot says.
    private func distance(_ at: Int) -> UInt32 {
        let wanted = home(hash(slots[slot(entries[at])].digest))
        return UInt32(at >= wanted ? at - wanted : at + entries.count - wanted)
    }
}
