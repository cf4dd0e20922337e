internal import Synchronization

/// The bytes of the ledger that outlive the process: loads, stores, and the order between stores.
///
/// A process that dies stops between two stores, and the kernel keeps what was stored. So only the order of stores in
/// the machine code matters. `order()` keeps compiler and processor from moving stores across it, and one store between
/// two `order()` makes a record live or ends it. Offsets come from the geometry and from numbers that adoption has
/// checked, so that only debug builds check them.
@safe struct LedgerMemory {
    private let base: UnsafeMutableRawPointer
    private let size: Int
    #if DEBUG
        /// Its `before` is called before each store.
        let watch: StoreWatch
    #endif

    #if DEBUG
        /// The `size` bytes from `base` on.
        init(base: UnsafeMutableRawPointer, size: Int, watch: StoreWatch) {
            (unsafe self.base, self.size, self.watch) = (unsafe base, size, watch)
        }
    #else
        /// The `size` bytes from `base` on.
        init(base: UnsafeMutableRawPointer, size: Int) {
            unsafe self.base = base
            self.size = size
        }
    #endif

    /// The number of type `N` at `offset`.
    func load<N: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: N.Type = N.self) -> N {
        assert(offset >= 0 && offset + MemoryLayout<N>.size <= size)
        return unsafe base.load(fromByteOffset: offset, as: N.self)
    }

    /// Stores a number at `offset`, which is a multiple of its size.
    func store<N: FixedWidthInteger & BitwiseCopyable>(_ value: N, at offset: Int) {
        assert(offset >= 0 && offset + MemoryLayout<N>.size <= size)
        willStore()
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: N.self)
    }

    /// Stores bytes from `offset` on, in no particular order.
    func store(_ bytes: Span<UInt8>, at offset: Int) {
        assert(offset >= 0 && offset + bytes.count <= size)
        guard bytes.count > 0 else { return }
        willStore()
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + offset).copyMemory(from: start, byteCount: source.count)
        }
    }

    /// Copies `count` bytes within the memory.
    func copy(from source: Int, to target: Int, count: Int) {
        for at in stride(from: 0, to: count, by: 8) { store(load(source + at, as: UInt64.self), at: target + at) }
    }

    /// Lends `count` bytes from `offset` on.
    @inline(__always)
    func withBytes<R: ~Copyable, E: Error>(
        _ offset: Int, count: Int, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        assert(offset >= 0 && count >= 0 && offset + count <= size)
        let bytes = unsafe UnsafeRawBufferPointer(start: base + offset, count: count)
        return try unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }

    /// All stores before it happen before all stores after it.
    func order() { atomicMemoryFence(ordering: .acquiringAndReleasing) }

    /// Says that a store is about to happen, to this memory or to the board that goes with it.
    func willStore() {
        #if DEBUG
            watch.before?()
        #endif
    }
}

#if DEBUG
    /// Lets a test look at the memory between any two stores, where a process might die.
    package final class StoreWatch {
        /// Called before each store.
        package var before: (() -> Void)?
    }
#endif
