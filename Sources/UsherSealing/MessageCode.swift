internal import CNettle
internal import UsherSecrets

/// HMAC-SHA256 (RFC 2104, computed by Nettle).
enum MessageCode {
    /// Fills `room`, which has 32 bytes at most, with the first bytes of the code of `first` and `second`, one behind
    /// the other. Nothing else keeps anything of them.
    static func fill(
        _ room: inout MutableSpan<UInt8>, key: borrowing SecretBytes, _ first: Span<UInt8>, _ second: Span<UInt8>
    ) {
        var context = hmac_sha256_ctx()
        key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { unsafe nettle_hmac_sha256_set_key(&context, $0.count, $0.baseAddress) }
        }
        unsafe first.withUnsafeBufferPointer { unsafe nettle_hmac_sha256_update(&context, $0.count, $0.baseAddress) }
        unsafe second.withUnsafeBufferPointer { unsafe nettle_hmac_sha256_update(&context, $0.count, $0.baseAddress) }
        unsafe room.withUnsafeMutableBufferPointer {
            unsafe nettle_hmac_sha256_digest(&context, $0.count, $0.baseAddress)
        }
        unsafe withUnsafeMutableBytes(of: &context) { unsafe Wipe.zero($0) }
    }
}
