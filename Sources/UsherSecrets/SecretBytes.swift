internal import CLinux

/// Bytes that must not outlive their use: a password, a one-time code, an answer on its way to PAM.
///
/// The storage is one heap block of fixed capacity. It never moves, so that no copy stays behind, and it is zeroed
/// (`explicit_bzero`) before it is freed. The type is not copyable and has no description: it cannot reach a log by
/// accident. Rejected: `[UInt8]`, which copies on write and when it grows.
@safe package struct SecretBytes: ~Copyable {
    private let storage: UnsafeMutableRawBufferPointer
    /// How many bytes from the start may have been written since the last wipe. A wipe leaves the others alone.
    private var written = 0
    /// How many bytes are in use.
    package private(set) var count: Int

    /// An empty secret that can hold `capacity` bytes.
    package init(capacity: Int) {
        precondition(capacity >= 0)
        unsafe storage = .allocate(byteCount: max(capacity, 1), alignment: 1)
        count = 0
    }

    /// A copy of `bytes`.
    package init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count)
        append(copying: bytes)
    }

    deinit {
        unsafe usher_wipe(storage.baseAddress, written)
        unsafe storage.deallocate()
    }

    /// How many bytes fit.
    package var capacity: Int { unsafe storage.count }

    /// Whether there is nothing in it.
    package var isEmpty: Bool { count == 0 }

    /// Adds a byte; false, and nothing changes, when it is full.
    @discardableResult
    package mutating func append(_ byte: UInt8) -> Bool {
        guard unsafe count < storage.count else { return false }
        unsafe storage[count] = byte
        count += 1
        written = max(written, count)
        return true
    }

    /// Adds `bytes`; false, and nothing changes, when they do not fit.
    @discardableResult
    package mutating func append(copying bytes: Span<UInt8>) -> Bool {
        guard bytes.count <= capacity - count else { return false }
        unsafe bytes.withUnsafeBytes { source in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...])
            unsafe free.copyMemory(from: source)
        }
        count += bytes.count
        written = max(written, count)
        return true
    }

    /// Lends the free part to `body`, which writes to its start and returns how many bytes it has written.
    package mutating func fill<E: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) {
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count..<max(count, storage.count)])
        unsafe written = storage.count
        let added = try unsafe body(free)
        precondition(added >= 0 && added <= free.count)
        count += added
    }

    /// Zeroes and removes all bytes; the capacity stays.
    package mutating func wipe() {
        unsafe usher_wipe(storage.baseAddress, written)
        (count, written) = (0, 0)
    }

    /// Lends the bytes in use for the length of `body`.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: storage[..<count])
        return try unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }
}

extension SecretBytes: @unchecked Sendable {}
