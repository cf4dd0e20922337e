internal import UsherNames
internal import UsherSecrets

/// A place to which bytes are written after their room was reserved. The compiler keeps this place in a register. It
/// cannot do so with the fields of a ``FrameBuffer``, since any byte that is written might be a part of them.
@safe struct Pen {
    /// Behind the last byte that was written.
    private(set) var place: UnsafeMutableRawPointer

    /// Writes from `place` on.
    init(at place: UnsafeMutableRawPointer) { unsafe self.place = place }

    /// A literal as it stands.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        unsafe place.copyMemory(from: text.utf8Start, byteCount: count)
        unsafe place += count
    }

    /// Bytes as they stand.
    @inline(__always)
    mutating func put(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { unsafe place.copyMemory(from: start, byteCount: source.count) }
        }
        unsafe place += bytes.count
    }

    /// A number of exactly ten digits.
    @inline(__always)
    mutating func putTenDigits(_ number: Int64) {
        let (high, low) = UInt64(bitPattern: number).quotientAndRemainder(dividingBy: 100_000_000)
        let tens = (high * 103) >> 10
        let two = UInt16(truncatingIfNeeded: tens | (high - tens * 10) << 8) | 0x3030
        unsafe place.storeBytes(of: two.littleEndian, as: UInt16.self)
        let eight = Decimal.eight(UInt32(truncatingIfNeeded: low)) | 0x3030_3030_3030_3030
        unsafe place.storeBytes(of: eight.littleEndian, toByteOffset: 2, as: UInt64.self)
        unsafe place += 10
    }

    /// A number of any size. Precondition: room for 20 digits was reserved. May write up to seven bytes behind the
    /// number.
    mutating func put(_ number: UInt64) {
        if number >= 100_000_000 {
            put(number / 100_000_000)
            let digits = Decimal.eight(UInt32(truncatingIfNeeded: number % 100_000_000)) | 0x3030_3030_3030_3030
            unsafe place.storeBytes(of: digits.littleEndian, as: UInt64.self)
            unsafe place += 8
        } else {
            let digits = Decimal.eight(UInt32(truncatingIfNeeded: number))
            let zeros = min(digits.trailingZeroBitCount >> 3, 7)
            let text = digits >> UInt64(8 * zeros) | 0x3030_3030_3030_3030
            unsafe place.storeBytes(of: text.littleEndian, as: UInt64.self)
            unsafe place += 8 - zeros
        }
    }

    /// The 16 characters of a handle behind its `h_`.
    @inline(__always)
    mutating func put(_ handle: SessionHandle) {
        var text = unsafe MutableSpan<UInt8>(_unsafeStart: place.assumingMemoryBound(to: UInt8.self), count: 16)
        handle.writeBase64(into: &text)
        unsafe place += 16
    }
}
