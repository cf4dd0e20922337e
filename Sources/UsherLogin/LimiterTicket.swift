/// Where a login comes from, as far as the limiter is concerned.
package struct LoginSource: Hashable, Sendable {
    /// The uid under which the peer's shares are counted.
    package var peer: UInt32
    /// The network of the address that a trusted peer relays (`context.remote_ip`), as canonical text: an IPv4 address
    /// or an IPv6 /64. Nil for the peer itself.
    package var address: String?
    /// The network of an address that a peer claims without being trusted with it. It has its own places and counters
    /// (`Limiter+Claims.swift`), but no user is at home there.
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

/// A user and a source as the limiter knows them: keyed hashes, which mean nothing elsewhere.
package struct LimiterTicket: Hashable, Sendable {
    /// Hash of realm and folded name.
    let name: UInt64
    /// Hash of the source.
    let source: UInt64
    /// Hash of those who share places (`LoginLimits.perSource`). With an address, believed or not, it covers peer and
    /// address: a false address harms only the peer's own users. Without one, it covers peer and name, so that one
    /// stranger at the tool does not take the places of all.
    let place: UInt64
    /// Hash of the peer.
    let peer: UInt64
    /// Whether the source has an address, and whether it is believed.
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

    /// The same source under another name. `known` says whether the user of that name has succeeded from it.
    func under(_ name: UInt64, known: Bool) -> LimiterTicket {
        LimiterTicket(name: name, source: source, place: place, peer: peer, origin: origin, known: known)
    }

    /// Whether failures under both tickets count in the same counter. With claimed addresses, all tickets for a name
    /// through one peer do.
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
