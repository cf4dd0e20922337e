internal import UsherLogin
internal import UsherNames
internal import UsherSessions
internal import UsherWire

/// A login without a session, as counters, journal and subscribers hear of it.
struct RefusedLogin {
    /// The name as entered, or the session's user.
    let user: String
    /// The service's name; the name in the request if no service was found.
    let service: String
    /// The realm whose subscribers hear of it; nil where the peer may use none.
    let realm: (id: RealmID, name: String)?
    /// What the limiter calls user and source, if the login got that far.
    var ticket: LimiterTicket?
    /// The peer that asked.
    let peer: UInt32
    /// Phase and code of PAM's verdict, if there was one.
    var outcome: String?
    /// The process that asked PAM, if there was one.
    var worker: Int32?
    /// Where it came from.
    var origin: LoginOrigin
    /// The account's name, where PAM has proven that it was its owner.
    var provenName: String?

    /// A login in a configured service.
    init(
        user: String, service: ServiceTable.Entry, ticket: LimiterTicket, peer: UInt32, origin: LoginOrigin,
        outcome: String? = nil, worker: Int32? = nil
    ) {
        self.user = user
        self.service = service.service.name
        realm = (service.realm, service.service.realm)
        self.ticket = ticket
        self.peer = peer
        self.origin = origin
        self.outcome = outcome
        self.worker = worker
    }

    /// A login in a service that the peer may not use. Subscribers of the service's realm hear of it. If no such
    /// service is configured, subscribers of the realm of the peer's first service do.
    init(user: String, unknown service: String?, _ services: ServiceTable, _ peer: Peer, _ origin: LoginOrigin) {
        let entry = service.flatMap(services.named) ?? peer.grant.service(nil).flatMap { services.named($0.name) }
        self.user = user
        self.service = service ?? ""
        realm = entry.map { ($0.realm, $0.service.realm) }
        self.peer = peer.credentials.uid
        self.origin = origin
    }
}

/// Every login without a session ends here, also one that ends before PAM is asked or after its client has gone.
extension Engine {
    /// Counts the login, writes its journal entry, and tells subscribers.
    func note(_ login: RefusedLogin, _ code: ErrorCode) {
        statistics.loginsRefused += 1
        statistics.loginReasons.count(code)
        if services.named(login.service) != nil {
            statistics.services[login.service, default: ServiceCounters()].refused += 1
        }
        let name = knownName(of: login)
        host.record(
            .loginRefused(
                user: name, service: login.service, reason: code.reason.description,
                pam: login.outcome, worker: login.worker, peer: login.peer, from: login.origin))
        tellRefusal(of: login, under: name, code)
    }

    /// The login has left the table: notes that, and answers the request that waits, if there is one.
    func end(_ login: EngineLogin, _ refusal: Refusal, _ texts: [PAMPrompt] = []) {
        let context = login.context
        var refused = RefusedLogin(
            user: login.start.user, service: context.service, ticket: login.start.ticket,
            peer: context.credentials.uid, origin: context.origin, outcome: context.outcome, worker: context.worker)
        refused.provenName = context.provenName
        note(refused, refusal.code)
        refuse(login, refusal, texts)
    }

    /// The name of a refused login, where PAM has proven it or somebody has logged in under it. Any other may be a
    /// password that was typed into the wrong field: neither the journal nor subscribers see it, and the limiter keeps
    /// none.
    private func knownName(of login: RefusedLogin) -> String? {
        if let proven = login.provenName { return proven }
        if let ticket = login.ticket, limiter.hasSucceeded(ticket) { return login.user }
        return ledger.user(named: Array(login.user.utf8).span) == nil ? nil : login.user
    }
}
