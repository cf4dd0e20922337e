/// A session as it stands in the store: a head that the store reads, and a sealed part that it cannot read.
package struct SharedRecord: Equatable, Sendable {
    /// Which of the cluster's keys sealed it.
    package var key: UInt8
    /// The last use that the store knows of, Unix seconds.
    package var seen: UInt32
    /// Seconds without use after which it ends.
    package var idle: UInt32
    /// Unix seconds at which it ends.
    package var absolute: UInt32
    /// Counts its changes.
    package var version: UInt64
    /// The ordinal of the epoch in which this record was written, or was told again by its sender; the store writes it.
    package var era: UInt64
    /// When it was put; an end of all ends what is below its own stamp.
    package var stamp: Stamp
    /// The pseudonym of its user within its realm.
    package var bucket: UInt32
    /// The pseudonym of its realm.
    package var realm: UInt32
    /// What does not change when its token does.
    package var tag: SessionTag
    /// The first eight bytes of the sealed part's nonce: they tell two records of one version apart.
    package var nonce: UInt64
    /// The rest of the nonce and the sealed part.
    package var sealed: [UInt8]

    /// A record of these parts.
    package init(
        key: UInt8, seen: UInt32, idle: UInt32, absolute: UInt32, version: UInt64, era: UInt64 = 0, stamp: Stamp,
        bucket: UInt32, realm: UInt32, tag: SessionTag, nonce: UInt64, sealed: [UInt8]
    ) {
        (self.key, self.seen, self.idle, self.absolute) = (key, seen, idle, absolute)
        (self.version, self.era, self.stamp) = (version, era, stamp)
        (self.bucket, self.realm) = (bucket, realm)
        (self.tag, self.nonce, self.sealed) = (tag, nonce, sealed)
    }

    /// Which record of its session it is.
    package var edition: Edition { Edition(era: era, version: version) }
}
