/// The times of a session that every use of it moves, in Unix seconds.
package struct LastUse: Equatable, Sendable {
    package var seen: Int64
    package var idleExpires: Int64

    package init(seen: Int64, idleExpires: Int64) {
        self.seen = seen
        self.idleExpires = idleExpires
    }

    /// Whether both are written with ten digits: from 2001 to 2286.
    var hasTenDigits: Bool {
        let range: ClosedRange<Int64> = 1_000_000_000...9_999_999_999
        return range.contains(seen) && range.contains(idleExpires)
    }

    /// Bytes from the first digit of `last_seen` to the first one of `idle_expires`.
    static var distance: Int { 26 }
}

/// Sessions that were written before.
extension FrameBuffer {
    /// A session as it was written before, but for the times of its last use, whose digits start at `place` of it. False,
    /// and nothing is written, where these times take another room now.
    @inline(__always)
    package mutating func session(prepared json: Span<UInt8>, with use: LastUse, at place: Int) -> Bool {
        guard use.hasTenDigits, place + LastUse.distance + 10 <= json.count else { return false }
        let start = end
        raw(json)
        guard !isSpoiled else { return true }
        putTenDigits(UInt64(use.seen), at: start + place)
        putTenDigits(UInt64(use.idleExpires), at: start + place + LastUse.distance)
        return true
    }

    @inline(__always)
    private func putTenDigits(_ number: UInt64, at place: Int) {
        let (high, low) = number.quotientAndRemainder(dividingBy: 100_000_000)
        let tens = (high * 103) >> 10
        let two = UInt16(truncatingIfNeeded: tens | (high - tens * 10) << 8) | 0x3030
        let eight = Decimal.eight(UInt32(truncatingIfNeeded: low)) | 0x3030_3030_3030_3030
        let text = unsafe UnsafeMutableRawPointer(base + place)
        unsafe text.storeBytes(of: two.littleEndian, as: UInt16.self)
        unsafe text.storeBytes(of: eight.littleEndian, toByteOffset: 2, as: UInt64.self)
    }

    /// Lends what was written since `mark`, a frame being open.
    package func withBytes(since mark: Mark, _ body: (Span<UInt8>) -> Void) {
        let bytes = unsafe UnsafeBufferPointer(start: base + mark.end, count: end - mark.end)
        if !isSpoiled { body(unsafe Span(_unsafeElements: bytes)) }
    }
}
