internal import Glibc

/// Zeroed process-private words that cost nothing until they are written (mmap(2) with `MAP_NORESERVE`).
///
/// The ledger's index and bitmaps are sized from the capacity once, and so are never grown, copied or rehashed.
@safe struct LazyMemory<Word: FixedWidthInteger & BitwiseCopyable>: ~Copyable {
    private let words: UnsafeMutablePointer<Word>
    /// How many words there are.
    let count: Int

    /// `count` zero words. Throws `noAddressSpace`.
    init(count: Int) throws(LedgerMemoryError) {
        self.count = max(count, 1)
        let bytes = self.count * MemoryLayout<Word>.stride
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe memory != MAP_FAILED
        else { throw LedgerMemoryError(.noAddressSpace) }
        unsafe words = memory.bindMemory(to: Word.self, capacity: self.count)
    }

    deinit { unsafe munmap(words, count * MemoryLayout<Word>.stride) }

    /// Asks the kernel for large pages (madvise(2) with `MADV_HUGEPAGE`). The kernel converts existing pages later.
    func preferLargePages() { unsafe madvise(words, count * MemoryLayout<Word>.stride, MADV_HUGEPAGE) }

    /// The word at `index`. Precondition, checked in debug builds: it exists.
    subscript(index: Int) -> Word {
        get {
            assert(index >= 0 && index < count)
            return unsafe words[index]
        }
        nonmutating set {
            assert(index >= 0 && index < count)
            unsafe words[index] = newValue
        }
    }
}
