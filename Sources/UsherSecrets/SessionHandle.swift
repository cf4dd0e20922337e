/// The public name of a session: its slot and a random tag. It lists and revokes, and never authenticates.
///
/// Written as `h_` and the base64url of twelve bytes, slot first, both numbers big-endian: 18 characters.
package struct SessionHandle: Hashable, Sendable {
    /// The slot of the ledger, and of the board.
    package let slot: UInt32
    /// Random, never 0; tells the session from earlier and later ones in the same slot.
    package let tag: UInt64

    /// The handle of `slot` and `tag`.
    package init(slot: UInt32, tag: UInt64) {
        self.slot = slot
        self.tag = tag
    }

    /// Characters of the text.
    package static let textSize = 18

    /// The handle that `text` writes; nil unless it is one, letter for letter.
    package init?(text: Span<UInt8>) {
        guard text.count == Self.textSize, text[0] == UInt8(ascii: "h"), text[1] == UInt8(ascii: "_") else {
            return nil
        }
        var bytes = InlineArray<12, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        guard Base64URL.decode(text.extracting(last: 16), into: &span) else { return nil }
        var (slot, tag): (UInt32, UInt64) = (0, 0)
        for index in 0..<4 { slot = slot << 8 | UInt32(bytes[index]) }
        for index in 4..<12 { tag = tag << 8 | UInt64(bytes[index]) }
        self.init(slot: slot, tag: tag)
    }

    /// Writes the 16 characters behind `h_` to the start of `text`.
    package func writeBase64(into text: inout MutableSpan<UInt8>) {
        let bytes = InlineArray<12, UInt8> { index in
            UInt8(
                truncatingIfNeeded: index < 4 ? UInt64(slot) >> UInt64(24 - 8 * index) : tag >> UInt64(88 - 8 * index))
        }
        Base64URL.encode(bytes.span, into: &text)
    }

    /// The text, for journals and people.
    package var text: String {
        var characters = InlineArray<16, UInt8>(repeating: 0)
        var span = characters.mutableSpan
        writeBase64(into: &span)
        return "h_" + String(decoding: characters.indices.map { characters[$0] }, as: UTF8.self)
    }
}
