package import UsherCluster

/// Who this host is among the hosts that share sessions, how many beats it has sent, and its fence: 56 bytes that
/// outlive the process even if it crashes, so that the next daemon is the same member, nobody waits for its expulsion,
/// and its ends do not wait anew.
@safe package final class MemberMemory {
    private static let magic: UInt64 = 0x5553_4845_524D_4231
    /// A whole page: MemoryFile maps no less.
    package static let size = 4_096

    private let file: MemoryFile

    /// A memory in `file`, of an earlier process or fresh.
    package init(_ file: MemoryFile) { self.file = file }

    /// The member that an earlier process was, and its last beat; nil where there was none.
    package var known: (member: MemberID, beats: UInt64)? {
        guard unsafe file.bytes.count >= Self.size, word(0) == Self.magic else { return nil }
        return (MemberID(high: word(1), low: word(2)), word(3))
    }

    /// Keeps `member` and the number of its last beat. The number is written before the member that it counts for, so
    /// that a process which dies in between has sent fewer beats than are written.
    package func keep(_ member: MemberID, beats: UInt64) {
        write(beats, 3)
        write(member.low, 2)
        write(member.high, 1)
        write(Self.magic, 0)
    }

    /// The fence that an earlier process kept; nil where there was none.
    package var fence: KeptFence? {
        guard known != nil, word(5) > 0, let epoch = UInt32(exactly: word(4)) else { return nil }
        return KeptFence(epoch: Epoch(epoch), ordinal: word(5), end: BootInstant(nanoseconds: word(6)))
    }

    /// Keeps a fence. A process that dies in between leaves one that never ends, which is as good as none.
    package func keep(_ fence: KeptFence) {
        write(.max, 6)
        write(UInt64(fence.epoch.value), 4)
        write(fence.ordinal, 5)
        write(fence.end.nanoseconds, 6)
    }

    private func word(_ index: Int) -> UInt64 { unsafe file.bytes.load(fromByteOffset: 8 * index, as: UInt64.self) }

    private func write(_ word: UInt64, _ index: Int) {
        unsafe file.bytes.storeBytes(of: word, toByteOffset: 8 * index, as: UInt64.self)
    }
}
