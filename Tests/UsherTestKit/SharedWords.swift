import CLinux
import Synchronization

/// Words of memory that several processes share (memfd_create(2)), zero at first.
package final class SharedWords: @unchecked Sendable {
    /// The memfd, to be passed to the other processes. It stays open as long as this value.
    package let descriptor: CInt
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let size: Int

    /// New words.
    package convenience init(count: Int) throws {
        let descriptor = usher_memfd("usher-test-words")
        guard descriptor >= 0, ftruncate(descriptor, count * 8) == 0 else { throw TestFailure.last("memfd_create") }
        try self.init(adopting: descriptor)
    }

    /// Maps the words that another process has made. This value owns the descriptor.
    package init(adopting descriptor: CInt) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TestFailure.last("fstat") }
        size = status.st_size
        guard let base = usher_map(descriptor, size, 1) else { throw TestFailure.last("mmap") }
        self.descriptor = descriptor
        words = base.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    deinit {
        munmap(words, size)
        close(descriptor)
    }

    /// A word, loaded with acquire and stored with release ordering.
    package subscript(index: Int) -> UInt64 {
        get { words[index].load(ordering: .acquiring) }
        set { words[index].store(newValue, ordering: .releasing) }
    }

    /// Counts one up.
    package func count(_ index: Int) { words[index].add(1, ordering: .relaxed) }
}
