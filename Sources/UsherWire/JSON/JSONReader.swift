// A pull reader: the caller asks for the next value by its type, and no tree is built. The bytes are a parameter of
// each call, so that the reader is a plain value without a lifetime. Invariant: `position` is at the next token, or at
// white space before it. A syntax error throws `.parse`, a value of another type than asked for `.invalidParams`.
// Rejected: a tree or tape (allocation), and Codable (thirty times slower).

/// A strict reader of JSON (RFC 8259): valid UTF-8, depth of `WireLimit.depth`, nothing but white space behind the
/// value.
package struct JSONReader {
    /// Offset of the next byte to be read.
    package private(set) var position: Int
    private let end: Int
    private var depth: Int
    /// Whether a container was just opened, so that no comma may stand before its first element.
    private var isFresh = false
    /// Offset of the value whose key ``nextMember(_:)`` returned last; -1 without one.
    private var unread = -1

    /// A reader of the value in `range`, which stands inside `depth` containers.
    package init(_ range: Range<Int>, depth: Int = 0) {
        position = range.lowerBound
        end = range.upperBound
        self.depth = depth
    }

    /// The first byte of the next token.
    @inline(__always)
    package mutating func peek(_ bytes: Span<UInt8>) throws(Refusal) -> UInt8 {
        while position < end {
            let byte = bytes[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw .parse }
            position += 1
        }
        throw .parse
    }

    /// Requires that nothing but white space is left.
    package mutating func finish(_ bytes: Span<UInt8>) throws(Refusal) {
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw .parse }
            position += 1
        }
    }

    /// Enters an object: ask `nextKey` until it returns nil.
    @inline(__always)
    package mutating func enterObject(_ bytes: Span<UInt8>) throws(Refusal) {
        try enter(UInt8(ascii: "{"), bytes)
    }

    /// Enters an array: ask `nextElement` until it returns false.
    package mutating func enterArray(_ bytes: Span<UInt8>) throws(Refusal) {
        try enter(UInt8(ascii: "["), bytes)
    }

    @inline(__always)
    private mutating func enter(_ bracket: UInt8, _ bytes: Span<UInt8>) throws(Refusal) {
        guard try peek(bytes) == bracket else { throw .invalidParams }
        guard depth < WireLimit.depth else { throw .parse }
        position += 1
        depth += 1
        isFresh = true
    }

    /// The next key of the object, whose value must be read next; nil at the end of the object.
    @inline(__always)
    package mutating func nextKey(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText? {
        guard try advance(UInt8(ascii: "}"), bytes) else { return nil }
        guard try peek(bytes) == TextScan.quote else { throw .parse }
        let key = try string(bytes)
        guard try peek(bytes) == UInt8(ascii: ":") else { throw .parse }
        position += 1
        return key
    }

    /// Like ``nextKey(_:)``, but skips the value of the key before if the caller did not read it.
    @inline(__always)
    package mutating func nextMember(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText? {
        if position == unread { try skip(bytes) }
        unread = -1
        guard let key = try nextKey(bytes) else { return nil }
        _ = try peek(bytes)
        unread = position
        return key
    }

    /// Whether the array has a further element, which is read next.
    package mutating func nextElement(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        try advance(UInt8(ascii: "]"), bytes)
    }

    /// Moves behind the comma before the next element, or, at `bracket`, out of the container. Returns false for the
    /// latter.
    @inline(__always)
    private mutating func advance(_ bracket: UInt8, _ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        let byte = try peek(bytes)
        if byte == bracket {
            position += 1
            depth -= 1
            isFresh = false
            return false
        }
        if !isFresh {
            guard byte == UInt8(ascii: ",") else { throw .parse }
            position += 1
        }
        isFresh = false
        return true
    }

    /// Steps over a value of any type, with all checks of syntax. Iterative: depth costs no stack.
    package mutating func skip(_ bytes: Span<UInt8>) throws(Refusal) {
        let outside = depth
        var kinds: UInt32 = 0
        repeat {
            switch try peek(bytes) {
            case UInt8(ascii: "{"):
                try enterObject(bytes)
                kinds = kinds << 1 | 1
            case UInt8(ascii: "["):
                try enterArray(bytes)
                kinds <<= 1
            default: try skipScalar(bytes)
            }
            while depth > outside {
                let more = kinds & 1 == 1 ? try nextKey(bytes) != nil : try nextElement(bytes)
                if more { break }
                kinds >>= 1
            }
        } while depth > outside
    }

    private mutating func skipScalar(_ bytes: Span<UInt8>) throws(Refusal) {
        switch try peek(bytes) {
        case TextScan.quote: _ = try string(bytes)
        case UInt8(ascii: "t"): try literal("true", bytes)
        case UInt8(ascii: "f"): try literal("false", bytes)
        case UInt8(ascii: "n"): try literal("null", bytes)
        default: _ = try number(bytes)
        }
    }

    /// Steps over the value and returns where it stands.
    package mutating func skipped(_ bytes: Span<UInt8>) throws(Refusal) -> Range<Int> {
        _ = try peek(bytes)
        let start = position
        try skip(bytes)
        return start..<position
    }

    /// A boolean.
    package mutating func bool(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        switch try peek(bytes) {
        case UInt8(ascii: "t"):
            try literal("true", bytes)
            return true
        case UInt8(ascii: "f"):
            try literal("false", bytes)
            return false
        default: throw .invalidParams
        }
    }

    /// Whether the next value is null, which is then read.
    package mutating func null(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        guard try peek(bytes) == UInt8(ascii: "n") else { return false }
        try literal("null", bytes)
        return true
    }

    private mutating func literal(_ text: StaticString, _ bytes: Span<UInt8>) throws(Refusal) {
        let count = text.utf8CodeUnitCount
        guard end - position >= count, TextScan.matches(bytes, position, count, text) else { throw .parse }
        position += count
    }
}

extension JSONReader {
    /// A string, by reference.
    @inline(__always)
    package mutating func text(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText {
        guard try peek(bytes) == TextScan.quote else { throw .invalidParams }
        return try string(bytes)
    }

    /// The string whose opening quote stands at `position`.
    @inline(__always)
    private mutating func string(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText {
        let start = position + 1
        position = TextScan.plainEnd(bytes, start, end)
        if position < end, bytes[position] == TextScan.quote {
            position += 1
            return JSONText(start..<position - 1, [])
        }
        return try mixedString(bytes, from: start)
    }

    private mutating func mixedString(_ bytes: Span<UInt8>, from start: Int) throws(Refusal) -> JSONText {
        var marks: JSONText.Marks = []
        while position < end {
            let byte = bytes[position]
            if byte == TextScan.quote {
                position += 1
                return JSONText(start..<position - 1, marks)
            }
            if byte == TextScan.backslash {
                try marks.formUnion(escape(bytes))
            } else {
                let length = byte < 0x20 ? 0 : TextScan.sequenceLength(bytes, position, end)
                guard length > 0 else { throw .parse }
                position += length
            }
            position = TextScan.plainEnd(bytes, position, end)
        }
        throw .parse
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText.Marks {
        guard end - position >= 2 else { throw .parse }
        let letter = bytes[position + 1]
        position += 2
        switch letter {
        case TextScan.quote, TextScan.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return .escaped
        case UInt8(ascii: "u"): return try unicodeEscape(bytes)
        default: throw .parse
        }
    }

    private mutating func unicodeEscape(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText.Marks {
        guard let unit = Hex.unit(bytes, position, end) else { throw .parse }
        position += 4
        if unit == 0 { return [.escaped, .nul] }
        guard unit & 0xF800 == 0xD800 else { return .escaped }
        guard unit < 0xDC00, Hex.lowSurrogate(bytes, position, end) != nil else { return [.escaped, .loneSurrogate] }
        position += 6
        return .escaped
    }
}

extension JSONReader {
    /// An integer in `range`, written without fraction and exponent.
    package mutating func integer(
        _ bytes: Span<UInt8>, in range: ClosedRange<Int64> = -WireLimit.integer...WireLimit.integer
    ) throws(Refusal) -> Int64 {
        let first = try peek(bytes)
        guard first == UInt8(ascii: "-") || isDigit(first) else { throw .invalidParams }
        guard let value = try number(bytes), range.contains(value) else { throw .invalidParams }
        return value
    }

    /// A number. Returns its value if it is a 64-bit integer without fraction and exponent, else nil.
    @inline(__always)
    package mutating func number(_ bytes: Span<UInt8>) throws(Refusal) -> Int64? {
        let isNegative = try peek(bytes) == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let start = position
        var value = digits(bytes, isNegative)
        guard position > start else { throw .parse }
        if bytes[start] == UInt8(ascii: "0"), position - start > 1 { throw .parse }
        if try fraction(bytes) { value = nil }
        if try exponent(bytes) { value = nil }
        return value
    }

    /// The digits of an integer, added up as negative numbers after a minus, because Int64 has no positive 2⁶³. Nil on
    /// overflow.
    @inline(__always)
    private mutating func digits(_ bytes: Span<UInt8>, _ isNegative: Bool) -> Int64? {
        var value: Int64 = 0
        var fits = true
        while position < end, isDigit(bytes[position]) {
            let digit = Int64(bytes[position] - UInt8(ascii: "0"))
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(isNegative ? -digit : digit)
            fits = fits && !over && !overflow
            value = sum
            position += 1
        }
        return fits ? value : nil
    }

    private mutating func fraction(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        guard position < end, bytes[position] == UInt8(ascii: ".") else { return false }
        position += 1
        try skipDigits(bytes)
        return true
    }

    private mutating func exponent(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        guard position < end, bytes[position] | 0x20 == UInt8(ascii: "e") else { return false }
        position += 1
        if position < end, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
            position += 1
        }
        try skipDigits(bytes)
        return true
    }

    private mutating func skipDigits(_ bytes: Span<UInt8>) throws(Refusal) {
        let start = position
        while position < end, isDigit(bytes[position]) { position += 1 }
        guard position > start else { throw .parse }
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
