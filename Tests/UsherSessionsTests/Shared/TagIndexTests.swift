import Testing

@testable import UsherSessions

@Suite("Tag index")
final class TagIndexTests {
    private static let capacity = 200
    private let area: TestMemory
    private let slots: SlotTable
    private let index: TagIndex

    init() throws {
        let geometry = LedgerGeometry(capacity: Self.capacity)
        area = TestMemory(geometry)
        let base = try #require(area.ledger.baseAddress)
        let memory = LedgerMemory(base: base, size: geometry.ledgerSize, watch: StoreWatch())
        slots = SlotTable(memory: memory, offset: geometry.slotsOffset, capacity: Self.capacity)
        index = try TagIndex(slots: slots, key: (0, 0))
    }

    /// With a key of zeros the top bits of a tag choose its place: tags of one place, or of a few, the last one
    /// included, behind which the index goes round.
    private func tag(_ slot: Int, homes: UInt64) -> UInt64 { UInt64(slot + 1) &- (UInt64(slot) % homes + 1) << 52 }

    @Test("finds all that is in it and nothing else, however far from its place", arguments: [1, 2, 7, 60] as [UInt64])
    func findsAll(_ homes: UInt64) {
        var (present, state) = (Set<Int>(), homes)
        for step in 0..<4000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let slot = Int(state >> 33) % (step < 2000 ? Self.capacity : Self.capacity / 4)
            let tag = tag(slot, homes: homes)
            if present.remove(slot) != nil {
                slots[slot].tag = 0
                index.remove(tag, slot: slot)
            } else {
                index.insert(tag, slot: slot)
                slots[slot].tag = tag
                present.insert(slot)
            }
            guard step % 10 == 0 else { continue }
            for slot in 0..<Self.capacity {
                #expect(index.find(self.tag(slot, homes: homes)) == (present.contains(slot) ? slot : nil))
            }
        }
    }
}
