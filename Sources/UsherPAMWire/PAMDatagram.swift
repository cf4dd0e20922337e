internal import CLinux

/// The buffer of one message, on its way out or just received.
///
/// One heap block of `PAMLimits.datagram` bytes that never moves; what was in it is zeroed by `wipe`, before every
/// reuse and before it is freed, because any message may carry a password. Rejected: `[UInt8]`, which copies itself.
/// Integers are big-endian; texts and secrets have a length of two bytes in front.
@safe package struct PAMDatagram: ~Copyable {
    private let storage: UnsafeMutableRawBufferPointer
    /// How many bytes are in use.
    package private(set) var count = 0

    /// An empty buffer.
    package init() {
        unsafe storage = .allocate(byteCount: PAMLimits.datagram, alignment: 8)
    }

    deinit {
        unsafe usher_wipe(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    /// Zeroes the bytes in use and makes it empty.
    package mutating func wipe() {
        unsafe usher_wipe(storage.baseAddress, count)
        count = 0
    }

    /// Lends the bytes in use for the length of `body`.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: storage[..<count])
        return try unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }

    /// Replaces the content by what `receive` puts into the whole buffer; it returns how many bytes that were, or a
    /// negative number as recvmsg(2) does, which is passed on and leaves the buffer empty.
    @unsafe package mutating func fill(_ receive: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        wipe()
        let received = unsafe receive(storage)
        precondition(received <= PAMLimits.datagram)
        count = max(received, 0)
        if received < 0 { unsafe usher_wipe(storage.baseAddress, storage.count) }
        return received
    }
}

extension PAMDatagram {
    mutating func put(_ byte: UInt8) throws(PAMWireError) {
        guard count < PAMLimits.datagram else { throw PAMWireError(.tooLarge) }
        unsafe storage[count] = byte
        count += 1
    }

    mutating func put<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) throws(PAMWireError) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            try put(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    mutating func put(_ text: String, limit: Int) throws(PAMWireError) {
        guard text.utf8.count <= limit, PAMText.isClean(text) else { throw PAMWireError(.badValue) }
        try put(UInt16(text.utf8.count))
        for byte in text.utf8 { try put(byte) }
    }

    mutating func put(_ text: String?, limit: Int) throws(PAMWireError) {
        try put(UInt8(text == nil ? 0 : 1))
        if let text { try put(text, limit: limit) }
    }

    mutating func put(secret: Span<UInt8>) throws(PAMWireError) {
        guard secret.count <= PAMLimits.answer else { throw PAMWireError(.badValue) }
        try put(UInt16(secret.count))
        for index in secret.indices { try put(secret[index]) }
    }

    /// A span of time as a number of milliseconds, rounded up, at least 0 and at most what 32 bits hold.
    mutating func put(_ time: Duration) throws(PAMWireError) {
        let (seconds, attoseconds) = time.components
        guard seconds >= 0, attoseconds >= 0 else { return try put(UInt32(0)) }
        guard seconds <= UInt32.max else { return try put(UInt32.max) }
        let part = (attoseconds + PAMTime.attoseconds - 1) / PAMTime.attoseconds
        try put(UInt32(clamping: seconds * PAMTime.perSecond + part))
    }
}

/// The unit in which spans of time are written: the millisecond.
enum PAMTime {
    static let attoseconds: Int64 = 1_000_000_000_000_000
    static let perSecond: Int64 = 1000
}
