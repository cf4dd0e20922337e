internal import CNettle
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
    private static let version: UInt8 = 1
    private static let sealedSize = 61
    private static let nonceSize = 12
    private static let tokenSize = 32

    private let key: SecretBytes

    /// The key of `origin` under the gate's `key`.
    package init(gate key: Span<UInt8>, origin: Origin) {
        precondition(key.count == Self.size)
        var code = AuthenticationCode.of([Array("usher-gate cookie 1".utf8), [0], Array(origin.text.utf8)], key: key)
        self.key = SecretBytes(copying: code.span)
        unsafe withUnsafeMutableBytes(of: &code) { unsafe Wipe.zero($0) }
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
        sealed[0] = Self.version
        for index in nonce.indices { sealed[1 + index] = nonce[index] }
        let body = 1 + Self.nonceSize
        let tag = body + Self.tokenSize
        token.withBytes { plain in
            withContext(nonce) { context in
                var room = sealed.mutableSpan
                unsafe room.withUnsafeMutableBufferPointer { out in
                    unsafe plain.withUnsafeBufferPointer { plain in
                        guard let start = out.baseAddress else { return }
                        unsafe nettle_chacha_poly1305_encrypt(
                            &context, plain.count, start + body, plain.baseAddress)
                        unsafe nettle_chacha_poly1305_digest(&context, out.count - tag, start + tag)
                    }
                }
            }
        }
        var text = InlineArray<82, UInt8>(repeating: 0)
        var room = text.mutableSpan
        Base64URL.encode(sealed.span, into: &room)
        return String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
    }

    /// The token in the value of a cookie; nil where it was not sealed with this key.
    package func unseal(_ text: Span<UInt8>) -> Token? {
        var sealed = InlineArray<61, UInt8>(repeating: 0)
        var room = sealed.mutableSpan
        guard Base64URL.decode(text, into: &room), sealed[0] == Self.version else { return nil }
        let (body, tag) = (1 + Self.nonceSize, 1 + Self.nonceSize + Self.tokenSize)
        let bytes = sealed.span
        var plain = InlineArray<32, UInt8>(repeating: 0)
        defer { unsafe withUnsafeMutableBytes(of: &plain) { unsafe Wipe.zero($0) } }
        var expected = InlineArray<16, UInt8>(repeating: 0)
        withContext(bytes.extracting(1..<body)) { context in
            var out = plain.mutableSpan
            var code = expected.mutableSpan
            unsafe bytes.extracting(body..<tag).withUnsafeBufferPointer { cipher in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe nettle_chacha_poly1305_decrypt(&context, cipher.count, out.baseAddress, cipher.baseAddress)
                }
            }
            unsafe code.withUnsafeMutableBufferPointer {
                unsafe nettle_chacha_poly1305_digest(&context, $0.count, $0.baseAddress)
            }
        }
        guard ConstantTime.equal(expected.span, bytes.extracting(tag..<Self.sealedSize)) else { return nil }
        var token = InlineArray<43, UInt8>(repeating: 0)
        var characters = token.mutableSpan
        Base64URL.encode(plain.span, into: &characters)
        defer { unsafe withUnsafeMutableBytes(of: &token) { unsafe Wipe.zero($0) } }
        return Token(utf8: token.span)
    }

    /// A context that has taken the key, the nonce and the version.
    private func withContext(_ nonce: Span<UInt8>, _ body: (inout chacha_poly1305_ctx) -> Void) {
        var context = chacha_poly1305_ctx()
        key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { unsafe nettle_chacha_poly1305_set_key(&context, $0.baseAddress) }
        }
        unsafe nonce.withUnsafeBufferPointer { unsafe nettle_chacha_poly1305_set_nonce(&context, $0.baseAddress) }
        var version = Self.version
        unsafe nettle_chacha_poly1305_update(&context, 1, &version)
        body(&context)
        unsafe withUnsafeMutableBytes(of: &context) { unsafe Wipe.zero($0) }
    }
}
