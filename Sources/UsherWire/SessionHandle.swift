package import UsherSecrets

/// The public name of a session: `h_` and base64url of its slot and a random tag. It lists and revokes; it never
/// authenticates.
package struct SessionHandle: Equatable, Hashable, Sendable {
    /// Characters of the text.
    package static let textSize = 18

    /// The slot in the ledger.
    package let slot: UInt32
    /// Tells apart the sessions that a slot held one after the other.
    package let tag: UInt64

    /// The handle of `slot` and `tag`.
    package init(slot: UInt32, tag: UInt64) {
        self.slot = slot
        self.tag = tag
    }

    /// The handle that `text` writes; nil unless it is the canonical text of one.
    package init?(text: Span<UInt8>) {
        guard text.count == Self.textSize, text[0] == UInt8(ascii: "h"), text[1] == UInt8(ascii: "_") else {
            return nil
        }
        var bytes: InlineArray<12, UInt8> = .init(repeating: 0)
        var span = bytes.mutableSpan
        guard Base64URL.decode(text.extracting(last: 16), into: &span) else { return nil }
        var slot: UInt32 = 0
        var tag: UInt64 = 0
        for index in 0..<4 { slot = slot << 8 | UInt32(bytes[index]) }
        for index in 4..<12 { tag = tag << 8 | UInt64(bytes[index]) }
        self.init(slot: slot, tag: tag)
    }

    /// The 12 bytes behind the text: slot and tag, big-endian.
    private var bytes: InlineArray<12, UInt8> {
        .init { index in
            let word = index < 4 ? UInt64(slot) << 32 : tag
            return UInt8(truncatingIfNeeded: word >> UInt64(56 - (index < 4 ? index : index - 4) * 8))
        }
    }

    /// Writes the 16 characters behind `h_`.
    func writeBase64(into text: inout MutableSpan<UInt8>) {
        Base64URL.encode(bytes.span, into: &text)
    }

    /// The text, for journals and people.
    package var text: String {
        var characters = [UInt8](repeating: 0, count: Self.textSize - 2)
        var span = characters.mutableSpan
        writeBase64(into: &span)
        return "h_" + String(decoding: characters, as: UTF8.self)
    }
}

extension FrameBuffer {
    /// A handle.
    package mutating func value(_ handle: SessionHandle) {
        value(prefix: "h_", characters: SessionHandle.textSize - 2) { handle.writeBase64(into: &$0) }
    }

    /// A token, written straight to where it is sent from.
    package mutating func value(_ token: borrowing SessionToken) {
        value(characters: SessionToken.textSize) { token.write(into: &$0) }
    }
}
