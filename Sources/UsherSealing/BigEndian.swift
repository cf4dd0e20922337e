extension [UInt8] {
    /// Appends a number, its most significant byte first.
    mutating func append(bigEndian number: some FixedWidthInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

/// Reads numbers and texts, one behind the other.
struct BigEndianReader {
    private let bytes: [UInt8]
    private var at = 0

    /// Reads `bytes` from their start.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether nothing is left.
    var isAtEnd: Bool { at == bytes.count }

    /// The next number; nil where too little is left.
    mutating func read<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number? {
        let size = Number.bitWidth / 8
        guard bytes.count - at >= size else { return nil }
        defer { at += size }
        return bytes[at..<at + size].reduce(0) { $0 << 8 | Number($1) }
    }

    /// The next text with its length before it; nil where too little is left.
    mutating func readText() -> [UInt8]? {
        guard let count = read(UInt16.self), bytes.count - at >= count else { return nil }
        defer { at += Int(count) }
        return Array(bytes[at..<at + Int(count)])
    }
}
