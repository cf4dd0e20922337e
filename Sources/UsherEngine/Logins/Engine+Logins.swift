internal import UsherLogin
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// `auth.*`: from the request to the state machine and the broker.
extension Engine {
    func startLogin(_ request: Request, _ bytes: Span<UInt8>, _ peer: Peer) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try AuthStartParams(request, in: bytes) }
        guard !isDraining else { throw Refusal(.unavailable) }
        let (user, service, renewal) = try subject(of: parameters, bytes, peer)
        guard renewal != nil || !ledger.isFull else { throw Refusal(.quotaExceeded) }
        let address = peer.grant.relaysSource ? parameters.context?.remoteIP : nil
        let source = LoginSource(peer: peer.credentials.uid, address: address)
        let ticket = throttle.ticket(user: user, realm: service.service.realm, source: source)
        try admit(ticket, user: user, service: service, peer)
        let record = LoginRecord(
            id: .random(), number: records.nextNumber(), peer: peer, service: service, ticket: ticket, user: user,
            context: parameters.context?.json ?? renewal.map(storedContext) ?? [], renewal: renewal,
            request: request.storedID(in: bytes))
        let start = loginStart(record, timeout: parameters.timeout, bringsPassword: parameters.password != nil)
        do throws(LoginTable.Misfit) {
            _ = try logins.started(start, as: record.id, now: now.sinceBoot)
        } catch {
            throw Refusal(error)
        }
        records.insert(record)
        deadlines.loginsChanged = true
        peer.inFlight.append(record.request)
        statistics.loginsStarted += 1
        startWorker(record, address, parameters.takePassword())
    }

    /// Who logs in, where, and which session is proven anew by it.
    private func subject(
        of parameters: borrowing AuthStartParams, _ bytes: Span<UInt8>, _ peer: Peer
    ) throws(Refusal) -> (user: String, service: ServiceTable.Entry, renewal: LoginRecord.Renewal?) {
        switch parameters.who {
        case .user(let name):
            return (name.string(in: bytes), try service(parameters.service?.string(in: bytes), of: peer), nil)
        case .token(let token):
            let digest = TokenDigest(of: token)
            guard let session = ledger.session(digest, in: peer.realms, now: now.seconds) else {
                noteRefusedToken(peer)
                throw Refusal(.noSuchSession)
            }
            guard let entry = services[session.service] else { throw Refusal(.unknownService) }
            _ = try service(entry.service.name, of: peer)
            let user = ledger.userName(of: session)
            return (user, entry, LoginRecord.Renewal(session: session, digest: digest))
        }
    }

    private func storedContext(_ renewal: LoginRecord.Renewal) -> [UInt8] {
        ledger.with(.context, of: renewal.session) { context in context.indices.map { context[$0] } }
    }

    private func admit(
        _ ticket: ThrottleTicket, user: String, service: ServiceTable.Entry, _ peer: Peer
    ) throws(Refusal) {
        let admission = throttle.admission(ticket, pending: logins.pending(ticket), now: now.sinceBoot)
        guard case .refused(let retryAfter) = admission else { return }
        statistics.loginsRefused += 1
        statistics.loginReasons.count(.rateLimited)
        host.record(
            .loginRefused(
                user: knownName(user, ticket), service: service.service.name, reason: "rate_limited", pam: nil,
                worker: nil,
                peer: peer.credentials.uid))
        tellRefusal(of: user, service, .rateLimited)
        throw Refusal(.rateLimited, retryAfter: retryAfter)
    }

    private func loginStart(_ record: LoginRecord, timeout: Duration?, bringsPassword: Bool) -> LoginStart {
        LoginStart(
            connection: record.connection.word, request: record.number, peer: record.credentials.uid,
            ticket: record.ticket, user: record.user, service: record.service.service.name,
            realm: record.service.service.realm, rules: record.service.service.rules, timeout: timeout,
            bringsPassword: bringsPassword,
            session: record.renewal.map {
                ReauthenticatedSession(
                    slot: $0.session.slot, tag: $0.session.handle.tag,
                    digest: ($0.digest.high, $0.digest.low), user: record.user)
            })
    }

    private func startWorker(
        _ record: LoginRecord, _ address: String?, _ password: consuming SecretBytes?
    ) {
        // A client's own shorter time ends in a cancel, which lets the worker end by itself: killing it costs the broker more
        // than the login.
        let rules = record.service.service.rules
        var options: PAMOptions = []
        if rules.changesPassword { options.insert(.allowPasswordChange) }
        if rules.relaysMessages { options.insert(.relayMessages) }
        if !rules.allowsNoAccount { options.insert(.accountRequired) }
        if record.service.service.setsCredentials { options.insert(.setCredentials) }
        let request = PAMStart(
            transaction: record.number, service: record.service.service.pam, user: record.user, remoteHost: address,
            remoteUser: String(record.credentials.uid), peer: record.credentials.uid,
            timeout: rules.loginTimeout, options: options, password: password)
        if !host.send(.start(request)) { workerFailed(record, .unavailable) }
    }

    func respond(_ request: Request, _ bytes: Span<UInt8>, _ peer: Peer) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try AuthRespondParams(request, in: bytes) }
        let id = parameters.transaction
        let action: LoginAction
        do throws(LoginTable.Misfit) {
            action = try logins.answered(
                id, connection: peer.id.word, count: parameters.answers.count, request: records[id]?.number ?? 0,
                now: now.sinceBoot, random: Random.word())
        } catch {
            throw Refusal(error)
        }
        guard let record = records[id] else { throw Refusal(.noSuchTransaction) }
        record.request = request.storedID(in: bytes)
        peer.inFlight.append(record.request)
        if case .forward = action.worker { forward(parameters.answers, of: record) }
        perform(action, of: id)
    }

    private func forward(_ secrets: borrowing SecretList, of record: LoginRecord) {
        var answers = PAMAnswers(transaction: record.number)
        for index in 0..<secrets.count { _ = secrets.withBytes(at: index) { answers.append($0) } }
        if !host.send(.answers(answers)) { workerFailed(record, .unavailable) }
    }

    func cancel(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try AuthCancelParams(request, in: bytes) }
        let id = parameters.transaction
        let action: LoginAction
        do throws(LoginTable.Misfit) {
            action = try logins.cancelled(id, connection: peer.id.word, now: now.sinceBoot)
        } catch {
            throw Refusal(error)
        }
        answer(request, bytes, &answers) { $0.emptyObject() }
        perform(action, of: id)
    }

    /// Ends the logins of `user` that are under way in one of `realms`.
    func cancelLogins(of user: String, in realms: RealmSet) {
        for realm in services.realmNames(in: realms) {
            for (id, _, action) in logins.userRevoked(user, realm: realm, now: now.sinceBoot) {
                perform(action, of: id)
            }
        }
    }
}
