internal import UsherLogin

/// `[limits]`: the bounds of every table. The defaults are those of usherd.toml(5).
package struct Limits: Hashable, Sendable {
    /// What happens when a user has as many sessions as allowed.
    package enum SessionsPolicy: String, Hashable, Sendable, CaseIterable {
        /// The user's session in the realm that has been idle for longest ends.
        case evict
        /// The login ends in `quota_exceeded`.
        case refuse
    }

    /// Sessions in all; the last eighth is for logins, not for `session.create`.
    package var capacity = 1 << 20
    /// Bytes of memory for all sessions; the last eighth is for logins, and data stops at half.
    package var memory = 1 << 30
    /// Sessions of one user in one realm.
    package var sessionsPerUser = 100
    /// What happens beyond ``sessionsPerUser``.
    package var sessionsPerUserPolicy = SessionsPolicy.evict
    /// Connections in all.
    package var connections = 4096
    /// Connections of one user but root; the uids of a range (`uids`) are one user.
    package var connectionsPerUID = 256
    /// Connections of all users without a role together; nil: a sixteenth of all.
    package var connectionsWithoutRole: Int?
    /// Connections kept for root, out of all.
    package var connectionsForRoot = 64
    /// Requests in flight on a connection, after which it is not read any more.
    package var inFlight = 128
    /// How long a frame may stay incomplete.
    package var frameTimeout = Duration.seconds(10)
    /// Logins that hold a worker.
    package var logins = 64
    /// Logins of one peer and source.
    package var loginsPerSource = 4
    /// Subscribers to events.
    package var subscribers = 64
    /// Names that may fail from one source in an hour.
    package var namesPerSource = 100
    /// Names that the limiter has room for; a multiple of 8.
    package var limiterNames = LimiterLayout.defaultEntries

    /// The defaults.
    package init() {}
}
