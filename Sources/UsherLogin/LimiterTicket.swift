/// Where a login comes from, as far as the limiter is concerned.
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

    /// What is known of the address.
    enum Origin: Hashable, Sendable {
        /// It is relayed by a peer that is trusted with it.
        case believed
        /// Its peer may have invented it.
        case claimed
        /// There is none.
        case none
    }

    var origin: Origin { address != nil ? .believed : claim != nil ? .claimed : .none }
}

/// What the limiter calls a user and a source: keyed hashes, of no meaning elsewhere.
package struct LimiterTicket: Hashable, Sendable {
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
    /// What is known of the address that it comes from.
    let origin: LoginSource.Origin
    /// Whether the user had succeeded from the source when the ticket was made.
    let known: Bool

    /// A ticket of these hashes; `Limiter.ticket` makes the real ones.
    package init(name: UInt64, source: UInt64, place: UInt64, peer: UInt64, known: Bool) {
        self.init(name: name, source: source, place: place, peer: peer, origin: .believed, known: known)
    }

    init(name: UInt64, source: UInt64, place: UInt64, peer: UInt64, origin: LoginSource.Origin, known: Bool) {
        self.name = name
        self.source = source
        self.place = place
        self.peer = peer
        self.origin = origin
        self.known = known
    }

    /// The same source under another name, from which its user has succeeded or not.
    func under(_ name: UInt64, known: Bool) -> LimiterTicket {
        LimiterTicket(name: name, source: source, place: place, peer: peer, origin: origin, known: known)
    }

    /// Whether guesses under both tickets count against the same counter. Those at a name through one peer do, whatever
    /// addresses it claims.
    func sharesCounter(with other: LimiterTicket) -> Bool {
        guard name == other.name, (origin == .claimed) == (other.origin == .claimed) else { return false }
        if origin == .claimed { return peer == other.peer }
        return known == other.known && (!known || source == other.source)
    }
}

/// Whether a login may begin.
package enum LimiterAdmission: Hashable, Sendable {
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
