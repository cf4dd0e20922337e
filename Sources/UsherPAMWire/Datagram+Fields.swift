internal import UsherPOSIX

/// How the fields of a message are written: integers are big-endian; texts and secrets have a length of two bytes in
/// front.
extension Datagram {
    mutating func put(_ byte: UInt8) throws(PAMWireError) {
        guard append(byte) else { throw PAMWireError(.tooLarge) }
    }

    mutating func put<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) throws(PAMWireError) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            try put(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    mutating func put(_ text: String, limit: Int) throws(PAMWireError) {
        guard text.utf8.count <= limit, PAMText.isClean(text) else { throw PAMWireError(.badValue) }
        try put(bytesOf: text)
    }

    /// A text that a person is shown, which may have several lines.
    mutating func put(shown text: String) throws(PAMWireError) {
        guard text.utf8.count <= PAMLimits.text, PAMText.isShown(text) else { throw PAMWireError(.badValue) }
        try put(bytesOf: text)
    }

    private mutating func put(bytesOf text: String) throws(PAMWireError) {
        try put(UInt16(text.utf8.count))
        guard append(text.utf8.span) else { throw PAMWireError(.tooLarge) }
    }

    mutating func put(_ text: String?, limit: Int) throws(PAMWireError) {
        try put(UInt8(text == nil ? 0 : 1))
        if let text { try put(text, limit: limit) }
    }

    mutating func put(secret: Span<UInt8>) throws(PAMWireError) {
        guard secret.count <= PAMLimits.answer else { throw PAMWireError(.badValue) }
        try put(UInt16(secret.count))
        guard append(secret) else { throw PAMWireError(.tooLarge) }
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
