/// The copies of shared sessions that an adoption of the ledger keeps: those of an orderly restart, between whose
/// processes no end can have been missed.
package struct KeptCopies {
    /// The bucket of the copy with that digest and tag; nil where it is not kept.
    package let bucket: (TokenDigest, _ tag: UInt64) -> UInt32?
    /// Whether the copies were suspended, and stay so.
    package let isSuspended: Bool

    /// The copies that `bucket` knows.
    package init(isSuspended: Bool, bucket: @escaping (TokenDigest, _ tag: UInt64) -> UInt32?) {
        (self.isSuspended, self.bucket) = (isSuspended, bucket)
    }
}
