import Testing
import UsherCluster
import UsherDaemon

@Suite("Memory of the member")
struct MemberMemoryTests {
    @Test("a member and its last beat are found again in the same memory, and none in a fresh one")
    func keep() throws {
        let file = try MemoryFile(name: "test-member", size: MemberMemory.size)
        #expect(MemberMemory(file).known == nil)
        MemberMemory(file).keep(MemberID(high: 1, low: 2), beats: 3)
        MemberMemory(file).keep(MemberID(high: 1, low: 2), beats: 4)
        let known = try #require(MemberMemory(file).known)
        #expect(known.member == MemberID(high: 1, low: 2) && known.beats == 4)
    }

    @Test("a fence is found again beside the member, and none that was not kept")
    func keepFence() throws {
        let file = try MemoryFile(name: "test-member", size: MemberMemory.size)
        let fence = KeptFence(epoch: Epoch(0xFFFF_FFFF), ordinal: 7, end: BootInstant(nanoseconds: 8))
        MemberMemory(file).keep(fence)
        #expect(MemberMemory(file).fence == nil, "it is nobody's")
        MemberMemory(file).keep(MemberID(high: 1, low: 2), beats: 3)
        #expect(MemberMemory(file).fence == fence)
        let other = try MemoryFile(name: "test-member", size: MemberMemory.size)
        MemberMemory(other).keep(MemberID(high: 1, low: 2), beats: 3)
        #expect(MemberMemory(other).fence == nil)
    }

    @Test("memory that is too small has no member")
    func small() throws {
        #expect(MemberMemory(try MemoryFile(name: "test-member", size: 8)).known == nil)
    }
}
