extension UsherError {
    /// The reasons that a call can fail for: first the daemon's own (PROTOCOL.md, Errors), then those of this side.
    ///
    /// It is a struct with constants and not an enum, so that a later version can add one without breaking a `switch`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable number: the daemon's own errors have the protocol's, those of this side begin at 2001.
        public let number: Int
        /// The stable name; for the daemon's errors the `reason` of the protocol.
        public let name: String
        /// One sentence for people.
        public let description: String

        private init(_ number: Int, _ name: String, _ description: String) {
            self.number = number
            self.name = name
            self.description = description
        }

        /// Two codes are one when their numbers are.
        public static func == (left: Code, right: Code) -> Bool { left.number == right.number }
        /// Hashes the number.
        public func hash(into hasher: inout Hasher) { hasher.combine(number) }
    }
}

// What the daemon answers.
extension UsherError.Code {
    /// The credentials were not accepted; the daemon does not say why.
    public static let denied = Self(1001, "denied", "The login was refused.")
    /// The password is right but must be changed first.
    public static let passwordChangeRequired = Self(
        1002, "password_change_required", "The password must be changed first.")
    /// The account has expired.
    public static let accountExpired = Self(1003, "account_expired", "The account has expired.")
    /// The account may not log in here or now.
    public static let notPermitted = Self(1004, "not_permitted", "The account may not log in here or now.")
    /// The new password was not taken.
    public static let changeFailed = Self(1005, "change_failed", "The password was not changed.")
    /// Too many failures; see ``UsherError/retryAfter``.
    public static let rateLimited = Self(1006, "rate_limited", "Too many attempts; wait before the next.")
    /// The daemon, or this client's queue, is full.
    public static let busy = Self(1007, "busy", "Too much is under way; try again.")
    /// The daemon cannot do this now, for example because its PAM side is away, or because it cannot reach the hosts
    /// that it shares sessions with. It never means that a session is not valid.
    public static let unavailable = Self(1008, "unavailable", "The daemon cannot do this now.")
    /// The login took longer than its transaction may.
    public static let loginTimedOut = Self(1009, "timeout", "The login took too long.")
    /// The login was cancelled, or the waiting task was.
    public static let cancelled = Self(1010, "cancelled", "The call was cancelled.")
    /// This process may not ask that.
    public static let forbidden = Self(1011, "forbidden", "This process may not do that.")
    /// The session is not there, or not any more.
    public static let noSuchSession = Self(1012, "no_such_session", "There is no such session.")
    /// The login that the challenge belongs to is over.
    public static let noSuchTransaction = Self(1013, "no_such_transaction", "There is no such login in progress.")
    /// The service is not configured, or not for this process.
    public static let unknownService = Self(1014, "unknown_service", "There is no such service.")
    /// The user or the host has too many sessions.
    public static let quotaExceeded = Self(1015, "quota_exceeded", "There are too many sessions.")
    /// The session's data has another version than the one named.
    public static let conflict = Self(1016, "conflict", "The data was changed meanwhile.")
    /// The context, the data or the frame exceeds a limit.
    public static let tooLarge = Self(1017, "too_large", "The request is too large.")
    /// The daemon does not offer it.
    public static let unsupported = Self(1018, "unsupported", "The daemon does not offer this.")
    /// The daemon found the request malformed, or does not know the method (JSON-RPC's own errors).
    public static let invalidRequest = Self(-32_600, "invalid_request", "The daemon did not take the request as it is.")
    /// The daemon failed inside (JSON-RPC −32603).
    public static let internalError = Self(-32_603, "internal", "The daemon failed inside.")
}

// Errors that this side finds. Their numbers begin at 2001 and stand in PROTOCOL.md, Errors, too; none is changed or
// used again.
extension UsherError.Code {
    /// There was no connection to the daemon's socket within the call's deadline or the client's patience, or calls
    /// before this one have waited for it in vain (``ClientConfiguration/requestPatience``).
    public static let unreachable = Self(2001, "unreachable", "The daemon could not be reached in time.")
    /// The call waited for its turn on the connection until its deadline; it was never sent.
    public static let queueTimedOut = Self(2002, "queue_timed_out", "The call did not get its turn in time.")
    /// The call was sent, and no answer came before its deadline. It may or may not have taken effect.
    public static let answerTimedOut = Self(2003, "answer_timed_out", "The daemon did not answer in time.")
    /// The connection ended after the call was sent. It may or may not have taken effect.
    public static let connectionLost = Self(2004, "connection_lost", "The connection was lost before the answer came.")
    /// The process behind the socket is not run by a user that was expected; nothing was sent to it.
    public static let untrustedServer = Self(2005, "untrusted_server", "The socket is not served by a trusted user.")
    /// The daemon's answer does not follow the protocol; the connection was closed.
    public static let protocolViolation = Self(
        2006, "protocol_violation", "The daemon's answer could not be understood.")
    /// The client was closed.
    public static let closed = Self(2007, "closed", "The client was closed.")
    /// The user has not proved lately enough who they are: see ``Session/require(maxAge:)``.
    public static let reauthenticationRequired = Self(
        2008, "reauthentication_required", "The user must log in again before this.")
    /// What the caller handed over cannot be sent, for example a name that no user can have.
    public static let invalidArgument = Self(2009, "invalid_argument", "A value cannot be sent to the daemon.")
}
