/// A text that is compared by its bytes. Swift's own comparison takes U+00E9 and e with U+0301 for equal; the protocol
/// and the daemon do not.
package struct ByteText: Hashable, Comparable, Sendable {
    /// The text.
    package let text: String

    /// That text.
    package init(_ text: String) { self.text = text }

    /// Whether both have the same bytes of UTF-8.
    package static func == (left: ByteText, right: ByteText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    /// Hashes the bytes.
    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }

    /// The order of the bytes.
    package static func < (left: ByteText, right: ByteText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
