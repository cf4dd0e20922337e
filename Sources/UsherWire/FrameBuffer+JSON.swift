/// JSON. Commas come by themselves: one before each value or key that follows a value.
extension FrameBuffer {
    /// `{`
    @inline(__always)
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// `}`
    @inline(__always)
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// `[`
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// `]`
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    @inline(__always)
    private mutating func open(_ bracket: UInt8) {
        guard reserve(2) else { return }
        putComma()
        put(bracket)
        needsComma = false
    }

    @inline(__always)
    private mutating func close(_ bracket: UInt8) {
        guard reserve(1) else { return }
        put(bracket)
        needsComma = true
    }

    /// A key of our own, which needs no escaping.
    @inline(__always)
    package mutating func key(_ name: StaticString) {
        guard reserve(name.utf8CodeUnitCount + 4) else { return }
        putComma()
        put(UInt8(ascii: "\""))
        put(name)
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The colon behind a key that was written as text.
    package mutating func colon() {
        guard reserve(1) else { return }
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Finished JSON of our own: as it stands, no comma before it, a comma before what follows unless it ends with an
    /// opening bracket or a colon.
    @inline(__always)
    package mutating func literal(_ text: StaticString, needsComma: Bool) {
        guard reserve(text.utf8CodeUnitCount) else { return }
        put(text)
        self.needsComma = needsComma
    }

    /// The comma before a value that is written as a literal.
    package mutating func comma() {
        guard reserve(1) else { return }
        putComma()
        needsComma = false
    }

    /// `true` or `false`.
    package mutating func value(_ bool: Bool) {
        guard reserve(6) else { return }
        putComma()
        put(bool ? "true" : "false")
        needsComma = true
    }

    /// `null`.
    package mutating func null() {
        guard reserve(5) else { return }
        putComma()
        put("null")
        needsComma = true
    }

    /// An integer.
    @inline(__always)
    package mutating func value(_ integer: Int64) {
        guard reserve(21) else { return }
        putComma()
        if integer < 0 { put(UInt8(ascii: "-")) }
        putDigits(integer.magnitude)
        needsComma = true
    }

    private mutating func putDigits(_ magnitude: UInt64) {
        let count = Decimal.count(magnitude)
        var left = magnitude
        var at = end + count
        while left >= 100 {
            let pair = Int(truncatingIfNeeded: left % 100) * 2
            left /= 100
            at -= 2
            unsafe base[at] = Decimal.pairs.utf8Start[pair]
            unsafe base[at + 1] = Decimal.pairs.utf8Start[pair + 1]
        }
        if left >= 10 {
            at -= 2
            unsafe base[at] = Decimal.pairs.utf8Start[Int(truncatingIfNeeded: left) * 2]
            unsafe base[at + 1] = Decimal.pairs.utf8Start[Int(truncatingIfNeeded: left) * 2 + 1]
        } else {
            unsafe base[at - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left)
        }
        end += count
    }

    /// JSON that is already encoded: the bytes of one whole value.
    @inline(__always)
    package mutating func raw(_ json: Span<UInt8>) {
        guard reserve(json.count + 1) else { return }
        putComma()
        unsafe json.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { unsafe (base + end).update(from: first, count: source.count) }
        }
        end += json.count
        needsComma = true
    }
}

/// Decimal and hexadecimal digits.
enum Decimal {
    /// The two digits of 0 to 99, one after the other.
    static var pairs: StaticString {
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839\
        40414243444546474849505152535455565758596061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """
    }

    /// Decimal digits of `value`.
    @inline(__always)
    static func count(_ value: UInt64) -> Int {
        var count = 1
        var left = value
        while left >= 10_000 {
            left /= 10_000
            count += 4
        }
        return left >= 1000 ? count + 3 : left >= 100 ? count + 2 : left >= 10 ? count + 1 : count
    }

    /// The 16 hexadecimal digits of `word`.
    static func hex(_ word: UInt64) -> String {
        let digits = stride(from: 60, through: 0, by: -4).map { hexDigit(UInt8(truncatingIfNeeded: word >> $0) & 15) }
        return String(decoding: digits, as: UTF8.self)
    }

    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
