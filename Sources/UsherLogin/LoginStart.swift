/// What the state machine knows of a login when it begins. Passwords and answers are not in it.
package struct LoginStart: Hashable, Sendable {
    /// The connection that asks; no other one may answer or cancel, and the login ends with it.
    package var connection: UInt64
    /// The uid under which the peer's shares are counted.
    package var peer: UInt32
    /// What the limiter calls this user and source.
    package var ticket: LimiterTicket
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
    /// Whether `auth.start` brought a password. It goes to the worker at once, so that the login is a guess from its
    /// start.
    package var bringsPassword: Bool
    /// Whether this is a re-authentication of a session of `user`: PAM must confirm exactly that name.
    package var isReauthentication: Bool

    /// A login as `auth.start` asks for it.
    package init(
        connection: UInt64, peer: UInt32, ticket: LimiterTicket, user: String, service: String, realm: String,
        rules: LoginRules, timeout: Duration? = nil, bringsPassword: Bool = false, isReauthentication: Bool = false
    ) {
        self.connection = connection
        self.peer = peer
        self.ticket = ticket
        self.user = user
        self.service = service
        self.realm = realm
        self.rules = rules
        self.timeout = timeout
        self.bringsPassword = bringsPassword
        self.isReauthentication = isReauthentication
    }
}
