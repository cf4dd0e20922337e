package import UsherNames
internal import UsherSecrets

/// The numbers of one session, as they were at one moment.
///
/// A small copy. The ledger lends the texts (`lend`) for as long as the session lives, as they are at that time. The
/// stamp is read from the board, because reading it costs a cache miss and few callers need it.
package struct Session: Sendable {
    /// The public name.
    package let handle: SessionHandle
    /// Where the board shows it.
    package let slot: UInt32
    /// The service that made it, with its realm.
    package let service: ServiceID
    /// The realm in which its token is valid.
    package let realm: RealmID
    /// Who vouched for its user.
    package let proof: SessionProof
    /// When it was created.
    package let created: LedgerSeconds
    /// When the user last proved who they are.
    package let authenticated: LedgerSeconds
    /// When its token was last used.
    package let lastSeen: LedgerSeconds
    /// Seconds that it may stay unused.
    package let idleTimeout: UInt32
    /// From this instant on it is over, whatever happens.
    package let expires: LedgerSeconds

    /// Whether it is a copy of a session that several hosts share: then its handle has the bucket as prefix.
    package var isShared: Bool { handle.hint == nil }

    /// From this instant on it is over, unless it is used before. Never later than `expires`.
    package var idleExpires: LedgerSeconds { min(lastSeen + idleTimeout, expires) }

    /// Whether it is over at `now`, swept or not.
    package func isExpired(at now: LedgerSeconds) -> Bool { now >= idleExpires }
}

/// How long a session may last.
package struct Lifetime: Hashable, Sendable {
    /// Seconds that it may stay unused.
    package var idle: UInt32
    /// Seconds that it may last at all.
    package var absolute: UInt32

    /// A lifetime, both in seconds.
    package init(idle: UInt32, absolute: UInt32) {
        self.idle = idle
        self.absolute = absolute
    }
}

/// How many sessions one user name may hold in one realm, over all uids, and what happens beyond.
package struct UserQuota: Hashable, Sendable {
    /// What happens when a user at the limit logs in again.
    package enum Policy: Sendable {
        /// The session of the realm that was not used for longest ends.
        case endOldestIdle
        /// The new session is refused.
        case refuse
    }

    /// At least 1.
    package var limit: UInt32
    /// What happens beyond it.
    package var policy: Policy

    /// A quota; `limit` is at least 1.
    package init(limit: UInt32, policy: Policy) {
        self.limit = limit
        self.policy = policy
    }
}
