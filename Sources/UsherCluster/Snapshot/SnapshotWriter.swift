/// Writes what a host keeps over a restart as words of 64 bits, piece by piece, so that it is never in memory twice.
package struct SnapshotWriter {
    /// Words that are handed on at once.
    package static let piece = 8_192

    private let sink: ([UInt64]) -> Bool
    private var words: [UInt64] = []
    /// Words that were handed on.
    package private(set) var count = 0
    /// The check value of those words.
    package private(set) var check = SnapshotCheck()
    /// A piece could not be written. Nothing more is handed on.
    package private(set) var hasFailed = false

    /// Hands the pieces to `sink`, which returns whether it has written one.
    package init(_ sink: @escaping ([UInt64]) -> Bool) {
        self.sink = sink
        words.reserveCapacity(Self.piece)
    }

    /// Writes a number.
    package mutating func put(_ word: UInt64) {
        words.append(word)
        if words.count == Self.piece { flush() }
    }

    /// Writes two numbers in one word.
    package mutating func put(_ high: UInt32, _ low: UInt32) { put(UInt64(high) << 32 | UInt64(low)) }

    /// Writes up to 64 flags in one word.
    package mutating func put(_ flags: Bool...) {
        put(flags.reversed().reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
    }

    /// Writes bytes with their number.
    package mutating func put(_ bytes: [UInt8]) {
        put(UInt64(bytes.count))
        for start in stride(from: 0, to: bytes.count, by: 8) {
            put(bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// Writes a list with its length.
    package mutating func put<List: Collection>(
        _ list: List, _ element: (inout SnapshotWriter, List.Element) -> Void
    ) {
        put(UInt64(list.count))
        for value in list { element(&self, value) }
    }

    /// Hands on what is left.
    package mutating func flush() {
        guard !hasFailed else { return words.removeAll(keepingCapacity: true) }
        for word in words { check.add(word) }
        count += words.count
        hasFailed = !sink(words)
        words.removeAll(keepingCapacity: true)
    }
}

/// The check value of a snapshot. It finds damage, and no forgery.
package struct SnapshotCheck: Equatable, Sendable {
    /// The value.
    package private(set) var value: UInt64 = 0x5573_6865_7253_6e70

    /// The value of no words.
    package init() {}

    /// Takes the next word in.
    package mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 32
    }
}
