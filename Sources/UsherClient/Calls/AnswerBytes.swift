internal import CLinux

/// The result of an answer on its way to the caller: a heap block that never moves and is zeroed before it is freed,
/// because it may hold a token.
@safe final class AnswerBytes: @unchecked Sendable {
    private let storage: UnsafeMutableRawBufferPointer
    private let count: Int

    /// A copy of `bytes`.
    init(copying bytes: Span<UInt8>) {
        unsafe storage = .allocate(byteCount: max(bytes.count, 1), alignment: 1)
        count = bytes.count
        unsafe bytes.withUnsafeBytes { unsafe storage.copyMemory(from: $0) }
    }

    deinit {
        unsafe usher_wipe(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    /// Lends the bytes for the length of `body`.
    func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: storage[..<count])))
    }
}
