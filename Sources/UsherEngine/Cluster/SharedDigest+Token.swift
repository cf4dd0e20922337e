internal import UsherCluster
internal import UsherSessions

extension SharedDigest {
    /// The digest as hosts and store write it: the same sixteen bytes.
    init(_ digest: TokenDigest) {
        self.init(high: UInt64(bigEndian: digest.low), low: UInt64(bigEndian: digest.high))
    }
}

extension TokenDigest {
    /// The digest as the ledger has it.
    init(_ digest: SharedDigest) { self.init(low: digest.high.bigEndian, high: digest.low.bigEndian) }
}
