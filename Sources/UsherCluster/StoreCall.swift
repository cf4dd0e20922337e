/// A call of the store's function library, `protocol/cluster/usher.lua`. All except `hello`, `probe` and `open` are
/// refused where the store's epoch is not the caller's.
package enum StoreCall: Equatable, Sendable {
    /// Asks what the store is.
    case hello
    /// Writes what replicas are to confirm. Once they have, no older primary can confirm anything.
    case probe
    /// Opens an epoch on a run that nobody has opened. `lease` is in milliseconds.
    case open(old: Epoch?, ordinal: UInt64, new: Epoch, lease: UInt64, check: UInt64)
    /// Enters a host that has taken up the stream to `acknowledged`, with its memory of an older epoch, if any.
    case join(MemberID, number: UInt64, acknowledged: UInt64, name: String, Heritage?)
    /// Acknowledges the stream, asks for a lease, and expels members whose counts have not moved. `isThrough`: the host
    /// has put back all that it holds.
    case beat(
        MemberID, number: UInt64, acknowledged: UInt64, wantsList: Bool, isThrough: Bool, expelled: [MemberCount])
    /// A host goes by its own will.
    case leave(MemberID)
    /// Reads a record.
    case get(SharedDigest)
    /// Reads a user's sessions from a place of the index on, `count` at most.
    case list(bucket: UInt32, from: ListPlace, count: UInt32)
    /// A new session.
    case put(SharedDigest, SharedRecord, limit: UInt32, evicts: Bool, began: Stamp, note: [UInt8])
    /// Ends a session, or all sessions of a user or a realm. `joined` is the number of the member's join: an end of many
    /// is refused where that is not the last one. The member has ended the same at home, and taken up the stream to
    /// `acknowledged`.
    case end(MemberID, joined: UInt64, acknowledged: UInt64, EndTarget)
    /// Removes sessions of a user that have ended, in the piece of the index that begins at `cursor`.
    case sweep(bucket: UInt32, cursor: UInt64)
    /// Lets a session go on under another digest, if its record in the store has the era `era` and the version of the
    /// record of this call.
    case move(MemberID, old: SharedDigest, new: SharedDigest, era: UInt64, SharedRecord, note: [UInt8])
    /// New data for a session whose record is still the one that they were made from.
    case change(MemberID, SharedDigest, from: Edition, SharedRecord)
    /// Reports uses of sessions.
    case touch([SessionUse])
    /// Tells ends that the store may have lost.
    case restoreEnds([KnownEnd])
    /// Tells ends of all that the store may have lost.
    case restoreAll([KnownEndOfAll])
    /// Tells the newest records that the host knows of. The store drops older ones.
    case restoreChanges([KnownChange])
    /// Puts back sessions that the store may have lost.
    case again([PutBack])
    /// Has the store look at so many entries of the stream, and remove those that matter to nobody any more.
    case trim(count: UInt16)
    /// Takes a name that can be taken once, and that was given out in the epoch of this mark.
    case claim(SharedDigest, mark: UInt64, until: UInt32)
    /// Somebody says that a host is gone for good; nil: that nobody comes back from an older epoch any more.
    case forget(MemberID?)

    /// Whether the store refuses it where its epoch is not the caller's.
    var isStrict: Bool {
        switch self {
        case .hello, .probe, .open: false
        default: true
        }
    }
}

/// What an end is to end.
package enum EndTarget: Equatable, Sendable {
    /// One session: by its handle where the tag is known, by its digest otherwise. With both, the digest is that of the
    /// token that ends it.
    case session(digest: SharedDigest?, tag: SessionTag, bucket: UInt32, absolute: UInt32, reason: UInt8, note: [UInt8])
    /// All sessions of a user in a realm, except the one with the tag `spared`.
    case user(bucket: UInt32, spared: SessionTag, until: UInt32, note: [UInt8])
    /// The sessions of everybody in a realm.
    case realm(UInt32, until: UInt32, note: [UInt8])

    /// What the store is to end. A session whose tag is known ends whatever its digest is by now: it may be moved at
    /// this moment.
    package var called: EndTarget {
        guard case .session(_, let tag, let bucket, let absolute, let reason, let note) = self, tag != .none else {
            return self
        }
        return .session(digest: nil, tag: tag, bucket: bucket, absolute: absolute, reason: reason, note: note)
    }

    /// What the table of ends has for the end of one session; nil for an end of many.
    package var name: SharedDigest? {
        guard case .session(let digest, let tag, _, _, _, _) = self else { return nil }
        return digest ?? SharedDigest(handle: tag)
    }

    /// The tag by which the store is to end one session; `.none` where it ends that by its digest, or ends many.
    var tag: SessionTag {
        guard case .session(_, let tag, _, _, _, _) = self else { return .none }
        return tag
    }

    /// What is ended: of two ends of one subject, one may be enough.
    enum Subject: Hashable, Sendable {
        case session(SharedDigest)
        case user(UInt32, spared: SessionTag)
        case realm(UInt32)
    }

    var subject: Subject {
        switch self {
        case .session(let digest, let tag, _, _, _, _): .session(digest ?? SharedDigest(handle: tag))
        case .user(let bucket, let spared, _, _): .user(bucket, spared: spared)
        case .realm(let realm, _, _): .realm(realm)
        }
    }
}

/// The last use of a session.
package struct SessionUse: Equatable, Sendable {
    /// The session.
    package let digest: SharedDigest
    /// Seconds since the use.
    package let age: UInt32

    /// The use of `digest` `age` seconds ago.
    package init(digest: SharedDigest, age: UInt32) { (self.digest, self.age) = (digest, age) }
}

/// A member as the store counts its beats.
package struct MemberCount: Equatable, Sendable {
    /// The member.
    package let member: MemberID
    /// The number of its last beat.
    package let beats: UInt64
    /// The number of its join.
    package let joined: UInt64
    /// The host's name.
    package let name: String
    /// Whether it has put back all that it holds.
    package let isThrough: Bool

    /// A member with these counts.
    package init(member: MemberID, beats: UInt64, joined: UInt64, name: String, isThrough: Bool) {
        (self.member, self.beats, self.joined) = (member, beats, joined)
        (self.name, self.isThrough) = (name, isThrough)
    }
}
