internal import CNettle
internal import UsherSecrets

/// Keys that are derived from a cluster's key: HKDF-SHA256 (RFC 5869) without salt. The label names the purpose.
enum DerivedKey {
    /// Fills `room` with the key of `label`.
    static func fill(_ room: inout MutableSpan<UInt8>, from key: Span<UInt8>, label: String) {
        var extracted = InlineArray<32, UInt8>(repeating: 0)
        var context = hmac_sha256_ctx()
        let salt = InlineArray<32, UInt8>(repeating: 0)
        let info = Array("usher 1 \(label)".utf8)
        setKey(salt.span, &context)
        var middle = extracted.mutableSpan
        unsafe key.withUnsafeBufferPointer { key in
            unsafe middle.withUnsafeMutableBufferPointer { out in
                unsafe nettle_hkdf_extract(
                    &context, update, digest, 32, key.count, key.baseAddress, out.baseAddress)
            }
        }
        setKey(extracted.span, &context)
        unsafe info.withUnsafeBufferPointer { info in
            unsafe room.withUnsafeMutableBufferPointer { out in
                unsafe nettle_hkdf_expand(
                    &context, update, digest, 32, info.count, info.baseAddress, out.count, out.baseAddress)
            }
        }
        unsafe withUnsafeMutableBytes(of: &context) { unsafe Wipe.zero($0) }
        unsafe withUnsafeMutableBytes(of: &extracted) { unsafe Wipe.zero($0) }
    }

    /// A key of `count` bytes.
    static func make(from key: Span<UInt8>, label: String, count: Int) -> SecretBytes {
        var made = SecretBytes(capacity: count)
        unsafe made.fill { free in
            var room = unsafe MutableSpan<UInt8>(_unsafeBytes: free)
            fill(&room, from: key, label: label)
            return free.count
        }
        return made
    }

    /// The first eight bytes of the key of `label`, as a number that everybody may see.
    static func number(from key: Span<UInt8>, label: String) -> UInt64 {
        var bytes = InlineArray<8, UInt8>(repeating: 0)
        var room = bytes.mutableSpan
        fill(&room, from: key, label: label)
        return bytes.indices.reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    private static func setKey(_ key: Span<UInt8>, _ context: inout hmac_sha256_ctx) {
        unsafe key.withUnsafeBufferPointer { unsafe nettle_hmac_sha256_set_key(&context, $0.count, $0.baseAddress) }
    }

    private static var update: @convention(c) (UnsafeMutableRawPointer?, Int, UnsafePointer<UInt8>?) -> Void {
        { context, count, bytes in
            unsafe nettle_hmac_sha256_update(context?.assumingMemoryBound(to: hmac_sha256_ctx.self), count, bytes)
        }
    }

    private static var digest: @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<UInt8>?) -> Void {
        { context, count, bytes in
            unsafe nettle_hmac_sha256_digest(context?.assumingMemoryBound(to: hmac_sha256_ctx.self), count, bytes)
        }
    }
}
