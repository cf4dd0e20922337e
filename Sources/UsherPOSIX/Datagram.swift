internal import CLinux

/// The buffer of one message of a datagram protocol, before it is sent or after it was received.
///
/// One heap block of `limit` bytes that never moves. Its content is zeroed before every reuse and before it is freed,
/// because any message may carry a password. Rejected: `[UInt8]`, which copies itself.
@safe package struct Datagram: ~Copyable {
    private let storage: UnsafeMutableRawBufferPointer
    private let limit: Int
    /// The number of bytes in use.
    package private(set) var count = 0

    /// An empty buffer for messages of at most `limit` bytes.
    package init(limit: Int) {
        self.limit = limit
        unsafe storage = .allocate(byteCount: limit, alignment: 8)
    }

    deinit {
        unsafe usher_wipe(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    /// Zeroes the bytes in use and makes the buffer empty.
    package mutating func wipe() {
        unsafe usher_wipe(storage.baseAddress, count)
        count = 0
    }

    /// Lends the bytes in use for the length of `body`.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: storage[..<count])
        return try unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }

    /// A copy of the bytes in use, for messages without secrets.
    package var bytes: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(rebasing: storage[..<count])) }

    /// Replaces the content by what `receive` puts into the whole buffer. `receive` returns the number of bytes, or a
    /// negative number as recv(2) does, which is passed on and leaves the buffer empty.
    @unsafe package mutating func fill(_ receive: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        wipe()
        let received = unsafe receive(storage)
        precondition(received <= limit)
        count = max(received, 0)
        // A message that was refused may have been copied; where none waits, nothing was.
        if received < 0, usher_errno() != EAGAIN { unsafe usher_wipe(storage.baseAddress, storage.count) }
        return received
    }

    /// Appends `byte`; false where the buffer is full.
    package mutating func append(_ byte: UInt8) -> Bool {
        guard count < limit else { return false }
        unsafe storage[count] = byte
        count += 1
        return true
    }

    /// Appends `bytes`, all or none; false where there is no room for them.
    package mutating func append(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count <= limit - count else { return false }
        unsafe bytes.withUnsafeBytes {
            unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: $0)
        }
        count += bytes.count
        return true
    }

    /// Sends the content on `socket` with a copy of `descriptor` (-1 for none), without waiting (sendmsg(2)). Returns
    /// false if the peer cannot take it.
    package func send(on socket: CInt, passing descriptor: CInt = -1) -> Bool {
        unsafe usher_send(socket, storage.baseAddress, count, descriptor) >= 0
    }
}
