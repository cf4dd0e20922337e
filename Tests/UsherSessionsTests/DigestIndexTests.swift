import Testing

@testable import UsherSessions

@Suite("Digest index")
final class DigestIndexTests {
    /// What may be in the index: so many slots.
    private static let capacity = 300
    private let area: TestMemory
    private let slots: SlotTable
    private let index: DigestIndex

    init() throws {
        let geometry = LedgerGeometry(capacity: Self.capacity)
        area = TestMemory(geometry)
        let base = try #require(area.ledger.baseAddress)
        let memory = LedgerMemory(base: base, size: geometry.ledgerSize, watch: StoreWatch())
        slots = SlotTable(memory: memory, offset: geometry.slotsOffset, capacity: Self.capacity)
        index = try DigestIndex(slots: slots, key: (0, 0))
    }

    /// Digests all of which would like to be at one place, or at one of a few: what no key makes of others.
    private func digest(_ number: Int, homes: UInt64) -> TokenDigest {
        TokenDigest(low: UInt64(number + 1) + UInt64(number) % homes << 58, high: 1)
    }

    @Test(
        "finds all that is in it and nothing else, however far from its place", arguments: [1, 2, 7, 60] as [UInt64])
    func findsAll(_ homes: UInt64) {
        var (present, state) = (Set<Int>(), homes)
        for step in 0..<6000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let slot = Int(state >> 33) % (step < 3000 ? Self.capacity : Self.capacity / 4)
            let digest = digest(slot, homes: homes)
            if present.contains(slot) {
                let isFresh = index.insert(digest, slot: slot)
                #expect(!isFresh)
                index.remove(digest, slot: slot)
                present.remove(slot)
            } else {
                slots[slot].digest = digest
                let isFresh = index.insert(digest, slot: slot)
                #expect(isFresh)
                present.insert(slot)
            }
            guard step % 50 == 0 else { continue }
            for other in 0..<Self.capacity {
                let found = index.find(self.digest(other, homes: homes))
                #expect(found == (present.contains(other) ? other : nil))
            }
        }
    }
}
