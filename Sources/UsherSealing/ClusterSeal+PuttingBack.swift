package import UsherCluster
internal import UsherSecrets

extension ClusterSeal {
    /// The same as ``seal(_:in:under:)``, with a nonce that begins with the first eight bytes of the record's nonce.
    /// The store knows a record by these bytes, so the sealed record counts as the one that the store has lost. AES-SIV
    /// stays safe where a nonce comes twice.
    package func sealAgain(
        _ session: SealedSession, in record: SharedRecord, under digest: SharedDigest
    ) -> SharedRecord? {
        let rest = Random.word()
        let random = InlineArray<12, UInt8> { index in
            index < 8
                ? UInt8(truncatingIfNeeded: record.nonce >> UInt64(56 - 8 * index))
                : UInt8(truncatingIfNeeded: rest >> UInt64(8 * (index - 8)))
        }
        return seal(session, in: record, under: digest, random: random)
    }
}
