package import UsherClient
internal import UsherSecrets
package import UsherWebCore

/// The key that cookies of one origin are sealed with.
///
/// A cookie holds `base64url(0x01 ‖ nonce(12) ‖ ChaCha20-Poly1305(key, nonce, data: 0x01, token(32)))`, 61 bytes in 82
/// characters (RFC 8439). The key is `HMAC-SHA-256(gate's key, "usher-gate cookie 1" ‖ 0x00 ‖ origin)`. A tool that
/// reads its browsers' cookies can use them neither at another origin nor with the daemon.
package final class CookieKey: Sendable {
    /// Bytes of the gate's key.
    package static let size = 32
    /// Characters of a sealed cookie.
    package static let textSize = 82
    private static let sealedSize = 61
    private static let tokenSize = 32

    private let key: GateSeal

    /// The key of `origin` under the gate's `key`.
    package init(gate key: Span<UInt8>, origin: Origin) {
        self.key = GateSeal(gate: key, purpose: "usher-gate cookie 1", origin: origin)
    }

    /// The value of a cookie that holds `token`; another one at each call.
    package func seal(_ token: Token) -> String {
        var nonce = InlineArray<12, UInt8>(repeating: 0)
        var room = nonce.mutableSpan
        Random.fill(&room)
        return seal(token, nonce: nonce.span)
    }

    /// The value with the random bytes `nonce`.
    func seal(_ token: Token, nonce: Span<UInt8>) -> String {
        var sealed = InlineArray<61, UInt8>(repeating: 0)
        sealed[0] = GateSeal.version
        for index in nonce.indices { sealed[1 + index] = nonce[index] }
        var cipher = InlineArray<32, UInt8>(repeating: 0)
        var tag = InlineArray<16, UInt8>(repeating: 0)
        token.withBytes { plain in
            var room = cipher.mutableSpan
            var code = tag.mutableSpan
            key.encrypt(plain, nonce: nonce, into: &room, tag: &code)
        }
        let body = 1 + GateSeal.nonceSize
        for index in cipher.indices { sealed[body + index] = cipher[index] }
        for index in tag.indices { sealed[body + Self.tokenSize + index] = tag[index] }
        var text = InlineArray<82, UInt8>(repeating: 0)
        var room = text.mutableSpan
        Base64URL.encode(sealed.span, into: &room)
        return String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
    }

    /// The token in the value of a cookie; nil where it was not sealed with this key.
    package func unseal(_ text: Span<UInt8>) -> Token? {
        var sealed = InlineArray<61, UInt8>(repeating: 0)
        var room = sealed.mutableSpan
        guard Base64URL.decode(text, into: &room), sealed[0] == GateSeal.version else { return nil }
        let (body, tag) = (1 + GateSeal.nonceSize, 1 + GateSeal.nonceSize + Self.tokenSize)
        let bytes = sealed.span
        var plain = InlineArray<32, UInt8>(repeating: 0)
        defer { unsafe withUnsafeMutableBytes(of: &plain) { unsafe Wipe.zero($0) } }
        var out = plain.mutableSpan
        guard
            key.decrypt(
                bytes.extracting(body..<tag), nonce: bytes.extracting(1..<body),
                tag: bytes.extracting(tag..<Self.sealedSize), into: &out)
        else { return nil }
        return Token(moving: &plain)
    }
}
