/// 16 random bytes that tell one board, or one ledger, from every other.
public struct BoardID: Hashable, Sendable {
    /// The first eight bytes, in the byte order of the machine.
    public let low: UInt64
    /// The eight bytes after them.
    public let high: UInt64

    /// The id of those two halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Whether all bytes are zero, as in memory that nobody has formatted.
    public var isZero: Bool { low == 0 && high == 0 }

    /// The bytes in the order of memory.
    public var bytes: InlineArray<16, UInt8> {
        InlineArray { index in
            UInt8(truncatingIfNeeded: (index < 8 ? low : high).littleEndian >> UInt64(index % 8 * 8))
        }
    }

    /// 32 lower-case hexadecimal digits of the bytes in the order of memory.
    public var hex: String {
        let bytes = bytes
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for index in 0..<16 { text += [digits[Int(bytes[index] >> 4)], digits[Int(bytes[index] & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
