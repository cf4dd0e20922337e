internal import CNettle

/// SHA-256 (FIPS 180-4).
enum SHA256 {
    /// The digest of `bytes`.
    static func digest(_ bytes: Span<UInt8>) -> InlineArray<32, UInt8> {
        var context = sha256_ctx()
        unsafe nettle_sha256_init(&context)
        unsafe bytes.withUnsafeBufferPointer { unsafe nettle_sha256_update(&context, $0.count, $0.baseAddress) }
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var room = digest.mutableSpan
        unsafe room.withUnsafeMutableBufferPointer {
            unsafe nettle_sha256_digest(&context, $0.count, $0.baseAddress)
        }
        return digest
    }
}
