/// A session that has ended, as a host tells it to a store that may have lost the end.
package struct KnownEnd: Equatable, Sendable {
    /// The digest of the token that ended, or the handle of the session.
    package let digest: SharedDigest
    /// Unix seconds at which the session would have ended.
    package let absolute: UInt32
    /// Where the session went on; nil where it ended, or where hosts know of something newer.
    package let succession: Succession?

    /// The end of `digest`, or its move.
    package init(digest: SharedDigest, absolute: UInt32, succession: Succession? = nil) {
        (self.digest, self.absolute, self.succession) = (digest, absolute, succession)
    }

    /// The tag that a handle names; `.none` for a token.
    package var tag: SessionTag { digest.isHandle ? SessionTag(digest.low) : .none }
}

/// An end of all sessions of a user or of a realm, as a host tells it to a store that may have lost it.
package struct KnownEndOfAll: Equatable, Sendable {
    /// Whose sessions ended.
    package enum Kind: Equatable, Sendable {
        /// The sessions of one user.
        case user
        /// The sessions of everybody in a realm.
        case realm
    }

    /// Whose sessions ended.
    package let kind: Kind
    /// The pseudonym of the user, or of the realm.
    package let bucket: UInt32
    /// Sessions that were put before this stamp ended.
    package let stamp: Stamp
    /// The session that did not end.
    package let spared: SessionTag
    /// Unix seconds at which the last of the sessions would have ended.
    package let until: UInt32
}

/// The newest record of a session that a host knows of, as it tells it to a store that may have an older one.
package struct KnownChange: Equatable, Sendable {
    /// The session.
    package let digest: SharedDigest
    /// Which record it is.
    package let edition: Edition
    /// The nonce of the record.
    package let nonce: UInt64
    /// Unix seconds at which the session ends.
    package let absolute: UInt32

    /// The record of `digest` with this edition and nonce.
    package init(digest: SharedDigest, edition: Edition, nonce: UInt64, absolute: UInt32) {
        (self.digest, self.edition, self.nonce, self.absolute) = (digest, edition, nonce, absolute)
    }
}

/// A session that a host holds and that a store may have lost.
package struct PutBack: Equatable, Sendable {
    /// The session.
    package let digest: SharedDigest
    /// The stamp that the record has.
    package let stamp: Stamp
    /// The era that the record has.
    package let era: UInt64
    /// The record; nil: the one in the ledger, which the driver adds.
    package let record: SharedRecord?

    /// The session of `digest`, which was put at `stamp`, with its record of `era`.
    package init(digest: SharedDigest, stamp: Stamp, era: UInt64, record: SharedRecord?) {
        (self.digest, self.stamp, self.era, self.record) = (digest, stamp, era, record)
    }

    /// The same with the record that the ledger has, where it has none yet.
    package func filled(_ held: SharedRecord?) -> PutBack {
        PutBack(digest: digest, stamp: stamp, era: era, record: record ?? held)
    }
}
