internal import UsherSecrets

/// The public name of a session: it lists and revokes, and never authenticates.
///
/// The tag is the identity: two handles are equal if and only if their tags are. The prefix says where to look. With a
/// top bit of 0, it is a hint: the slot in the ledger of the host that made the session. With a top bit of 1, it is the
/// bucket of a session that several hosts share: the pseudonym of its user within its realm. For clients the text is
/// opaque.
///
/// Written as `h_` and the base64url of twelve bytes, prefix first, both numbers big-endian: 18 characters.
package struct SessionHandle: Hashable, Sendable {
    /// Where to look for the session; ``hint`` reads it.
    package let prefix: UInt32
    /// 64 random bits, never 0 in a session's handle.
    package let tag: UInt64

    /// Every hint is below this number: a prefix with its top bit set is none.
    package static let hintLimit: UInt32 = 1 << 31

    /// The handle of `prefix` and `tag`.
    package init(prefix: UInt32, tag: UInt64) {
        self.prefix = prefix
        self.tag = tag
    }

    /// The slot that most likely has the session; nil if the prefix is no hint. Only the ledger reads it, and accepts
    /// the slot only if it carries the tag.
    package var hint: UInt32? { prefix < Self.hintLimit ? prefix : nil }

    /// Whether both name one session.
    package static func == (left: SessionHandle, right: SessionHandle) -> Bool { left.tag == right.tag }

    /// Hashes the tag.
    package func hash(into hasher: inout Hasher) { hasher.combine(tag) }

    /// Characters of the text.
    package static let textSize = 18

    /// The handle that `text` writes; nil unless it is one, letter for letter, with a tag other than 0.
    package init?(text: Span<UInt8>) {
        guard text.count == Self.textSize, text[0] == UInt8(ascii: "h"), text[1] == UInt8(ascii: "_") else {
            return nil
        }
        var bytes = InlineArray<12, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        guard Base64URL.decode(text.extracting(last: 16), into: &span) else { return nil }
        var (prefix, tag): (UInt32, UInt64) = (0, 0)
        for index in 0..<4 { prefix = prefix << 8 | UInt32(bytes[index]) }
        for index in 4..<12 { tag = tag << 8 | UInt64(bytes[index]) }
        guard tag != 0 else { return nil }
        self.init(prefix: prefix, tag: tag)
    }

    /// Writes the 16 characters behind `h_` to the start of `text`.
    package func writeBase64(into text: inout MutableSpan<UInt8>) {
        let bytes = InlineArray<12, UInt8> { index in
            UInt8(
                truncatingIfNeeded: index < 4
                    ? UInt64(prefix) >> UInt64(24 - 8 * index) : tag >> UInt64(88 - 8 * index))
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
