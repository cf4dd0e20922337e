/// The bounds of a table of logins.
package struct LoginLimits: Hashable, Sendable {
    /// When a client that found the table full should try again: the time that a refusal is held by default.
    package static let retryAfter = Duration.seconds(1)

    /// Logins that hold a worker.
    package var open: Int
    /// The same of one peer, whatever its sources say; half of `open` leaves room for others.
    package var openPerPeer: Int
    /// Logins of one peer and source, those with a refusal on its way included.
    package var perSource: Int
    /// Logins that only wait for a release or a late answer.
    package var closing: Int

    /// The public contract's defaults: 64 open, 4 per peer and source.
    package init(open: Int = 64, perSource: Int = 4) {
        self.open = open
        self.openPerPeer = max(open / 2, 1)
        self.perSource = perSource
        self.closing = open * 4
    }
}

/// Why an event of a client could not be taken.
package enum LoginMisfit: Error, Hashable, Sendable {
    /// `busy`: no place, for all or for this source.
    case full(retryAfter: Duration)
    /// `no_such_transaction`: unknown, ended, or of another connection.
    case noSuchTransaction
    /// Invalid parameters: not as many answers as were asked for, or none are. Nothing has changed.
    case unexpectedAnswers
}
