import CLinux
import Testing
import UsherCluster
import UsherEngine
import UsherPOSIX

@testable import UsherDaemon

@Suite("Snapshot of the cluster's state")
struct SnapshotFileTests {
    private final class Journal {
        var entries: [JournalEntry] = []
    }

    private let store = KeepingStore()
    private let journal = Journal()
    private static let count: UInt64 = 20_000

    private func memory() -> SessionMemory { SessionMemory(store) { [journal] in journal.entries.append($0) } }

    private func keep() {
        memory().keepSnapshot { writer in
            for number in 0..<Self.count { writer.put(number) }
            return true
        }
    }

    /// What the next process reads.
    private func read() -> [UInt64]? {
        memory().snapshot { (reader) throws(SnapshotFault) in
            var numbers: [UInt64] = []
            for _ in 0..<Self.count { numbers.append(try reader.number()) }
            try reader.end()
            return numbers
        }
    }

    @Test("is read once, whole")
    func once() {
        #expect(read() == nil)
        keep()
        #expect(store.names == ["snapshot"])
        #expect(read() == Array(0..<Self.count))
        #expect(store.names == [] && read() == nil && journal.entries == [])
    }

    @Test("is marked before anything is taken from it: a process that dies leaves one that is used")
    func used() throws {
        keep()
        let other = dup(store.kept["snapshot"] ?? -1)
        _ = try SnapshotFile.use(FileDescriptor(owning: dup(other)))
        #expect(read() == nil)
        #expect(journal.entries == [.memoryDropped(name: "snapshot", why: "used")])
        close(other)
    }

    @Test("is not used if any word is another one")
    func damaged() {
        for place in [0, 1, 2, 3, 8, 9, 8_192, 20_007] {
            keep()
            store.damage("snapshot", at: 8 * place)
            #expect(read() == nil, "\(place)")
            #expect(store.names == [])
        }
        #expect(journal.entries.count == 8)
        #expect(journal.entries.contains(.memoryDropped(name: "snapshot", why: "other layout")))
    }

    @Test("what is no memory of ours, or too small, is not used")
    func strangers() throws {
        let small = try MemoryFile(name: "test-snapshot", size: 32)
        let stranger = FileDescriptor(owning: usher_open("/dev/null", O_RDWR, 0))
        for descriptor in [small.descriptor, stranger.number] {
            store.put(descriptor, as: "snapshot")
            #expect(read() == nil)
        }
        #expect(journal.entries == Array(repeating: .memoryDropped(name: "snapshot", why: "damaged"), count: 2))
    }

    @Test("a write that fails is thrown, and stops the writing")
    func full() throws {
        let full = try FileDescriptor(usher_open("/dev/full", O_RDWR, 0), "open")
        #expect(throws: SystemError("pwrite", code: ENOSPC)) {
            _ = try SnapshotFile.fill(full.number) { writer in
                for number in 0..<Self.count { writer.put(number) }
                return true
            }
        }
    }

    @Test("a write that fails after the head's place is thrown, though the head could be written")
    func partlyFull() throws {
        // Sealed against growth: what is written behind its end fails with EPERM.
        let small = try MemoryFile(name: "test-snapshot", size: 4_096)
        #expect(throws: SystemError("pwrite", code: EPERM)) {
            _ = try SnapshotFile.fill(small.descriptor) { writer in
                for number in 0..<Self.count { writer.put(number) }
                return true
            }
        }
    }

    @Test("nothing is kept where there is nothing to keep, or where the store ends with the process")
    func nothing() {
        memory().keepSnapshot { _ in false }
        #expect(store.names == [])
        store.outlivesEnd = false
        keep()
        #expect(store.names == [] && journal.entries == [])
    }
}
