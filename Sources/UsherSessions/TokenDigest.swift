internal import Crypto
package import UsherSecrets

/// What the ledger keeps of a token: the first 128 bits of SHA-256 over its 32 raw bytes.
///
/// A token is 256 random bits, so that neither salt nor a slow hash would add anything, and nobody can find a second
/// token with a given digest. The comparison need not take constant time: what it compares is not the secret.
/// swift-crypto allocates one 112-byte context for each hash; its public interface has no form without.
package struct TokenDigest: Hashable, Sendable {
    /// The first eight bytes, in the byte order of the machine.
    package let low: UInt64
    /// The eight bytes after them.
    package let high: UInt64

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
        var hash = SHA256()
        unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        (low, high) = unsafe hash.finalize().withUnsafeBytes {
            unsafe ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }
}
