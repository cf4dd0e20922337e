/// Where a login comes from, as far as the throttle is concerned.
package struct LoginSource: Hashable, Sendable {
    /// The uid under which the peer's shares are counted.
    package var peer: UInt32
    /// The network of the address that a trusted peer relays (`context.remote_ip`), in its one text: an IPv4 address or
    /// an IPv6 /64. Nil for the peer itself.
    package var address: String?
    /// The same of an address that the peer gives and is not trusted with. It shares out places and no more.
    package var claim: String?

    /// A peer, an address that it relays, or one that it claims.
    package init(peer: UInt32, address: String? = nil, claim: String? = nil) {
        self.peer = peer
        self.address = address
        self.claim = claim
    }
}

/// What the throttle calls a user and a source: keyed hashes, of no meaning elsewhere.
package struct ThrottleTicket: Hashable, Sendable {
    /// Hash of realm and folded name.
    let name: UInt64
    /// Hash of the source.
    let source: UInt64
    /// Hash of whoever shares places (`LoginLimits.perSource`): the peer and the address that it gives, believed or not,
    /// for a lie harms none but the peer's own users; without one the peer and the name, lest one stranger at the tool
    /// takes the places of all.
    let place: UInt64
    /// Hash of the peer.
    let peer: UInt64
    /// Whether the user had succeeded from the source when the ticket was made.
    let known: Bool

    /// A ticket of these hashes; `Throttle.ticket` makes the real ones.
    package init(name: UInt64, source: UInt64, place: UInt64, peer: UInt64, known: Bool) {
        self.name = name
        self.source = source
        self.place = place
        self.peer = peer
        self.known = known
    }

    /// Whether guesses under both tickets count against the same counter.
    func sharesCounter(with other: ThrottleTicket) -> Bool {
        name == other.name && known == other.known && (!known || source == other.source)
    }
}

/// Whether a login may begin.
package enum ThrottleAdmission: Hashable, Sendable {
    /// It may.
    case admitted
    /// `rate_limited`; the duration is when to try again.
    case refused(retryAfter: Duration)
}

/// What a `complete` step says of the past.
package struct LoginHistory: Hashable, Sendable {
    /// Failures under this name since its last success, from anywhere.
    package var failures: Int
    /// The last success, since boot; nil if none is remembered.
    package var lastLogin: Duration?

    /// A past of so many failures after a success.
    package init(failures: Int, lastLogin: Duration?) {
        self.failures = failures
        self.lastLogin = lastLogin
    }
}

/// A name with failures or a wait, for `limiter.list`.
package struct ThrottleEntry: Hashable, Sendable {
    /// The name, where somebody has succeeded under it and it fits 64 bytes; nil otherwise (people type passwords
    /// into the name field).
    package var user: String?
    /// The realm of `user`; nil with it.
    package var realm: String?
    /// Failures in a row from sources that the user has not succeeded from.
    package var failures: Int
    /// The most failures in a row from one of the user's own sources.
    package var failuresOfKnownSources: Int
    /// The wait that a new source has before it, zero for none.
    package var retryAfter: Duration
    /// Whether the cap is reached, so that only clearing helps.
    package var isCapped: Bool

    /// The most failures in a row from anywhere.
    var worst: Int { max(failures, failuresOfKnownSources) }
}
