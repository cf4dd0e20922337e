/// The session that a re-authentication renews, as it was when it began. On success the daemon compares all of it
/// with the slot again; nothing is ever recreated.
package struct ReauthenticatedSession: Hashable, Sendable {
    /// Slot of the handle.
    package var slot: UInt32
    /// Random tag of the handle.
    package var tag: UInt64
    /// The 128-bit digest of the token, as two words.
    package var digest: (high: UInt64, low: UInt64) {
        get { (digestHigh, digestLow) }
        set { (digestHigh, digestLow) = newValue }
    }
    /// The session's user, who must be the one that PAM confirms.
    package var user: String

    private var digestHigh: UInt64
    private var digestLow: UInt64

    /// A session by its handle, the digest of its token, and its user.
    package init(slot: UInt32, tag: UInt64, digest: (high: UInt64, low: UInt64), user: String) {
        self.slot = slot
        self.tag = tag
        self.digestHigh = digest.high
        self.digestLow = digest.low
        self.user = user
    }
}

/// Everything that is known when a login begins. Passwords and answers are not in it.
package struct LoginStart: Hashable, Sendable {
    /// The connection that asks; the login ends with it.
    package var connection: UInt64
    /// The daemon's own number of the request that `auth.start` is; handed back with its reply.
    package var request: UInt64
    /// The uid of the peer.
    package var peer: UInt32
    /// What the throttle calls this user and source.
    package var ticket: ThrottleTicket
    /// The name as entered, or the session's user.
    package var user: String
    /// The configured service.
    package var service: String
    /// The service's realm.
    package var realm: String
    /// The service's rules.
    package var rules: LoginRules
    /// The client's own limit for the whole login (`timeout_ms`), if it gave one.
    package var timeout: Duration?
    /// Whether `auth.start` brought a password. It goes to the worker at once, so that from the start a guess counts.
    package var bringsPassword: Bool
    /// The session to renew, if this is a re-authentication.
    package var session: ReauthenticatedSession?

    /// A login as `auth.start` asks for it.
    package init(
        connection: UInt64, request: UInt64, peer: UInt32, ticket: ThrottleTicket, user: String, service: String,
        realm: String, rules: LoginRules, timeout: Duration? = nil, bringsPassword: Bool = false,
        session: ReauthenticatedSession? = nil
    ) {
        self.connection = connection
        self.request = request
        self.peer = peer
        self.ticket = ticket
        self.user = user
        self.service = service
        self.realm = realm
        self.rules = rules
        self.timeout = timeout
        self.bringsPassword = bringsPassword
        self.session = session
    }
}
