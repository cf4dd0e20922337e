/// What an entry of the stream tells all members.
package enum StreamEntry: Equatable, Sendable {
    /// A session ended.
    case ended(EndNotice)
    /// A session goes on under another digest: the one that is named here is over.
    case moved(EndNotice)
    /// A session has new data.
    case changed(KnownChange)
    /// All sessions of a user that were put before `stamp` ended, except the one with the tag `spared`.
    case userEnded(bucket: UInt32, stamp: Stamp, spared: SessionTag, until: UInt32, note: [UInt8] = [])
    /// A host became a member.
    case joined(MemberID)
    /// A host is no longer a member.
    case left(MemberID)
    /// A run of the store was opened.
    case opened(Epoch)
    /// The sessions of everybody in a realm that were put before `stamp` ended.
    case realmEnded(realm: UInt32, stamp: Stamp, until: UInt32, note: [UInt8] = [])
    /// An entry of a newer contract.
    case unknown(kind: UInt8)
}

/// Which session an entry ends.
package struct EndNotice: Equatable, Sendable {
    /// The digest of the token that ended, or the handle of the session.
    package let digest: SharedDigest
    /// The session's tag; `.none` where the store did not have the session.
    package let tag: SessionTag
    /// The pseudonym of its user.
    package let bucket: UInt32
    /// Unix seconds at which it would have ended.
    package let absolute: UInt32
    /// Why it ended: 2 evicted, 3 restored, all others are the host's.
    package let reason: UInt8
    /// Sealed words for events and the journal.
    package let note: [UInt8]

    /// The reason of an end that a host has told again.
    package static let restored: UInt8 = 3

    /// A notice of these parts.
    package init(
        digest: SharedDigest, tag: SessionTag, bucket: UInt32, absolute: UInt32, reason: UInt8, note: [UInt8]
    ) {
        (self.digest, self.tag, self.bucket) = (digest, tag, bucket)
        (self.absolute, self.reason, self.note) = (absolute, reason, note)
    }
}
