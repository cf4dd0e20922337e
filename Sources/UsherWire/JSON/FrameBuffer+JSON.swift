/// JSON. Each value or key that follows a value writes the comma before it.
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

    /// JSON text that is written unchanged, without a comma before it. `needsComma` says whether a value behind it
    /// needs one: true unless the text ends with an opening bracket or a colon.
    @inline(__always)
    package mutating func literal(_ text: StaticString, needsComma: Bool) {
        guard reserve(text.utf8CodeUnitCount) else { return }
        put(text)
        self.needsComma = needsComma
    }

    /// The comma, if one is needed, before a value that `literal` writes.
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

    /// Decimal digits. The room for the 20 of the largest number was reserved.
    private mutating func putDigits(_ magnitude: UInt64) {
        write { $0.put(magnitude) }
    }

    /// Lets `body` write where the room was reserved.
    @inline(__always)
    mutating func write(_ body: (inout Pen) -> Void) {
        var pen = unsafe Pen(at: UnsafeMutableRawPointer(base + end))
        body(&pen)
        end = unsafe pen.place - UnsafeMutableRawPointer(base)
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
    /// The eight digits of a number below 100,000,000, one in each byte, the first digit in the lowest byte. Splits
    /// halves, pairs and digits in all lanes at once, and divides by multiplying.
    @inline(__always)
    static func eight(_ value: UInt32) -> UInt64 {
        let halves = UInt64(value / 10_000) | UInt64(value % 10_000) << 32
        let hundreds = (halves &* 10_486) >> 20 & 0x7F_0000_007F
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
        return tens | (pairs &- tens &* 10) << 8
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
