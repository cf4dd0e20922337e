/// The result of `board.attach`. The descriptor comes beside it.
package struct BoardDescription: Equatable, Sendable {
    /// The board's id, 128 bits.
    package var high: UInt64
    package var low: UInt64
    /// How many slots it has.
    package var slots: Int64
    /// Where in the file the first one stands, in bytes.
    package var offset: Int64
    /// CLOCK_BOOTTIME of the daemon at the answer, in milliseconds.
    package var boottimeMilliseconds: Int64

    package init(high: UInt64, low: UInt64, slots: Int64, offset: Int64, boottimeMilliseconds: Int64) {
        self.high = high
        self.low = low
        self.slots = slots
        self.offset = offset
        self.boottimeMilliseconds = boottimeMilliseconds
    }
}

extension FrameBuffer {
    /// The result of `board.attach`.
    package mutating func result(_ board: BoardDescription) {
        beginObject()
        key("board")
        value(Decimal.hex(board.high) + Decimal.hex(board.low))
        key("slots")
        value(board.slots)
        key("offset")
        value(board.offset)
        key("boottime_ms")
        value(board.boottimeMilliseconds)
        endObject()
    }
}

extension BoardDescription {
    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        self.init(high: 0, low: 0, slots: 0, offset: 0, boottimeMilliseconds: 0)
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "board", 0, bytes) {
                (high, low) = try Self.identifier(members.reader.text(bytes), bytes)
            } else if try members.matches(key, "slots", 1, bytes) {
                slots = try members.reader.integer(bytes, in: 1...Int64(UInt32.max))
            } else if try members.matches(key, "offset", 2, bytes) {
                offset = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "boottime_ms", 3, bytes) {
                boottimeMilliseconds = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard members.hasAll(4) else { throw .invalidParams }
    }

    private static func identifier(_ text: JSONText, _ bytes: Span<UInt8>) throws(Refusal) -> (UInt64, UInt64) {
        guard text.isPlain, text.encodedCount == 32 else { throw .invalidParams }
        var words: (UInt64, UInt64) = (0, 0)
        for index in text.range {
            guard let digit = Hex.digit(bytes[index]) else { throw .invalidParams }
            words = (words.0 << 4 | words.1 >> 60, words.1 << 4 | UInt64(digit))
        }
        return words
    }
}
