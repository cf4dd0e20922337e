/// A string of a frame, by reference: the range between its quotes, and what the reader noticed in it. It means nothing
/// without the bytes that it was read from.
package struct JSONText: Equatable, Sendable {
    private let start: UInt32
    private let length: UInt32
    private let marks: Marks

    struct Marks: OptionSet, Sendable {
        let rawValue: UInt8
        static let escaped = Marks(rawValue: 1)
        static let loneSurrogate = Marks(rawValue: 2)
        static let nul = Marks(rawValue: 4)
    }

    init(_ range: Range<Int>, _ marks: Marks) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        length = UInt32(truncatingIfNeeded: range.count)
        self.marks = marks
    }

    /// Where it stands, as encoded, without the quotes.
    package var range: Range<Int> { Int(start)..<Int(start) + Int(length) }
    /// Bytes as encoded: never fewer than unescaped.
    package var encodedCount: Int { Int(length) }
    /// Whether the encoded bytes are the text itself.
    package var isPlain: Bool { !marks.contains(.escaped) }
    /// Whether an escape names half of a surrogate pair, which no valid text contains.
    package var hasLoneSurrogate: Bool { marks.contains(.loneSurrogate) }
    /// Whether U+0000 is in it (only an escape can say so).
    package var hasNUL: Bool { marks.contains(.nul) }

    /// Bytes of the text, unescaped. O(1) when plain, else O(n).
    package func count(in bytes: Span<UInt8>) -> Int {
        if isPlain { return encodedCount }
        var cursor = TextCursor(self)
        var count = 0
        while cursor.next(bytes) != nil { count += 1 }
        return count
    }

    /// Whether the text is `other`.
    @inline(__always)
    package func equals(_ other: StaticString, in bytes: Span<UInt8>) -> Bool {
        if isPlain { return TextScan.matches(bytes, Int(start), Int(length), other) }
        return escapedEquals(other, in: bytes)
    }

    private func escapedEquals(_ other: StaticString, in bytes: Span<UInt8>) -> Bool {
        var cursor = TextCursor(self)
        let start = unsafe other.utf8Start
        for index in 0..<other.utf8CodeUnitCount {
            guard unsafe cursor.next(bytes) == start[index] else { return false }
        }
        return cursor.next(bytes) == nil
    }

    /// Whether the text equals `other`, which was read from `others`. `bytes` are those of this text.
    package func equals(_ other: JSONText, in others: Span<UInt8>, own bytes: Span<UInt8>) -> Bool {
        if isPlain && other.isPlain && length != other.length { return false }
        var left = TextCursor(self)
        var right = TextCursor(other)
        while true {
            let byte = left.next(bytes)
            guard byte == right.next(others) else { return false }
            if byte == nil { return true }
        }
    }

    /// Whether the text is these bytes.
    package func equals(_ other: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        var cursor = TextCursor(self)
        for index in other.indices {
            guard cursor.next(bytes) == other[index] else { return false }
        }
        return cursor.next(bytes) == nil
    }

    /// A hash of the unescaped bytes. Its seed is this process's, so that nobody can choose texts of one hash.
    package func hash(in bytes: Span<UInt8>) -> Int {
        var hasher = Hasher()
        var cursor = TextCursor(self)
        while let byte = cursor.next(bytes) { hasher.combine(byte) }
        return hasher.finalize()
    }

    /// A copy of the text, unescaped.
    package func copy(from bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(encodedCount)
        var cursor = TextCursor(self)
        while let byte = cursor.next(bytes) { copy.append(byte) }
        return copy
    }

    /// A copy of the text as a `String`. Not for secrets.
    package func string(in bytes: Span<UInt8>) -> String {
        String(decoding: copy(from: bytes), as: UTF8.self)
    }

    /// Lends the text, unescaped: the frame's own bytes when plain, else a copy that ends with `body`.
    package func withBytes<R>(in bytes: Span<UInt8>, _ body: (Span<UInt8>) -> R) -> R {
        if isPlain { return body(bytes.extracting(range)) }
        return body(copy(from: bytes).span)
    }
}

/// Hands out the bytes of a text one by one, unescaped, as UTF-8. Half of a surrogate pair comes out as U+FFFD.
package struct TextCursor {
    private var position: Int
    private let end: Int
    /// The remaining bytes of a character that an escape named, the next one lowest.
    private var pending: UInt32 = 0
    private var pendingCount = 0

    /// At the start of `text`.
    package init(_ text: JSONText) {
        position = text.range.lowerBound
        end = text.range.upperBound
    }

    /// The next byte, or nil at the end. `bytes` are those that the text was read from.
    package mutating func next(_ bytes: Span<UInt8>) -> UInt8? {
        if pendingCount > 0 { return takePending() }
        guard position < end else { return nil }
        let byte = bytes[position]
        position += 1
        guard byte == TextScan.backslash, position < end else { return byte }
        return escape(bytes)
    }

    private mutating func takePending() -> UInt8 {
        defer {
            pending >>= 8
            pendingCount -= 1
        }
        return UInt8(truncatingIfNeeded: pending)
    }

    private mutating func escape(_ bytes: Span<UInt8>) -> UInt8 {
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "u"):
            hold(scalar(bytes))
            return takePending()
        default: return letter
        }
    }

    private mutating func scalar(_ bytes: Span<UInt8>) -> UInt32 {
        let unit = Hex.unit(bytes, position, end) ?? 0xFFFD
        position = min(position + 4, end)
        guard unit & 0xF800 == 0xD800 else { return unit }
        guard unit < 0xDC00, let low = Hex.lowSurrogate(bytes, position, end) else { return 0xFFFD }
        position += 6
        return 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
    }

    private mutating func hold(_ scalar: UInt32) {
        if scalar < 0x80 {
            (pending, pendingCount) = (scalar, 1)
        } else if scalar < 0x800 {
            (pending, pendingCount) = (0xC0 | scalar >> 6 | tail(scalar) << 8, 2)
        } else if scalar < 0x10000 {
            (pending, pendingCount) = (0xE0 | scalar >> 12 | tail(scalar >> 6) << 8 | tail(scalar) << 16, 3)
        } else {
            pending = 0xF0 | scalar >> 18 | tail(scalar >> 12) << 8 | tail(scalar >> 6) << 16 | tail(scalar) << 24
            pendingCount = 4
        }
    }

    private func tail(_ bits: UInt32) -> UInt32 { 0x80 | bits & 0x3F }
}

/// The four hexadecimal digits of an escape (RFC 8259, section 7).
enum Hex {
    /// The UTF-16 unit that the digits at `offset` name; nil when they are not four digits within `end`.
    static func unit(_ bytes: Span<UInt8>, _ offset: Int, _ end: Int) -> UInt32? {
        guard end - offset >= 4 else { return nil }
        var unit: UInt32 = 0
        for index in offset..<offset + 4 {
            guard let digit = digit(bytes[index]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    /// The low surrogate that an escape at `offset` names; nil when there is none.
    static func lowSurrogate(_ bytes: Span<UInt8>, _ offset: Int, _ end: Int) -> UInt32? {
        guard end - offset >= 6, bytes[offset] == TextScan.backslash, bytes[offset + 1] == UInt8(ascii: "u"),
            let unit = unit(bytes, offset + 2, end), unit & 0xFC00 == 0xDC00
        else { return nil }
        return unit
    }

    static func digit(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(character - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(character - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
