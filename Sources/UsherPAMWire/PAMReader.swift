/// The position in a datagram that is being read. The bytes are a parameter of every step, so that no borrowed memory
/// is stored.
struct PAMReader {
    private var at = 0

    private mutating func range(_ count: Int, _ bytes: Span<UInt8>) throws(PAMWireError) -> Range<Int> {
        guard count <= bytes.count - at else { throw PAMWireError(.truncated) }
        defer { at += count }
        return at..<(at + count)
    }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, _ bytes: Span<UInt8>
    ) throws(PAMWireError) -> Number {
        var number: UInt64 = 0
        for index in try range(Number.bitWidth / 8, bytes) { number = number << 8 | UInt64(bytes[index]) }
        return Number(truncatingIfNeeded: number)
    }

    mutating func text(limit: Int, _ bytes: Span<UInt8>) throws(PAMWireError) -> String {
        let text = try anyText(limit: limit, bytes)
        guard PAMText.isClean(text) else { throw PAMWireError(.badValue) }
        return text
    }

    /// A text that a person is shown, which may have several lines.
    mutating func shownText(_ bytes: Span<UInt8>) throws(PAMWireError) -> String {
        let text = try anyText(limit: PAMLimits.text, bytes)
        guard PAMText.isShown(text) else { throw PAMWireError(.badValue) }
        return text
    }

    private mutating func anyText(limit: Int, _ bytes: Span<UInt8>) throws(PAMWireError) -> String {
        let count = Int(try number(UInt16.self, bytes))
        guard count <= limit else { throw PAMWireError(.badValue) }
        let part = bytes.extracting(try range(count, bytes))
        guard let utf8 = try? UTF8Span(validating: part) else { throw PAMWireError(.badValue) }
        return String(copying: utf8)
    }

    mutating func flag(_ bytes: Span<UInt8>) throws(PAMWireError) -> Bool {
        switch try number(UInt8.self, bytes) {
        case 0: return false
        case 1: return true
        default: throw PAMWireError(.badValue)
        }
    }

    mutating func optionalText(limit: Int, _ bytes: Span<UInt8>) throws(PAMWireError) -> String? {
        try flag(bytes) ? try text(limit: limit, bytes) : nil
    }

    /// Where the next secret lies; it is not copied here.
    mutating func secret(_ bytes: Span<UInt8>) throws(PAMWireError) -> Range<Int> {
        let count = Int(try number(UInt16.self, bytes))
        guard count <= PAMLimits.answer else { throw PAMWireError(.badValue) }
        let part = try range(count, bytes)
        guard !bytes.extracting(part).contains(0) else { throw PAMWireError(.badValue) }
        return part
    }

    /// A span of time, in milliseconds.
    mutating func time(_ bytes: Span<UInt8>) throws(PAMWireError) -> Duration {
        let count = Int64(try number(UInt32.self, bytes))
        let (seconds, rest) = count.quotientAndRemainder(dividingBy: PAMTime.perSecond)
        return Duration(secondsComponent: seconds, attosecondsComponent: rest * PAMTime.attoseconds)
    }

    /// A number of things that follow, at most `limit`.
    mutating func count(limit: Int, _ bytes: Span<UInt8>) throws(PAMWireError) -> Int {
        let count = Int(try number(UInt8.self, bytes))
        guard count <= limit else { throw PAMWireError(.badValue) }
        return count
    }

    func end(_ bytes: Span<UInt8>) throws(PAMWireError) {
        guard at == bytes.count else { throw PAMWireError(.trailing) }
    }
}

extension Span<UInt8> {
    /// Whether `byte` is among them; every byte is looked at, as they may be a secret. O(n).
    func contains(_ byte: UInt8) -> Bool {
        var found = false
        for index in indices where self[index] == byte { found = true }
        return found
    }
}
