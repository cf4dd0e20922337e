/// Why a login ends without a session: the part of the protocol's errors that a login can end in.
package enum LoginRefusal: Hashable, Sendable {
    /// Wrong password, unknown user, locked: one answer for all of them.
    case denied
    /// The password was right but must be changed first, and this service does not change passwords.
    case passwordChangeRequired
    /// The password was right but the account has expired.
    case accountExpired
    /// The password was right but the account phase, or our own rule on root and accounts, says no.
    case notPermitted
    /// The new password was not taken.
    case changeFailed
    /// Too many logins at once, or another one got the place of this one, in which nothing had been answered; the
    /// duration is when to try again.
    case busy(retryAfter: Duration)
    /// The stack could not be asked or broke down.
    case unavailable
    /// A deadline passed: the client's own, the service's, or the human's.
    case timeout
    /// Given up by the client, by a module's conversation, or because the user's sessions were revoked.
    case cancelled
}

/// Why the worker ended without a verdict, as the broker or the link to it says.
package enum WorkerFailure: Hashable, Sendable {
    /// No broker, or it lost the worker: crashed, killed, no verdict.
    case unavailable
    /// The broker ended the worker at its deadline.
    case timeout
    /// The broker's queue is full; nothing was started.
    case busy(retryAfter: Duration)
}
