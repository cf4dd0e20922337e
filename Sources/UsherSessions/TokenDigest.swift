internal import CNettle
package import UsherSecrets

/// What the ledger keeps of a token: the first 128 bits of SHA-256 over its 32 raw bytes.
///
/// A token has 256 random bits, or 160 where several hosts share its session, so that neither salt nor a slow hash
/// would add anything, and nobody can find a second token with a given digest. The comparison need not take constant
/// time: what it compares is not the secret. Computed by Nettle, whose context stands on the stack and is zeroed, since
/// it holds the token. Rejected: swift-crypto, which allocates a context for each hash and takes three times as long,
/// and OpenSSL, whose one-shot function looks the algorithm up anew each time.
package struct TokenDigest: Hashable, Sendable {
    /// The first eight bytes, in the byte order of the machine.
    package let low: UInt64
    /// The eight bytes after them.
    package let high: UInt64

    /// A digest of these sixteen bytes.
    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The digest of `token`.
    package init(of token: borrowing SessionToken) {
        self = token.withBytes { TokenDigest(ofBytes: $0) }
    }

    /// The digest of the raw bytes of a token.
    package init(ofBytes bytes: Span<UInt8>) {
        var context = sha256_ctx()
        unsafe nettle_sha256_init(&context)
        unsafe bytes.withUnsafeBytes { source in
            unsafe nettle_sha256_update(&context, source.count, source.bindMemory(to: UInt8.self).baseAddress)
        }
        var digest = (UInt64(0), UInt64(0))
        unsafe withUnsafeMutableBytes(of: &digest) {
            unsafe nettle_sha256_digest(&context, 16, $0.bindMemory(to: UInt8.self).baseAddress)
        }
        unsafe withUnsafeMutableBytes(of: &context) { unsafe Wipe.zero($0) }
        (low, high) = digest
    }
}
