/// The bounds of a table of logins.
package struct LoginLimits: Hashable, Sendable {
    /// When a client that found the table full should try again: the time that a refusal is held by default.
    package static let retryAfter = Duration.seconds(1)

    /// One in this many places is for root's logins only.
    static let rootShare = 16
    /// One in this many places of a peer is for logins from sources that are known for their name only.
    static let knownShare = 4

    /// How many of `places` one peer may take.
    package static func ofPeer(_ places: Int) -> Int { max(places / 2, 1) }

    /// Logins with a worker. One peer has at most half of them, whatever addresses it gives, and three quarters of this
    /// half from sources that are not known.
    package var open: Int
    /// Logins of one peer and address, or of one peer and name where the peer gives no address (`LimiterTicket.place`).
    /// Logins with a refusal on its way count as well.
    package var perSource: Int
    /// Logins with a refusal on its way, at most half of them of one peer. It is also the limit of reasons kept for
    /// late answers.
    package var closing: Int

    /// The public contract's defaults: 64 open, 4 per peer and source.
    package init(open: Int = 64, perSource: Int = 4) {
        self.open = open
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
