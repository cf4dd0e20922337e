package import UsherCluster
internal import UsherSecrets

extension ClusterSeal {
    /// The same as ``seal(_:in:under:)``, with a nonce that begins with the record's: the store takes it for the record
    /// that it had, which was sealed with the same key, fields and session. AES-SIV allows a nonce to be used again.
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
