/// An IP address as `context.remote_ip` writes it: dotted decimal without leading zeros, or RFC 4291 section 2.2. No
/// names, ports, zones or brackets. IPv4 is kept as ::ffff:a.b.c.d, so that each address has one value.
package struct NumericAddress: Equatable, Hashable, Sendable {
    /// The upper 64 bits.
    package let high: UInt64
    /// The lower 64 bits.
    package let low: UInt64

    /// Reads `text`; nil when it is no numeric address.
    package init?(_ text: Span<UInt8>) {
        var groups = Groups()
        guard groups.read(text) else { return nil }
        high = groups.word(0)
        low = groups.word(4)
    }
}

/// The eight groups of an address while it is being read.
private struct Groups {
    private var values: InlineArray<8, UInt16> = .init(repeating: 0)
    private var count = 0
    /// The group before which `::` stands.
    private var gap: Int?

    func word(_ from: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in from..<from + 4 { word = word << 16 | UInt64(values[index]) }
        return word
    }

    mutating func read(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 2, text.count <= 45 else { return false }
        if readIPv4(text, 0) {
            (values[6], values[7]) = (values[0], values[1])
            (values[0], values[1]) = (0, 0)
            values[5] = 0xFFFF
            return true
        }
        count = 0
        return readIPv6(text) && spread()
    }

    private mutating func readIPv6(_ text: Span<UInt8>) -> Bool {
        var at = 0
        if text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return false }
            gap = 0
            at = 2
        }
        while at < text.count {
            guard count < 8 else { return false }
            if count <= 6, readIPv4(text, at) { return true }
            guard let next = readGroup(text, at) else { return false }
            at = next
            if at == text.count { return true }
            guard text[at] == UInt8(ascii: ":"), at + 1 < text.count else { return false }
            at += 1
            if text[at] == UInt8(ascii: ":") {
                guard gap == nil else { return false }
                gap = count
                at += 1
            }
        }
        return true
    }

    private mutating func readGroup(_ text: Span<UInt8>, _ offset: Int) -> Int? {
        var at = offset
        var value: UInt32 = 0
        while at < text.count, at - offset < 4, let digit = Hex.digit(text[at]) {
            value = value << 4 | digit
            at += 1
        }
        guard at > offset else { return nil }
        append(UInt16(truncatingIfNeeded: value))
        return at
    }

    /// Four decimal numbers that reach to the end of the text.
    private mutating func readIPv4(_ text: Span<UInt8>, _ offset: Int) -> Bool {
        var address: UInt32 = 0
        var at = offset
        for number in 0..<4 {
            if number > 0 {
                guard at < text.count, text[at] == UInt8(ascii: ".") else { return false }
                at += 1
            }
            guard let (value, next) = Self.decimal(text, at) else { return false }
            address = address << 8 | value
            at = next
        }
        guard at == text.count else { return false }
        append(UInt16(truncatingIfNeeded: address >> 16))
        append(UInt16(truncatingIfNeeded: address))
        return true
    }

    private static func decimal(_ text: Span<UInt8>, _ offset: Int) -> (UInt32, Int)? {
        var at = offset
        var value: UInt32 = 0
        while at < text.count, at - offset < 3, text[at] >= UInt8(ascii: "0"), text[at] <= UInt8(ascii: "9") {
            value = value * 10 + UInt32(text[at] - UInt8(ascii: "0"))
            at += 1
        }
        let hasLeadingZero = at - offset > 1 && text[offset] == UInt8(ascii: "0")
        return at > offset && !hasLeadingZero && value <= 255 ? (value, at) : nil
    }

    private mutating func append(_ value: UInt16) {
        guard count < 8 else { return }
        values[count] = value
        count += 1
    }

    /// Moves the groups behind `::` to the end. `::` stands for at least one group.
    private mutating func spread() -> Bool {
        guard let gap else { return count == 8 }
        guard count < 8 else { return false }
        let moved = count - gap
        for index in 0..<moved {
            values[7 - index] = values[count - 1 - index]
        }
        for index in gap..<8 - moved { values[index] = 0 }
        return true
    }
}
