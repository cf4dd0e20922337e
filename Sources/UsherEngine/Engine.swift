internal import UsherCluster
package import UsherLogin
internal import UsherSecrets
package import UsherSessions
package import UsherWire

/// What usherd knows and decides: requests in, answers out, without a system call of its own.
///
/// It holds the ledger, the logins in progress and the limiter, and speaks to the world through ``EngineHost``. The
/// protocol promises that requests which show the same token take effect in the order in which they were sent, and that
/// a request which is sent after an answer sees its effect. The engine gives more than that: requests of a connection
/// take effect in the order of their arrival. Handlers are synchronous: one that cannot answer yet takes up a
/// ``PendingReply``, and its answer comes through ``EngineHost/deliver(_:to:)``. Everything runs on one thread, so that
/// a revocation that was answered holds for every request that is handled after it, whoever sent it.
package final class Engine {
    unowned let host: any EngineHost
    /// Name and version that `server.hello` tells.
    let serverName: String
    var configuration: Configuration
    package internal(set) var policy: Policy
    var services: ServiceTable
    let clock: () -> Moment
    var ledger: Ledger
    var limiter: Limiter
    var logins: LoginTable<LoginContext>
    var transactions = BrokerTransactions()
    /// Codes that were claimed here.
    var claims = ClaimTable()
    /// The era of codes that no other host claims: another one after each start, which forgets them.
    let ownEra = Int64(Random.word() >> 11) | 1
    var accounts = AccountWatch()
    var brake = AccountBrake()
    /// The work of a refusal, by PAM service. Only configured services have an entry.
    var refusalWork: [String: RefusalWork] = [:]
    var now: Moment
    /// What the frame that is handled has cost so far, beyond a usual one. Validations leave it alone.
    var work = 0
    var statistics = Statistics()
    var guesses = TokenGuesses()
    /// Requests whose answers nobody owes any more, until the end of the turn.
    let dropped = DroppedReplies()
    /// The buffer of an answer that is given outside a turn of its connection.
    var outbox = FrameBuffer(capacity: 2 * (WireLimit.header + WireLimit.frame))
    var subscribers = Subscribers()
    /// Where an event is written, once for all who get it: names of at most 256 bytes each, escaped.
    var event = FrameBuffer(capacity: 4096)
    private(set) var peers: [Peer?] = []
    var deadlines = Deadlines()
    /// When the journal was last told that the ledger is nearly full, in nanoseconds of CLOCK_BOOTTIME.
    var toldFilling: Int64?
    /// Logins in progress at the end of the last turn: they are not counted in a turn that changes none.
    var openLogins = 0
    /// The status that the host was told last.
    var toldStatus = EngineStatus()
    /// The hosts that share sessions with this one; nil where there is no `[cluster]`.
    package internal(set) var cluster: Cluster?
    /// Until when every session that the ledger has is accepted, in nanoseconds of CLOCK_BOOTTIME: the end of the
    /// lease, 0 while copies are in doubt, and never over without a cluster.
    var sharedUntil = Int64.max
    /// Whether there is a `[cluster]`. Each access to ``cluster`` costs a check for exclusivity; a daemon without a
    /// cluster is spared that.
    var sharesSessions: Bool { sharedUntil != .max }
    /// The token of the request that is handled is of no session here, and may be of one that another host has.
    var missing: TokenDigest?
    /// What the store was found to have of the session of the token, if the request that is handled has waited for
    /// that.
    var fetched: ClusterAnswer?
    /// The update that is handled, if it was handled before.
    var repeatedUpdate: RepeatedUpdate?
    /// Whether the daemon is on its way out.
    var isDraining = false
    /// Names of uid 0, for whom no session is ever issued.
    var rootNames: Set<String>
    /// Whether a frame since the last `takeSensitivity` held a secret, or may have held one because it cannot be read.
    private var sensitive = false

    /// An engine over an empty or adopted ledger. Throws where the configured services do not fit the ledger's labels.
    package init(
        serverName: String, configuration: Configuration, rootNames: Set<String> = ["root"],
        ledger: consuming Ledger, limiter: consuming Limiter, host: any EngineHost, clock: @escaping () -> Moment
    ) throws(LedgerError) {
        self.serverName = serverName
        self.configuration = configuration
        self.rootNames = rootNames
        policy = Policy(configuration)
        self.host = host
        self.clock = clock
        self.limiter = limiter
        services = try ServiceTable(configuration.services, in: &ledger)
        self.ledger = ledger
        self.ledger.memoryLimit = configuration.limits.memory
        logins = LoginTable(
            limits: LoginLimits(open: configuration.limits.logins, perSource: configuration.limits.loginsPerSource))
        now = clock()
        self.limiter.namesPerSource = configuration.limits.namesPerSource
        statistics.started = now.nanoseconds
        deadlines[.session] = self.ledger.count > 0 ? now.nanoseconds : nil
        beginAccountWatch()
    }

    func peer(_ id: ConnectionID) -> Peer? {
        guard Int(id.index) < peers.count, let peer = peers[Int(id.index)], peer.id == id else { return nil }
        return peer
    }
}

// MARK: Frames

extension Engine: FrameHandler {
    package func beginTurn() {
        now = clock()
        statistics.turns.begin(statistics.validations)
    }

    package func receivedLast() {
        // The lease may have ended while the frames waited in their sockets.
        if sharesSessions { now = clock() }
    }

    package func endTurn() {
        settleDeadline()
        statistics.endTurn { clock().nanoseconds - now.nanoseconds }
    }

    package func owner(of credentials: PeerCredentials) -> ConnectionOwner {
        policy.owner(uid: credentials.uid, gid: credentials.gid, groups: credentials.groups)
    }

    package func user(of uid: UInt32) -> UInt32 { policy.user(of: uid) }

    package func connected(_ id: ConnectionID, _ credentials: PeerCredentials) {
        let explanation = policy.explain(
            uid: credentials.uid, gid: credentials.gid, groups: credentials.groups)
        while peers.count <= Int(id.index) { peers.append(nil) }
        peers[Int(id.index)] = Peer(
            id: id, credentials: credentials, user: policy.user(of: credentials.uid), explanation: explanation,
            realms: services.realms(of: explanation.grant))
        statistics.connections += 1
        statistics.openConnections += 1
        settleStatus()
    }

    package func owesAnswers(to id: ConnectionID) -> Bool { peer(id)?.replies.isEmpty == false }

    package func closed(_ id: ConnectionID) {
        guard peer(id) != nil else { return }
        peers[Int(id.index)] = nil
        subscribers.remove(id)
        statistics.openConnections -= 1
        now = clock()
        cluster?.parked.connectionClosed(id)
        if logins.hasLogins(of: id.word) { endLogins(of: id) }
        settleDeadline()
    }

    private func endLogins(of id: ConnectionID) {
        for login in logins.all where login.start.connection == id.word { login.context.reply = nil }
        for decision in logins.connectionClosed(id.word, now: now.sinceBoot) { perform(decision) }
    }

    package func takeSensitivity() -> Bool {
        defer { sensitive = false }
        return sensitive
    }

    package func refusedLength(from id: ConnectionID, answers: inout FrameBuffer) {
        sensitive = true
        refuse(Refusal(.parse), to: .null, &answers)
    }

    package func received(
        _ body: Range<Int>, of bytes: Span<UInt8>, in batch: inout FrameBatch, from id: ConnectionID,
        answers: inout FrameBuffer
    ) -> FrameResult {
        guard let peer = peer(id) else { return FrameResult(.close) }
        if let due = batch.due() { ledger.lookAhead(batch.digests, due) }
        statistics.requests += 1
        if let validation = batch.take(at: body.lowerBound) {
            return FrameResult(handle(validation.request, validation.digest, body, bytes, peer, &answers))
        }
        let request = Request(bytes, body: body)
        if let fault = request.fault {
            sensitive = true
            refuse(Refusal(fault), to: request.storedID(in: bytes), &answers)
            return FrameResult(fault.closesConnection ? .close : .next)
        }
        work = 0
        let outcome = handle(request, body, bytes, peer, &answers)
        return FrameResult(outcome, work: work)
    }

    /// A `session.validate` that was read ahead.
    @inline(__always)
    private func handle(
        _ request: Request, _ digest: TokenDigest, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer,
        _ answers: inout FrameBuffer
    ) -> FrameOutcome {
        do throws(Refusal) {
            try check(request, MethodRow(of: .validate).role, bytes, peer)
            try validate(request, digest, bytes, peer, &answers)
            return .next
        } catch {
            return refuseOrPark(request, error, body, bytes, peer, &answers)
        }
    }

    /// Refuses a request, unless the session of its token may be on another host: then it waits for that.
    private func refuseOrPark(
        _ request: Request, _ refusal: Refusal, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer,
        _ answers: inout FrameBuffer
    ) -> FrameOutcome {
        if let digest = missing.take() { return park(request, on: digest, body, bytes, peer, &answers) }
        refuse(refusal, to: request.storedID(in: bytes), &answers)
        return .next
    }

    /// Any other request, by its row.
    func handle(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) -> FrameOutcome {
        let row = MethodRow(of: request.method)
        if row.handlesSecrets { sensitive = true }
        if request.isNotification { return .next }
        do throws(Refusal) {
            try check(request, row.role, bytes, peer)
            work += MethodWork.base(of: request.method)
            switch row.handler {
            case .answers(let handler):
                try handler(self, request, bytes, peer, &answers)
                return .next
            case .answersOrWaits(let handler):
                try handler(self, request, body, bytes, peer, &answers)
            case .answersWithBoard(let handler):
                try handler(self, request, bytes, peer, &answers)
                return .nextWithBoard
            case .answersLater(let handler):
                try handler(self, request, bytes, peer)
            }
            return peer.replies.count < configuration.limits.inFlight ? .next : .pause
        } catch {
            return refuseOrPark(request, error, body, bytes, peer, &answers)
        }
    }

    @inline(__always)
    private func check(
        _ request: Request, _ role: RequiredRole, _ bytes: Span<UInt8>, _ peer: Peer
    ) throws(Refusal) {
        if !peer.replies.isEmpty, peer.replies.contains(request.storedID(in: bytes)) {
            throw Refusal(.invalidRequest)
        }
        guard peer.mayUse(role) else {
            throw forbidden(request.method, peer, lacks: role.lacking(peer.grant.roles))
        }
    }

    /// The refusal of a method for which `peer` needs one of `lacks`, and its entry in the journal.
    func forbidden(_ method: Method, _ peer: Peer, lacks: [String]) -> Refusal {
        let missing = MissingRight(
            method: method.name.description, lacks: lacks, uid: peer.credentials.uid, entry: peer.explanation.entry,
            roles: peer.grant.roles.names)
        host.record(.forbidden(missing, peer: peer.credentials))
        return Refusal(missing)
    }

    /// A method that is none of the protocol's.
    func refuseUnknownMethod(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        throw Refusal(.unknownMethod)
    }

    /// Writes the error that answers `id`, `more` into its data. It always fits: callers keep room for a frame.
    func refuse(
        _ refusal: Refusal, to id: WireRequestID, _ answers: inout FrameBuffer,
        _ more: (inout FrameBuffer) -> Void = { _ in }
    ) {
        statistics.refusals += 1
        _ = answers.writeError(refusal.code, to: id, retryAfter: refusal.retryAfter) { answers in
            if let missing = refusal.missing { answers.missingRight(missing) }
            if let quota = refusal.quota { answers.quota(quota) }
            if let pending = refusal.pending { answers.pending(pending) }
            more(&answers)
        }
    }

    /// Writes a result by `body`. Our limits make every result fit a frame; a result that does not fit becomes an
    /// error.
    @inline(__always)
    func answer(
        _ request: Request, _ bytes: Span<UInt8>, _ answers: inout FrameBuffer, _ body: (inout FrameBuffer) -> Void
    ) {
        answers.beginAnswer(to: request, in: bytes)
        body(&answers)
        if answers.endAnswer() != .written { refuse(Refusal(.internal), to: request.storedID(in: bytes), &answers) }
    }
}
