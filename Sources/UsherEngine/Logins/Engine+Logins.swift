internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// `auth.*`: from the request to the state machine and the broker.
extension Engine {
    /// Who logs in, where, and which session is re-authenticated by it.
    private struct LoginSubject {
        let user: String
        let service: ServiceTable.Entry
        let renewal: LoginContext.Renewal?
    }

    func startLogin(_ request: Request, _ bytes: Span<UInt8>, _ peer: Peer) throws(Refusal) {
        let parameters = try AuthStartParams(request, in: bytes)
        let given = parameters.context?.remoteAddress
        let (address, claim) = peer.grant.relaysSource ? (given, nil) : (nil, given)
        let origin = LoginOrigin(client: peer.explanation.entry, source: address?.text, claim: claim?.text)
        let subject = try subject(of: parameters, bytes, peer, origin)
        let source = LoginSource(
            peer: peer.user, address: address?.network.text, claim: claim?.network.text)
        let ticket = limiter.ticket(user: subject.user, realm: subject.service.service.realm, source: source)
        let login: EngineLogin
        do throws(Refusal) {
            login = try begin(subject, ticket, origin, parameters, request.storedID(in: bytes), peer)
        } catch {
            let refused = RefusedLogin(
                user: subject.user, service: subject.service, ticket: ticket, peer: peer.credentials.uid,
                origin: origin)
            note(refused, error.code)
            throw error
        }
        statistics.loginsStarted += 1
        startWorker(login, address?.text, parameters.takePassword())
    }

    private func subject(
        of parameters: borrowing AuthStartParams, _ bytes: Span<UInt8>, _ peer: Peer, _ origin: LoginOrigin
    ) throws(Refusal) -> LoginSubject {
        let user: String
        let named: String?
        let renewal: LoginContext.Renewal?
        switch parameters.who {
        case .user(let name):
            (user, named, renewal) = (name.string(in: bytes), parameters.service?.string(in: bytes), nil)
        case .token(let token):
            let (session, digest) = try renewed(by: token, peer)
            let service = services[session.service]?.service.name ?? ""
            try checkLease(of: session, digest)
            (user, named) = (ledger.userName(of: session), service)
            renewal = LoginContext.Renewal(session: session, digest: digest)
        }
        do throws(Refusal) {
            return LoginSubject(user: user, service: try service(named, of: peer), renewal: renewal)
        } catch {
            note(RefusedLogin(user: user, unknown: named, services, peer, origin), error.code)
            throw error
        }
    }

    /// The session of a token that is to be proven anew, and the digest that it is held under.
    private func renewed(
        by token: borrowing SessionToken, _ peer: Peer
    ) throws(Refusal) -> (session: Session, digest: TokenDigest) {
        let digest = TokenDigest(of: token)
        if let successor = successor(of: digest, peer) { return successor }
        return (try resolve(token, peer), digest)
    }

    /// Begins the login, for which another one may end, or throws and changes nothing.
    private func begin(
        _ subject: LoginSubject, _ ticket: LimiterTicket, _ origin: LoginOrigin,
        _ parameters: borrowing AuthStartParams, _ request: RequestID, _ peer: Peer
    ) throws(Refusal) -> EngineLogin {
        guard !isDraining else { throw Refusal(.unavailable) }
        if subject.renewal == nil, let shortage = ledger.shortage { throw Refusal(because: shortage) }
        let admission = limiter.admission(ticket, pending: logins.pending(ticket), now: now.sinceBoot)
        if case .refused(let retryAfter) = admission { throw Refusal(.rateLimited, retryAfter: retryAfter) }
        let service = subject.service.service
        let began = subject.renewal == nil && isShared(realm: service.realm) ? try loginStamp() : nil
        let start = LoginStart(
            connection: peer.id.word, peer: peer.user, ticket: ticket, user: subject.user,
            service: service.name, realm: service.realm, rules: service.rules, timeout: parameters.timeout,
            bringsPassword: parameters.password != nil, isReauthentication: subject.renewal != nil)
        let json = parameters.context?.json ?? subject.renewal.map(storedContext) ?? []
        let isTold = peer.grant.relaysSource && parameters.context?.remoteAddress != nil
        if let decision = logins.makeRoom(for: start, now: now.sinceBoot) { perform(decision) }
        let name = TransactionName.random()
        let login: EngineLogin
        do throws(LoginMisfit) {
            login = try logins.begin(start, as: name, now: now.sinceBoot) {
                LoginContext(
                    number: transactions.begin(.login(name)), peer: peer, service: subject.service, json: json,
                    proof: isTold ? .loginFromAddress : .login, renewal: subject.renewal, origin: origin,
                    began: began, reply: later(request, of: peer))
            }
        } catch {
            throw Refusal(because: error)
        }
        deadlines.loginsChanged = true
        return login
    }

    private func storedContext(_ renewal: LoginContext.Renewal) -> [UInt8] {
        ledger.with(.context, of: renewal.session) { context in context.indices.map { context[$0] } }
    }

    private func startWorker(_ login: EngineLogin, _ address: String?, _ password: consuming SecretBytes?) {
        // The broker gets the service's timeout. A client's shorter timeout ends in a cancel, which lets the worker end
        // by itself: killing the worker costs the broker more than the login.
        let (service, credentials) = (login.context.service.service, login.context.credentials)
        var options: PAMOptions = []
        if service.rules.changesPassword { options.insert(.allowPasswordChange) }
        if service.rules.relaysMessages { options.insert(.relayMessages) }
        if !service.rules.allowsNoAccount { options.insert(.accountRequired) }
        if service.setsCredentials { options.insert(.setCredentials) }
        if service.rules.undecidedCodes.contains(PAMCode.systemError) { options.insert(.systemErrorIsUndecided) }
        let request = PAMStart(
            transaction: login.context.number, service: service.pam, user: login.start.user, remoteHost: address,
            remoteUser: String(credentials.uid), peer: credentials.uid, timeout: service.rules.loginTimeout,
            options: options, credentialKey: ledger.credentialKey,
            work: PAMWork(microseconds: refusalWork[service.pam]?.microseconds ?? 0), password: password)
        if !send(.start(request), of: login.context.number) { workerFailed(login.name, .unavailable) }
    }

    func respond(_ request: Request, _ bytes: Span<UInt8>, _ peer: Peer) throws(Refusal) {
        let parameters = try AuthRespondParams(request, in: bytes)
        let decision: LoginDecision<LoginContext>
        do throws(LoginMisfit) {
            decision = try logins.answered(
                parameters.transaction, connection: peer.id.word, count: parameters.answers.count,
                now: now.sinceBoot, random: Random.word())
        } catch {
            throw Refusal(because: error)
        }
        decision.login.context.reply = later(request.storedID(in: bytes), of: peer)
        perform(decision, answers: parameters.answers)
    }

    func cancel(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try AuthCancelParams(request, in: bytes)
        let decision: LoginDecision<LoginContext>
        do throws(LoginMisfit) {
            decision = try logins.cancelled(
                parameters.transaction, connection: peer.id.word, now: now.sinceBoot)
        } catch {
            throw Refusal(because: error)
        }
        answer(request, bytes, &answers) { $0.emptyObject() }
        perform(decision)
    }

    /// Ends the logins of everybody that are under way in one of `realms`.
    func cancelLogins(in realms: RealmSet) {
        for realm in services.realmNames(in: realms) {
            for decision in logins.realmRevoked(realm, now: now.sinceBoot) { perform(decision) }
        }
    }

    /// Ends the logins of `user` that are under way in one of `realms`.
    func cancelLogins(of user: String, in realms: RealmSet) {
        for realm in services.realmNames(in: realms) {
            for decision in logins.userRevoked(user, realm: realm, now: now.sinceBoot) { perform(decision) }
        }
    }
}
