/// base64url without padding (RFC 4648, section 5), in the canonical form only: each byte string has exactly one text,
/// so that a token cannot be written in two ways.
package enum Base64URL {
    /// Characters that `bytes` bytes take.
    package static func encodedCount(_ bytes: Int) -> Int { (bytes * 8 + 5) / 6 }

    /// The characters of 0 to 63.
    private static var alphabet: StaticString { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" }

    /// The value of each byte; 0x7F for one that is not in the alphabet.
    private static var values: StaticString {
        """
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{3E}\u{7F}\u{7F}\u{34}\u{35}\u{36}\u{37}\u{38}\u{39}\
        \u{3A}\u{3B}\u{3C}\u{3D}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\
        \u{8}\u{9}\u{A}\u{B}\u{C}\u{D}\u{E}\u{F}\u{10}\u{11}\u{12}\u{13}\u{14}\u{15}\u{16}\u{17}\u{18}\u{19}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{3F}\u{7F}\u{1A}\u{1B}\u{1C}\u{1D}\u{1E}\u{1F}\u{20}\u{21}\u{22}\u{23}\u{24}\u{25}\u{26}\
        \u{27}\u{28}\u{29}\u{2A}\u{2B}\u{2C}\u{2D}\u{2E}\u{2F}\u{30}\u{31}\u{32}\u{33}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\
        \u{7F}\u{7F}
        """
    }

    @inline(__always)
    private static func character(_ sextet: UInt32) -> UInt8 { unsafe alphabet.utf8Start[Int(sextet & 63)] }

    /// The value of a character, 0 to 63; 0x7F for one that is not in the alphabet. Without a branch.
    @inline(__always)
    private static func sextet(_ character: UInt8) -> UInt32 { unsafe UInt32(values.utf8Start[Int(character)]) }

    /// Writes the text of `bytes` to `text`, from its start. Precondition: `text` holds `encodedCount` characters.
    package static func encode(_ bytes: Span<UInt8>, into text: inout MutableSpan<UInt8>) {
        var (from, to) = (0, 0)
        while bytes.count - from >= 3 {
            let bits = UInt32(bytes[from]) << 16 | UInt32(bytes[from + 1]) << 8 | UInt32(bytes[from + 2])
            text[to] = character(bits >> 18)
            text[to + 1] = character(bits >> 12)
            text[to + 2] = character(bits >> 6)
            text[to + 3] = character(bits)
            from += 3
            to += 4
        }
        guard from < bytes.count else { return }
        let second = bytes.count - from == 2 ? UInt32(bytes[from + 1]) : 0
        let bits = UInt32(bytes[from]) << 16 | second << 8
        text[to] = character(bits >> 18)
        text[to + 1] = character(bits >> 12)
        if bytes.count - from == 2 { text[to + 2] = character(bits >> 6) }
    }

    /// Fills `bytes` from `text`. Returns false, with any content in `bytes`, unless `text` is the canonical text of
    /// exactly that many bytes.
    package static func decode(_ text: Span<UInt8>, into bytes: inout MutableSpan<UInt8>) -> Bool {
        guard text.count == encodedCount(bytes.count) else { return false }
        return unsafe text.withUnsafeBufferPointer { text in
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in unsafe decode(text, into: bytes) }
        }
    }

    /// Precondition: the counts match. Indices of unsafe buffers are checked in debug builds alone, which halves the
    /// time.
    private static func decode(_ text: UnsafeBufferPointer<UInt8>, into bytes: UnsafeMutableBufferPointer<UInt8>)
        -> Bool
    {
        var (from, to) = (0, 0)
        var wrong: UInt32 = 0
        while bytes.count &- to >= 3 {
            let (first, second) = unsafe (sextet(text[from]), sextet(text[from &+ 1]))
            let (third, fourth) = unsafe (sextet(text[from &+ 2]), sextet(text[from &+ 3]))
            wrong |= first | second | third | fourth
            let bits = first << 26 | second << 20 | third << 14 | fourth << 8
            if bytes.count &- to > 3 {
                // One store of four bytes, the last of which the next one overwrites.
                unsafe UnsafeMutableRawBufferPointer(bytes).storeBytes(
                    of: bits.bigEndian, toByteOffset: to, as: UInt32.self)
            } else {
                for at in 0..<3 { unsafe bytes[to &+ at] = UInt8(truncatingIfNeeded: bits >> UInt32(24 &- 8 &* at)) }
            }
            from &+= 4
            to &+= 3
        }
        guard to < bytes.count else { return wrong < 64 }
        let isLong = bytes.count - to == 2
        let (first, second) = unsafe (sextet(text[from]), sextet(text[from + 1]))
        let third = isLong ? unsafe sextet(text[from + 2]) : 0
        let bits = first << 18 | second << 12 | third << 6
        unsafe bytes[to] = UInt8(truncatingIfNeeded: bits >> 16)
        if isLong { unsafe bytes[to + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
        let spare = bits & (isLong ? 0xFF : 0xFFFF)
        return wrong | first | second | third < 64 && spare == 0
    }
}
