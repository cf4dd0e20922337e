internal import CLinux
internal import UsherNames
package import UsherWire

/// Something that happened to a session, or to a login.
public struct SessionEvent: Sendable {
    /// What happened. It is a struct with constants and not an enum, so that a later version can add one.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        let wire: EventKind

        /// A session began.
        public static let created = Self(wire: .created)
        /// A login was refused. Only those with the role `admin` are told.
        public static let refused = Self(wire: .refused)
        /// A session has a new token; the reason is `login` where its user has proved again who they are.
        public static let rotated = Self(wire: .rotated)
        /// A session's data was changed.
        public static let updated = Self(wire: .updated)
        /// A session was ended.
        public static let revoked = Self(wire: .revoked)
        /// A session ended because its time was over.
        public static let expired = Self(wire: .expired)
        /// Events were lost here: look at the sessions that matter to you, for example by validating their tokens.
        public static let gap = Self(wire: .gap)

        /// All kinds, in the protocol's order.
        public static let all = EventKind.allCases.map { Self(wire: $0) }

        /// The kind of that name in the protocol; nil when there is none.
        public init?(name: String) {
            guard let wire = EventKind.allCases.first(where: { $0.name.description == name }) else { return nil }
            self.wire = wire
        }

        init(wire: EventKind) { self.wire = wire }

        /// The stable name in the protocol.
        public var name: String { wire.name.description }
        /// The name.
        public var description: String { name }
    }

    /// What happened.
    public let kind: Kind
    /// When.
    public let at: UnixTime
    /// The session's public name; nil for an event without a session, such as a refused login.
    public let handle: SessionHandle?
    /// The session's realm.
    public let realm: String?
    /// The service that the user logged in through.
    public let service: String?
    /// The user's canonical name. For a refused login nil, unless PAM has proven the account or somebody has logged in
    /// under that name before.
    public let user: String?
    /// Why, in one word of the protocol; for a gap `reconnected` or `overflow`.
    public let reason: String?
    /// What about the account ended the session, in one word of the protocol; nil where the reason is not `account`.
    public let detail: String?
    /// The address of the refused login, as the client named it; nil if the client named none or may not name one. Only
    /// refused logins have it.
    public let source: String?
    /// The name of the daemon's configuration entry that matched the client that asked. Only refused logins have it.
    public let client: String?
    /// The host that ended the session, of hosts that share it; nil where that is the daemon's own, or is not known.
    public let host: String?

    /// What the daemon told; nil for a kind of a newer daemon.
    package init?(_ event: UsherWire.Event) {
        guard let kind = event.kind else { return nil }
        self.kind = Kind(wire: kind)
        at = UnixTime(seconds: event.at)
        handle = event.handle.map { SessionHandle($0) }
        (realm, service, user) = (event.realm, event.service, event.user)
        (reason, detail) = (event.reason, event.detail)
        (source, client, host) = (event.source, event.client, event.host)
    }

    /// A gap that this library found, at the present time.
    private init(gap reason: String) {
        kind = .gap
        at = UnixTime(seconds: usher_realtime() / 1_000_000_000)
        self.reason = reason
        (handle, realm, service, user, detail, source, client, host) = (nil, nil, nil, nil, nil, nil, nil, nil)
    }

    /// The connection was lost, and is back.
    static var reconnected: SessionEvent { SessionEvent(gap: "reconnected") }
    /// The events came faster than they were taken.
    static var overflowed: SessionEvent { SessionEvent(gap: "overflow") }
}
