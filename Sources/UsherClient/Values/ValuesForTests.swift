internal import UsherNames
internal import UsherWire

// Values made by hand, for tests of a tool without a daemon. A daemon knows none of them; the product UsherTesting
// starts a real one. A value that is just its members has its initialiser beside them.

extension Session {
    /// A session for a test. Times that are not given are those of a session that has just begun and lives for a day.
    public init(
        handle: SessionHandle, user: String, uid: UInt32? = nil, realm: String = "default", service: String = "default",
        created: UnixTime, authenticated: UnixTime? = nil, lastSeen: UnixTime? = nil, idleExpires: UnixTime? = nil,
        expires: UnixTime? = nil, methods: [String] = ["pwd"], context: [String: String] = [:],
        data: SessionData = [:], version: Int64 = 1
    ) {
        let end = expires ?? UnixTime(seconds: created.seconds + 86_400)
        let figures = SessionFigures(
            handle: handle.wire, uid: uid, created: created.seconds,
            authenticated: (authenticated ?? created).seconds, lastSeen: (lastSeen ?? created).seconds,
            idleExpires: (idleExpires ?? end).seconds, expires: end.seconds, version: version)
        self.init(
            SessionRecord(
                figures: figures, realm: realm, service: service, user: user, methods: methods, context: context,
                data: Dictionary(data.map { (ByteText($0.key), $0.value) }) { $1 }))
    }
}

extension Challenge {
    /// A challenge for a test. A client that answers it fails as ``UsherError/Code/connectionLost``.
    public init(_ prompts: [Prompt], purpose: Purpose = .login) {
        self.purpose = purpose
        self.prompts = prompts
        transaction = .random()
        // Connections are counted from 1; none has this number.
        connection = .max
        deadline = .never
    }
}

extension Challenge.Prompt {
    /// A prompt for a test.
    public init(_ style: Challenge.Style, _ text: String, isCut: Bool = false) {
        self.style = style
        self.text = text
        self.isCut = isCut
    }
}

extension UsherError {
    /// An error as a call would throw it.
    public init(
        _ code: Code, retryAfter: Duration? = nil, messages: [Challenge.Prompt] = [], pending: PendingChange? = nil
    ) {
        self.init(code, retryAfter: retryAfter, messages: messages, detail: "")
        self.pending = pending
    }
}

extension SessionEvent {
    /// An event for a test.
    public init(
        _ kind: Kind, at: UnixTime, handle: SessionHandle? = nil, realm: String? = "default",
        service: String? = "default", user: String? = nil, reason: String? = nil, detail: String? = nil,
        source: String? = nil, client: String? = nil, host: String? = nil
    ) {
        self.kind = kind
        self.at = at
        (self.handle, self.realm, self.service, self.user) = (handle, realm, service, user)
        (self.reason, self.detail) = (reason, detail)
        (self.source, self.client, self.host) = (source, client, host)
    }
}

extension ServerInfo {
    /// The answer of a daemon, for a test.
    public init(
        server: String = "usherd", peer: Peer, roles: [String], services: [String], limits: [String: Int64] = [:],
        lifetimes: [String: Lifetime] = [:], cluster: Cluster? = nil
    ) {
        self.server = server
        protocolVersion = 1
        self.peer = peer
        self.roles = roles
        self.services = services
        self.limits = limits
        self.lifetimes = lifetimes
        self.cluster = cluster
        era = nil
    }
}
