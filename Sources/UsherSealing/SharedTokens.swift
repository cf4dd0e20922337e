package import UsherSecrets

/// Makes the tokens of sessions that several hosts share, and tells them from what nobody of these hosts has made, so
/// that a guess costs no question to the store.
///
/// A token is 20 random bytes, 4 of its session's absolute end (Unix seconds, big-endian), and 8 of proof. The end is
/// masked by a keyed hash of the random bytes, so that only these hosts can read it. The proof is a keyed hash of the
/// name of the cluster and all bytes of the token before the proof. A good proof does not make a token valid: the
/// ledger or the store must have the digest of all 32 bytes. Who has the key cannot guess the 160 random bits of a
/// token.
package struct SharedTokens: Sendable {
    private static let (randomSize, startSize) = (20, 24)

    private let keys: ClusterKeys
    private let purpose: [UInt8]

    /// Tokens of the cluster of this name, which has 255 bytes at most.
    package init(cluster: String, keys: ClusterKeys) {
        self.keys = keys
        purpose = ClusterSeal.purpose("token", cluster: Array(cluster.utf8))
    }

    /// A new token of a session that ends at `end`, in Unix seconds.
    package func make(until end: UInt32) -> SessionToken {
        var random = InlineArray<20, UInt8>(repeating: 0)
        defer { unsafe withUnsafeMutableBytes(of: &random) { unsafe Wipe.zero($0) } }
        var room = random.mutableSpan
        Random.fill(&room)
        return make(until: end, random: random.span)
    }

    /// The same with these 20 random bytes.
    func make(until end: UInt32, random: Span<UInt8>) -> SessionToken {
        let key = keys.first
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        for index in random.indices { bytes[index] = random[index] }
        let masked = end ^ key.mask(of: random)
        for index in 0..<4 {
            bytes[Self.randomSize + index] = UInt8(truncatingIfNeeded: masked >> UInt32(24 - 8 * index))
        }
        let proof = key.proof(of: bytes.span.extracting(first: Self.startSize), purpose: purpose)
        for index in proof.indices { bytes[Self.startSize + index] = proof[index] }
        return SessionToken(moving: &bytes)
    }

    /// The absolute end of the session of `token`, in Unix seconds; nil unless a host of this cluster has made the
    /// token under one of the keys. The check takes the same time whichever byte is wrong.
    package func end(of token: borrowing SessionToken) -> UInt32? {
        token.withBytes { bytes in
            guard let key = keys.all.first(where: { isProven(bytes, by: $0) }) else { return nil }
            let masked = (Self.randomSize..<Self.startSize).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[$1]) }
            return masked ^ key.mask(of: bytes.extracting(first: Self.randomSize))
        }
    }

    private func isProven(_ bytes: Span<UInt8>, by key: ClusterKey) -> Bool {
        var proof = key.proof(of: bytes.extracting(first: Self.startSize), purpose: purpose)
        defer { unsafe withUnsafeMutableBytes(of: &proof) { unsafe Wipe.zero($0) } }
        return ConstantTime.equal(proof.span, bytes.extracting(droppingFirst: Self.startSize))
    }
}
