internal import CNettle
internal import UsherSecrets

/// HMAC-SHA-256 (RFC 2104), computed by Nettle. Its context holds the key, so it stands on the stack and is zeroed.
package enum AuthenticationCode {
    /// The code of `parts`, one behind the other, under `key`.
    package static func of(_ parts: [[UInt8]], key: Span<UInt8>) -> InlineArray<32, UInt8> {
        var context = hmac_sha256_ctx()
        unsafe key.withUnsafeBufferPointer { unsafe nettle_hmac_sha256_set_key(&context, $0.count, $0.baseAddress) }
        for part in parts {
            unsafe part.withUnsafeBufferPointer {
                unsafe nettle_hmac_sha256_update(&context, $0.count, $0.baseAddress)
            }
        }
        var code = InlineArray<32, UInt8>(repeating: 0)
        var room = code.mutableSpan
        unsafe room.withUnsafeMutableBufferPointer {
            unsafe nettle_hmac_sha256_digest(&context, $0.count, $0.baseAddress)
        }
        unsafe withUnsafeMutableBytes(of: &context) { unsafe Wipe.zero($0) }
        return code
    }
}
