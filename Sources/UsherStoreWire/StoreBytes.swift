internal import UsherCluster

/// Big-endian fields, one after the other, as records and entries have them.
struct StoreWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    mutating func put(_ some: [UInt8]) { bytes += some }
}

/// Reads the fields of a record or an entry. Each is nil where too little is left.
struct StoreReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>() -> Number? {
        guard rest.count >= Number.bitWidth / 8 else { return nil }
        var number: Number = 0
        for _ in 0..<Number.bitWidth / 8 { number = number << 8 | Number(rest.removeFirst()) }
        return number
    }

    mutating func digest() -> SharedDigest? {
        guard let high: UInt64 = number(), let low: UInt64 = number() else { return nil }
        return SharedDigest(high: high, low: low)
    }

    mutating func member() -> MemberID? {
        guard let high: UInt64 = number(), let low: UInt64 = number() else { return nil }
        return MemberID(high: high, low: low)
    }

    mutating func tag() -> SessionTag? {
        guard let value: UInt64 = number() else { return nil }
        return SessionTag(value)
    }

    mutating func stamp() -> Stamp? {
        guard let ordinal: UInt64 = number(), let number: UInt64 = number() else { return nil }
        return Stamp(ordinal: ordinal, number: number)
    }

    /// All that is left, where that is no more than `most` bytes.
    mutating func remainder(most: Int) -> [UInt8]? {
        guard rest.count <= most else { return nil }
        defer { rest = [] }
        return Array(rest)
    }
}

/// Numbers and names as texts of the store.
enum StoreText {
    static func decimal(_ number: some UnsignedInteger) -> [UInt8] { Array(String(number).utf8) }

    /// Lower-case digits, padded with zeros to `width`.
    static func hexadecimal(_ number: UInt64, width: Int) -> [UInt8] {
        let digits = Array(String(number, radix: 16).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }

    /// Digits alone, without a sign.
    static func number(_ digits: [UInt8]) -> UInt64? {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    /// A number of exactly `width` hexadecimal digits.
    static func number(_ digits: [UInt8], width: Int) -> UInt64? {
        guard digits.count == width, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-") else {
            return nil
        }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}

extension Epoch {
    /// The digits as the store has them.
    var text: [UInt8] { StoreText.hexadecimal(UInt64(value), width: 8) }

    /// The epoch of that text; nil where it is none.
    init?(text: [UInt8]) {
        guard let number = StoreText.number(text, width: 8) else { return nil }
        self.init(UInt32(truncatingIfNeeded: number))
    }
}
