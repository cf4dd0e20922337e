/// What happened to a host: its link to the store, its clock, and what its peers ask.
package enum ClusterEvent: Sendable {
    /// All connections with the store are made, and nothing of earlier ones will come.
    case connected
    /// The connections are gone, together.
    case disconnected
    /// The store answered a call.
    case replied(CallID, StoreReply)
    /// The reading of the stream with this id brought these entries; `isEnd`: the stream had no more when it was read.
    case entriesRead(CallID, [NumberedEntry], isEnd: Bool)
    /// The store rang, on the connection of the reading with this id: all members seem to have acknowledged `minimum`.
    case bellRang(CallID, minimum: UInt64)
    /// The clock has reached `ClusterHost.deadline`.
    case timePassed
    /// A peer asks for a session that this host does not hold.
    case fetchAsked(RequestID, ShareOwner, SharedDigest)
    /// A peer asks for a page of the sessions of a user, by the user's bucket. It is no use of them, and none is held
    /// because of it.
    case listAsked(RequestID, ShareOwner, bucket: UInt32, from: ListPlace)
    /// A login succeeded, or a session is made without one.
    case putAsked(RequestID, ShareOwner, PutOrder)
    /// A peer ends a session or many.
    case endAsked(RequestID, ShareOwner, EndTarget)
    /// A session is to go on under a new digest.
    case moveAsked(RequestID, ShareOwner, MoveOrder)
    /// A rotation of this digest, which was answered `unavailable`, is asked for again.
    case rotationAwaited(RequestID, ShareOwner, SharedDigest)
    /// A session is to have new data.
    case changeAsked(RequestID, ShareOwner, ChangeOrder)
    /// A name that can be taken once is to be taken.
    case claimAsked(RequestID, ShareOwner, ClaimOrder)
    /// A session that this host holds was used.
    case used(SharedDigest)
    /// The ledger no longer has a session: it was idle, was displaced, or could not be adopted. The next fetch asks the
    /// store.
    case forgotten(SharedDigest)
    /// The host stops by its own will, and will not keep its memory.
    case leaveAsked
    /// An administrator says that a host is gone for good; nil: that nobody comes back from an older epoch any more.
    case forgetAsked(RequestID, MemberID?)
}

/// An entry and its place in the stream.
package struct NumberedEntry: Sendable {
    /// The place.
    package let stamp: Stamp
    /// What the entry tells.
    package let entry: StreamEntry

    /// `entry` at `stamp`.
    package init(_ stamp: Stamp, _ entry: StreamEntry) { (self.stamp, self.entry) = (stamp, entry) }
}

/// A new session.
package struct PutOrder: Sendable {
    /// The digest of its token.
    package let digest: SharedDigest
    /// Its record; the store writes the stamp.
    package let record: SharedRecord
    /// Sessions that its user may have; 0: any number.
    package let limit: UInt32
    /// Whether the session that was used longest ago makes room.
    package let evicts: Bool
    /// `ClusterHost.loginStamp` when the login began.
    package let began: Stamp
    /// Sealed words about a session that is displaced.
    package let note: [UInt8]

    /// An order of these parts.
    package init(
        digest: SharedDigest, record: SharedRecord, limit: UInt32, evicts: Bool, began: Stamp, note: [UInt8]
    ) {
        (self.digest, self.record, self.limit) = (digest, record, limit)
        (self.evicts, self.began, self.note) = (evicts, began, note)
    }
}

/// A rotation or a re-authentication.
package struct MoveOrder: Sendable {
    /// The digest of the token that ends.
    package let old: SharedDigest
    /// The digest of the token that replaces it.
    package let new: SharedDigest
    /// The record, with the version that it was made from.
    package let record: SharedRecord
    /// True for a re-authentication. A peer that asks for a rotation meanwhile must not get the token of a
    /// re-authentication.
    package let isProof: Bool

    /// An order of these parts.
    package init(old: SharedDigest, new: SharedDigest, record: SharedRecord, isProof: Bool = false) {
        (self.old, self.new, self.record, self.isProof) = (old, new, record, isProof)
    }
}

/// An update of a session's data.
package struct ChangeOrder: Sendable {
    /// The session.
    package let digest: SharedDigest
    /// The record, with the version that it was made from plus one.
    package let record: SharedRecord

    /// An order of these parts.
    package init(digest: SharedDigest, record: SharedRecord) { (self.digest, self.record) = (digest, record) }
}

/// A name that is to be taken, once on all hosts.
package struct ClaimOrder: Sendable {
    /// The name.
    package let name: SharedDigest
    /// The mark of the epoch in which the name was given out (``Epoch/mark(_:)``).
    package let mark: UInt64
    /// The Unix second until which the store remembers that it was taken.
    package let until: UInt32

    /// An order of these parts.
    package init(name: SharedDigest, mark: UInt64, until: UInt32) {
        (self.name, self.mark, self.until) = (name, mark, until)
    }
}
