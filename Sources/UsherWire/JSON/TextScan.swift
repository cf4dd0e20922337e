/// Scans of UTF-8 text that reader and writer share. They take eight bytes at a time while none needs care: a quote, a
/// backslash, a control character or a byte that is not ASCII.
enum TextScan {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Sets the high bit of each byte of `word` that needs care; the first byte of the text is the lowest. Only the
    /// lowest bit set is exact, because a borrow may set bits above it.
    @inline(__always)
    static func care(_ word: UInt64) -> UInt64 {
        let quotes = word ^ (ones &* UInt64(quote))
        let backslashes = word ^ (ones &* UInt64(backslash))
        let controls = (word &- ones &* 0x20) & ~word
        let marks = ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return (controls | marks | word) & highs
    }

    /// The eight bytes at `offset`, first byte lowest. Traps when they are not all there.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        let raw = unsafe bytes.bytes
        return UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The first offset in `offset..<end` whose byte needs care, or `end`.
    @inline(__always)
    static func plainEnd(_ bytes: Span<UInt8>, _ offset: Int, _ end: Int) -> Int {
        var at = offset
        while end - at >= 8 {
            let found = care(word(bytes, at))
            if found != 0 { return at + found.trailingZeroBitCount >> 3 }
            at += 8
        }
        while at < end, isPlain(bytes[at]) { at += 1 }
        return at
    }

    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != quote && byte != backslash
    }

    /// Bytes of the UTF-8 sequence at `offset`, 0 where it is not valid within `end` (Unicode 15, table 3-7: no
    /// overlong forms, no surrogates, nothing above U+10FFFF).
    static func sequenceLength(_ bytes: Span<UInt8>, _ offset: Int, _ end: Int) -> Int {
        let first = bytes[offset]
        if first < 0x80 { return 1 }
        guard first >= 0xC2, first <= 0xF4, end - offset >= 2 else { return 0 }
        let second = bytes[offset + 1]
        guard second >= lowestSecond(first), second <= highestSecond(first) else { return 0 }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard end - offset >= length else { return 0 }
        for index in 2..<max(length, 2) where bytes[offset + index] & 0xC0 != 0x80 { return 0 }
        return length
    }

    private static func lowestSecond(_ first: UInt8) -> UInt8 {
        switch first {
        case 0xE0: 0xA0
        case 0xF0: 0x90
        default: 0x80
        }
    }

    private static func highestSecond(_ first: UInt8) -> UInt8 {
        switch first {
        case 0xED: 0x9F
        case 0xF4: 0x8F
        default: 0xBF
        }
    }

    /// Whether the `count` bytes from `offset` on are `text`. The compiler knows the size of a literal.
    @inline(__always)
    static func matches(_ bytes: Span<UInt8>, _ offset: Int, _ count: Int, _ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let raw = unsafe bytes.bytes
        let other = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: count)
        var at = 0
        while count - at >= 8 {
            let left = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset + at, as: UInt64.self)
            guard unsafe left == other.loadUnaligned(fromByteOffset: at, as: UInt64.self) else { return false }
            at += 8
        }
        if count - at >= 4 {
            let left = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset + at, as: UInt32.self)
            guard unsafe left == other.loadUnaligned(fromByteOffset: at, as: UInt32.self) else { return false }
            at += 4
        }
        while at < count {
            guard unsafe bytes[offset + at] == other[at] else { return false }
            at += 1
        }
        return true
    }
}
