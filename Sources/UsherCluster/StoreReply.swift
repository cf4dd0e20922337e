/// What the store answered to a call.
package enum StoreReply: Equatable, Sendable {
    /// To `hello`.
    case hello(StoreGreeting)
    /// To `probe`.
    case probed
    /// To `open`: the epoch is the caller's.
    case opened
    /// To `join`: the number of the entry.
    case joined(number: UInt64)
    /// To `beat`.
    case beat(BeatReply)
    /// To `leave`.
    case left
    /// To `get`.
    case found(SharedRecord)
    /// To `get`: the session has ended.
    case foundEnded
    /// To `get`: the session is of an epoch that is not complete, so that it may have ended.
    case foundDoubtful
    /// To `get`: no such session.
    case foundNothing
    /// To `list`: some of the user's sessions, and where the next ones begin; nil after the last.
    case listed([ListedSession], next: ListPlace?)
    /// To `put`: the number that the record got, and the sessions that it displaced.
    case put(number: UInt64, evicted: [SharedDigest])
    /// To `end`: the entry that all must have acknowledged, whether there may have been a session to end, what all have
    /// acknowledged, and whether the caller has acknowledged the entry by its call.
    case ended(number: UInt64, lived: Bool = true, minimum: UInt64, isCounted: Bool = false)
    /// To `sweep`: where the next piece of the index begins, or 0.
    case swept(next: UInt64)
    /// To `move` and `change`: the entry that all must have acknowledged, and what all have acknowledged.
    case changed(number: UInt64, minimum: UInt64)
    /// To `touch`: the sessions among them that the store does not have, and those that have ended.
    case touched(absent: [SharedDigest], ended: [SharedDigest])
    /// To `restoreEnds`, `restoreAll` and `restoreChanges`.
    case told
    /// To `again`: the sessions among them that have ended.
    case putBack(ended: [SharedDigest])
    /// To `trim`: how many entries are gone.
    case trimmed(removed: UInt64)
    /// To `claim`: whether the name was free until now.
    case claimed(Bool)
    /// To `forget`.
    case forgotten
    /// To any call: an error, by its first word.
    case refused(StoreRefusal)
}

/// A session of a list, as the store has it.
package struct ListedSession: Equatable, Sendable {
    /// The digest of its token.
    package let digest: SharedDigest
    /// Its record.
    package let record: SharedRecord
    /// The place of the store's index where it is.
    package let cursor: UInt64

    /// The session of `digest` at `cursor`.
    package init(digest: SharedDigest, record: SharedRecord, cursor: UInt64) {
        (self.digest, self.record, self.cursor) = (digest, record, cursor)
    }

    /// Where the sessions behind this one begin.
    package var following: ListPlace { ListPlace(cursor: cursor, after: record.tag) }
}

/// Why the store refused a call.
package enum StoreRefusal: Equatable, Sendable {
    /// The caller's epoch is not the store's, or nobody has opened this run.
    case epoch
    /// The caller is no member.
    case expelled
    /// The caller's memory is not of an older epoch.
    case behind
    /// Another host has sent this beat: there are two of this member.
    case twice
    /// The session has ended.
    case ended
    /// The store has no such session.
    case absent
    /// The session is of an older epoch that is not complete.
    case incomplete
    /// The store has another version.
    case changed
    /// The digest or tag is taken.
    case conflict
    /// The user has as many sessions as allowed.
    case quota
    /// The user's sessions were ended after the login began, or a name was given out in another epoch.
    case cancelled
    /// The store's memory is full.
    case memory
    /// The call was executed, and too few replicas have confirmed it in time.
    case unconfirmed
    /// The call itself is wrong: the store would refuse it again.
    case bad
    /// Any other error.
    case other
}

/// What the store is.
package struct StoreGreeting: Equatable, Sendable {
    /// The epoch that is open; nil in an empty store.
    package let epoch: Epoch?
    /// The ordinal of that epoch.
    package let ordinal: UInt64
    /// Whether this run of the server has been opened in that epoch.
    package let isOpen: Bool
    /// The lease that the epoch was opened with, in milliseconds.
    package let lease: UInt64
    /// The check value of the key that the epoch was opened with.
    package let check: UInt64
    /// The newest number of the stream.
    package let number: UInt64
    /// The newest end or change that was trimmed because its sessions are over. A host that has not read up to this
    /// entry has missed ends.
    package let front: Stamp
    /// The store's clock, Unix seconds.
    package let seconds: UInt64
    /// Whether the server is set to evict keys when its memory is full.
    package let evictsKeys: Bool
    /// Whether the host's own clock differs from the store's by more than 5 s. The driver finds that out.
    package var isSkewed = false

    /// A greeting of these parts.
    package init(
        epoch: Epoch?, ordinal: UInt64, isOpen: Bool, lease: UInt64, check: UInt64, number: UInt64, front: Stamp,
        seconds: UInt64, evictsKeys: Bool
    ) {
        (self.epoch, self.ordinal, self.isOpen, self.lease) = (epoch, ordinal, isOpen, lease)
        (self.check, self.number, self.front) = (check, number, front)
        (self.seconds, self.evictsKeys) = (seconds, evictsKeys)
    }
}

/// The store's answer to a beat.
package struct BeatReply: Equatable, Sendable {
    /// Whether the beat is worth a lease.
    package let isGranted: Bool
    /// The newest number of the stream.
    package let number: UInt64
    /// What all members have acknowledged.
    package let minimum: UInt64
    /// Whether all older epochs are complete.
    package let isWhole: Bool
    /// Whether somebody has still to come from an older epoch, or nobody knows who was a member of one: the store may
    /// lack sessions that others hold.
    package let lacksHosts: Bool
    /// The store's clock, Unix seconds.
    package let seconds: UInt64
    /// All members, where the beat asked for them.
    package let members: [MemberCount]

    /// An answer of these parts.
    package init(
        isGranted: Bool, number: UInt64, minimum: UInt64, isWhole: Bool, lacksHosts: Bool, seconds: UInt64,
        members: [MemberCount]
    ) {
        (self.isGranted, self.number, self.minimum) = (isGranted, number, minimum)
        (self.isWhole, self.lacksHosts, self.seconds, self.members) = (isWhole, lacksHosts, seconds, members)
    }
}
