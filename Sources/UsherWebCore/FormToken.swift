internal import UsherSecrets

/// A text in a form, which proves that the maker of the page knows a key of 32 bytes.
///
/// `base64url(n ‖ HMAC-SHA-256(key, label ‖ 0x00 ‖ uint16be(length of scope) ‖ scope ‖ n))` with 16 random bytes `n`:
/// 48 bytes, 64 characters, no padding. Each text is another one, so that nothing constant is reflected in a compressed
/// page (BREACH). Nothing is stored, and no key of the server's own is needed.
struct FormToken {
    /// Characters of the text.
    static let textSize = 64
    private static let nonceSize = 16

    /// The purpose of the text: another label makes other codes under the same key.
    let label: String
    /// What the form does.
    let scope: String

    /// A new text under `key`.
    func text(key: Span<UInt8>) -> String {
        var nonce = InlineArray<16, UInt8>(repeating: 0)
        var room = nonce.mutableSpan
        Random.fill(&room)
        return text(key: key, nonce: nonce.span)
    }

    /// The text with the random bytes `nonce`.
    func text(key: Span<UInt8>, nonce: Span<UInt8>) -> String {
        var bytes = InlineArray<48, UInt8>(repeating: 0)
        let code = code(key: key, nonce: nonce)
        for index in nonce.indices { bytes[index] = nonce[index] }
        for index in code.indices { bytes[Self.nonceSize + index] = code[index] }
        var text = InlineArray<64, UInt8>(repeating: 0)
        var room = text.mutableSpan
        Base64URL.encode(bytes.span, into: &room)
        return String(ascii: text.span, in: 0..<Self.textSize)
    }

    /// Whether `text` was made with this label and scope and `key`. Texts that are not canonical base64url are refused.
    /// The comparison takes constant time.
    func accepts(_ text: Span<UInt8>, key: Span<UInt8>) -> Bool {
        var bytes = InlineArray<48, UInt8>(repeating: 0)
        var room = bytes.mutableSpan
        guard Base64URL.decode(text, into: &room) else { return false }
        let span = bytes.span
        let code = code(key: key, nonce: span.extracting(first: Self.nonceSize))
        return ConstantTime.equal(code.span, span.extracting(droppingFirst: Self.nonceSize))
    }

    private func code(key: Span<UInt8>, nonce: Span<UInt8>) -> InlineArray<32, UInt8> {
        let scope = Array(scope.utf8)
        guard let length = UInt16(exactly: scope.count) else { preconditionFailure("a scope is a few words") }
        let size = [UInt8(length >> 8), UInt8(truncatingIfNeeded: length)]
        return AuthenticationCode.of(
            [Array(label.utf8), [0], size, scope, nonce.indices.map { nonce[$0] }], key: key)
    }
}
