internal import UsherSecrets

/// The name of a login in progress: 128 random bits as 22 characters of base64url.
///
/// Not a secret: it is of no use on any connection but the one that it was given to.
package struct TransactionName: Hashable, Sendable {
    /// Characters of the text.
    package static let textSize = 22

    private let high: UInt64
    private let low: UInt64

    /// The name of these bits.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new random name.
    package static func random() -> TransactionName { TransactionName(high: Random.word(), low: Random.word()) }

    /// The name that `text` writes; nil unless it is the canonical text of one.
    package init?(text: Span<UInt8>) {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        guard Base64URL.decode(text, into: &span) else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[index])
            low = low << 8 | UInt64(bytes[index + 8])
        }
        self.init(high: high, low: low)
    }

    /// Writes the 22 characters to the start of `text`.
    package func write(into text: inout MutableSpan<UInt8>) {
        let bytes = InlineArray<16, UInt8> { index in
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - index % 8 * 8))
        }
        Base64URL.encode(bytes.span, into: &text)
    }
}
