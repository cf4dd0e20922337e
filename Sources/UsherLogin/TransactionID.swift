internal import UsherSecrets

/// The name of one login on its connection: 128 random bits, written as 22 characters of base64url.
///
/// Not a secret: it is of no use on any other connection.
package struct TransactionID: Hashable, Sendable, CustomStringConvertible {
    /// Characters of the text.
    package static let textSize = 22

    private let high: UInt64
    private let low: UInt64

    /// The name made of two random words.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new name from getrandom(2).
    package static func random() -> TransactionID {
        TransactionID(high: Random.word(), low: Random.word())
    }

    /// The name that `text` writes; nil unless it is canonical base64url of 16 bytes.
    package init?(text: Span<UInt8>) {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        guard Base64URL.decode(text, into: &span) else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for index in 0..<8 {
            words.high = words.high << 8 | UInt64(bytes[index])
            words.low = words.low << 8 | UInt64(bytes[index + 8])
        }
        self.init(high: words.high, low: words.low)
    }

    /// The same of a string.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(text: bytes.span)
    }

    /// The 22 characters.
    package var description: String {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<8 {
            bytes[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * index))
            bytes[index + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * index))
        }
        var text = InlineArray<22, UInt8>(repeating: 0)
        var span = text.mutableSpan
        Base64URL.encode(bytes.span, into: &span)
        return String(decoding: (0..<Self.textSize).map { text[$0] }, as: UTF8.self)
    }
}
