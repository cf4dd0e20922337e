internal import UsherCluster
internal import UsherLogin
internal import UsherNames
internal import UsherSessions
internal import UsherWire

/// `server.*`.
extension Engine {
    func hello(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        _ = try HelloParams(request, in: bytes)
        let limits = configuration.limits
        let frame = owner(of: peer.credentials).isOutsider ? WireLimit.outsiderFrame : WireLimit.frame
        let hello = Hello(
            server: serverName, peerUID: peer.credentials.uid, peerGID: peer.credentials.gid,
            peerPID: peer.credentials.pid, roles: peer.grant.roles.names, services: peer.grant.services.map(\.name),
            limits: [
                Figure("frame", Int64(frame)), Figure("in_flight", Int64(limits.inFlight)),
                Figure("context", Int64(WireLimit.contextBytes)), Figure("data", Int64(WireLimit.dataBytes)),
                Figure("tokens", Int64(WireLimit.tokens)), Figure("sessions_per_user", Int64(limits.sessionsPerUser)),
                Figure("logins", Int64(LoginLimits.ofPeer(limits.logins))),
            ],
            lifetimes: peer.grant.services.compactMap { services.named($0.name).map { ServiceLifetime($0.service) } },
            cluster: cluster?.hello, era: era(of: peer))
        answer(request, bytes, &answers) { $0.result(hello) }
    }

    func ping(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        answer(request, bytes, &answers) { $0.emptyObject() }
    }

    func stats(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try StatsParams(request, in: bytes)
        let figures = figures + host.figures
        let services = parameters.wantsServices ? serviceFigures : nil
        answer(request, bytes, &answers) { $0.statistics(figures, services) }
    }

    /// The engine's figures of `server.stats`, as PROTOCOL.md lists them.
    var figures: [Figure] { sessionFigures + requestFigures + loginFigures + statistics.turns.figures + clusterFigures }

    private var sessionFigures: [Figure] {
        let counters = ledger.counters
        return [
            Figure("sessions", Int64(ledger.count)),
            Figure("capacity", Int64(ledger.geometry.capacity)),
            Figure("sessions_created", Int64(clamping: counters.created)),
            Figure("sessions_rotated", Int64(clamping: counters.rotated)),
            Figure("sessions_reauthenticated", Int64(clamping: counters.reauthenticated)),
            Figure("sessions_updated", Int64(clamping: counters.updated)),
            Figure("sessions_expired", Int64(clamping: counters.expired)),
            Figure("sessions_revoked", Int64(clamping: counters.revoked)),
            Figure("sessions_evicted", Int64(clamping: counters.evicted)),
            Figure("sessions_dropped", Int64(clamping: counters.dropped)),
            Figure("sessions_memory_bytes", Int64(ledger.memoryUsed)),
            Figure("sessions_memory_limit_bytes", Int64(clamping: ledger.memoryLimit)),
            Figure("memory_unlocked_bytes", Int64(ledger.unlockedBytes)),
        ] + AccountEnd.allCases.map { Figure("sessions_account_\($0.name)", Int64(clamping: counters.ended($0))) }
    }

    /// Nothing where the host shares no sessions.
    private var clusterFigures: [Figure] {
        guard let cluster else { return [] }
        let left = max(0, Int64(clamping: cluster.host.lease.nanoseconds) - now.nanoseconds)
        return [
            Figure("cluster_members", Int64(cluster.host.memberCount)), Figure("cluster_lease_ms", left / 1_000_000),
            Figure("cluster_sessions", Int64(ledger.sharedCount)),
            Figure("cluster_fetches", Int64(clamping: cluster.fetches)),
            Figure("cluster_unavailable", Int64(clamping: cluster.unavailable)),
            Figure("cluster_waiting", Int64(cluster.waitingCount)),
        ]
    }

    private var requestFigures: [Figure] {
        [
            Figure("uptime", (now.nanoseconds - statistics.started) / 1_000_000_000),
            Figure("connections", Int64(statistics.openConnections)),
            Figure("connections_accepted", Int64(clamping: statistics.connections)),
            Figure("requests", Int64(clamping: statistics.requests)),
            Figure("requests_refused", Int64(clamping: statistics.refusals)),
            Figure("validations", Int64(clamping: statistics.validations)),
            Figure("validations_failed", Int64(clamping: statistics.validationsFailed)),
            Figure("tokens_refused", Int64(clamping: statistics.tokensRefused)),
            Figure("subscribers", Int64(subscribers.count)),
            Figure("subscribers_cut_off", Int64(clamping: statistics.subscribersCutOff)),
        ]
    }

    private var loginFigures: [Figure] {
        let working = logins.all.count { $0.holdsWorker && $0.context.worker != nil }
        return [
            Figure("logins_open", Int64(logins.count)),
            Figure("logins_started", Int64(clamping: statistics.loginsStarted)),
            Figure("logins_succeeded", Int64(clamping: statistics.loginsSucceeded)),
            Figure("logins_refused", Int64(clamping: statistics.loginsRefused)),
            Figure("logins_undecided", Int64(clamping: statistics.loginsUndecided)),
            Figure("logins_queued", Int64(logins.open - working)),
            Figure("workers", Int64(working)),
            Figure("account_checks", Int64(clamping: statistics.accountChecks)),
            Figure("account_checks_undecided", Int64(clamping: statistics.accountChecksUndecided)),
            Figure("account_services_held", Int64(heldServices.count)),
            Figure("limiter_names", Int64(limiter.entries)),
            Figure("limiter_failures", Int64(clamping: statistics.limiterFailures)),
        ] + statistics.loginReasons.figures + statistics.workerEnds.figures
    }
}

extension Cluster {
    /// What `server.hello` says.
    fileprivate var hello: HelloCluster {
        HelloCluster(
            name: settings.name, host: settings.host, lease: settings.lease.wholeNanoseconds / 1_000_000)
    }
}

extension ServiceLifetime {
    /// The lifetimes of a configured service.
    fileprivate init(_ service: Service) {
        self.init(
            service: service.name, idle: service.idle.wholeNanoseconds / 1_000_000,
            absolute: service.absolute.wholeNanoseconds / 1_000_000)
    }
}
