internal import CNettle
internal import UsherSecrets
internal import UsherWebCore

/// What the gate gives to a browser and must neither be read nor made by anybody else: ChaCha20-Poly1305 (RFC 8439)
/// under a key for one purpose at one origin.
///
/// The key is `HMAC-SHA-256(gate's key, purpose ‖ 0x00 ‖ origin)`. What is sealed has the version 0x01, which is
/// authenticated, and a nonce of 12 random bytes before it, and a tag of 16 bytes behind it.
final class GateSeal: Sendable {
    static let version: UInt8 = 1
    static let nonceSize = 12
    static let tagSize = 16

    private let key: SecretBytes

    /// The key for `purpose` at `origin` under the gate's `key`, which has 32 bytes.
    init(gate key: Span<UInt8>, purpose: String, origin: Origin) {
        precondition(key.count == CookieKey.size)
        var code = AuthenticationCode.of([Array(purpose.utf8), [0], Array(origin.text.utf8)], key: key)
        self.key = SecretBytes(copying: code.span)
        unsafe withUnsafeMutableBytes(of: &code) { unsafe Wipe.zero($0) }
    }

    /// Encrypts `plain` into `cipher`, which has as many bytes, and writes the tag of 16 bytes.
    func encrypt(
        _ plain: Span<UInt8>, nonce: Span<UInt8>, into cipher: inout MutableSpan<UInt8>,
        tag: inout MutableSpan<UInt8>
    ) {
        precondition(cipher.count == plain.count && tag.count == Self.tagSize)
        withContext(nonce) { context in
            unsafe plain.withUnsafeBufferPointer { plain in
                unsafe cipher.withUnsafeMutableBufferPointer {
                    unsafe nettle_chacha_poly1305_encrypt(&context, plain.count, $0.baseAddress, plain.baseAddress)
                }
            }
            unsafe tag.withUnsafeMutableBufferPointer {
                unsafe nettle_chacha_poly1305_digest(&context, $0.count, $0.baseAddress)
            }
        }
    }

    /// Decrypts `cipher` into `plain`, which has as many bytes. Where it returns false, the bytes are nobody's: the
    /// tag is not the one of this key, nonce and text.
    func decrypt(
        _ cipher: Span<UInt8>, nonce: Span<UInt8>, tag: Span<UInt8>, into plain: inout MutableSpan<UInt8>
    ) -> Bool {
        precondition(plain.count == cipher.count)
        var expected = InlineArray<16, UInt8>(repeating: 0)
        withContext(nonce) { context in
            var code = expected.mutableSpan
            unsafe cipher.withUnsafeBufferPointer { cipher in
                unsafe plain.withUnsafeMutableBufferPointer {
                    unsafe nettle_chacha_poly1305_decrypt(&context, cipher.count, $0.baseAddress, cipher.baseAddress)
                }
            }
            unsafe code.withUnsafeMutableBufferPointer {
                unsafe nettle_chacha_poly1305_digest(&context, $0.count, $0.baseAddress)
            }
        }
        return ConstantTime.equal(expected.span, tag)
    }

    /// A context that has taken the key, the nonce and the version.
    private func withContext(_ nonce: Span<UInt8>, _ body: (inout chacha_poly1305_ctx) -> Void) {
        precondition(nonce.count == Self.nonceSize)
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
