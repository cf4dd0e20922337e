internal import UsherLogin
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// What the state machine of a login decides, carried out.
extension Engine {
    func perform(_ action: LoginAction, of id: TransactionName) {
        deadlines.loginsChanged = true
        guard let record = records[id] else { return }
        if action.worker == .cancel {
            record.stage = .decided
            _ = host.send(.cancel(transaction: record.number))
        }
        if case .failure(let ticket) = action.count {
            throttle.failed(ticket, now: now.sinceBoot)
            statistics.throttleFailures += 1
        }
        if let answer = action.answer { reply(answer.reply, to: record) }
        if logins.start(of: id) == nil { records.remove(record) }
    }

    private func reply(_ reply: LoginAction.Reply, to record: LoginRecord) {
        switch reply {
        case .challenge(let challenge): show(challenge, to: record)
        case .complete(let completion): complete(completion, record)
        case .refusal(let refusal, let texts): refuse(record, Refusal(refusal), texts)
        }
    }

    private func show(_ challenge: LoginChallenge, to record: LoginRecord) {
        let isShown = deliver(to: record) { answers in
            answers.beginChallengeStep(record.id, purpose: challenge.purpose == .login ? .login : .passwordChange)
            answers.prompts(challenge.prompts)
            answers.endChallengeStep()
        }
        if !isShown { giveUp(record) }
    }

    /// Two rounds of the longest texts, shown together, are more than a frame: the client has nothing that it could
    /// answer.
    private func giveUp(_ record: LoginRecord) {
        host.record(
            .loginBroken(
                service: record.service.service.name, what: "challenge larger than a frame", worker: record.worker,
                peer: record.credentials.uid))
        let action = try? logins.cancelled(record.id, connection: record.connection.word, now: now.sinceBoot)
        if let action { perform(action, of: record.id) }
    }

    private func complete(_ completion: LoginCompletion, _ record: LoginRecord) {
        let history = throttle.succeeded(
            record.ticket, user: completion.account.name, realm: record.service.service.realm, now: now.sinceBoot)
        let token = SessionToken()
        let session: Session
        do throws(Refusal) {
            session = try makeOrRenewSession(token, completion.account, record)
        } catch {
            return refuse(record, error)
        }
        statistics.loginsSucceeded += 1
        host.record(
            .loggedIn(
                user: completion.account.name, service: record.service.service.name, handle: session.handle.text,
                renewed: record.renewal != nil, worker: record.worker, peer: record.credentials))
        tell(record.renewal == nil ? .created : .rotated, of: session, .login, in: ledger)
        let lastLogin = history.lastLogin.map { $0.components.seconds + now.unixOffset }
        deliver(to: record) { answers in
            answers.beginCompleteStep(token: token)
            write(session, withData: true, to: &answers)
            answers.messages(completion.messages)
            answers.endCompleteStep(failuresSince: Int64(history.failures), lastLogin: lastLogin)
        }
    }

    private func makeOrRenewSession(
        _ token: borrowing SessionToken, _ account: LoginAccount, _ record: LoginRecord
    ) throws(Refusal) -> Session {
        let service = record.service
        guard let renewal = record.renewal else {
            return try makeSession(
                token, user: account.name, uid: account.uid, service: service, methods: service.methods,
                context: record.context)
        }
        do throws(LedgerError) {
            let session = try ledger.reauthenticate(
                renewal.session, digest: renewal.digest, to: TokenDigest(of: token), methods: service.methods.span,
                lifetime: service.lifetime, now: now.seconds)
            noteDeadline(session.idleExpires)
            return session
        } catch {
            throw Refusal(error)
        }
    }

    /// The name of a refused login, where somebody has logged in under it: it may be a password that was typed into the
    /// wrong field.
    func knownName(_ user: String, _ ticket: ThrottleTicket) -> String? {
        let isKnown = throttle.hasSucceeded(ticket) || ledger.user(named: Array(user.utf8).span) != nil
        return isKnown ? user : nil
    }

    private func refuse(_ record: LoginRecord, _ refusal: Refusal, _ texts: [LoginPrompt] = []) {
        statistics.loginsRefused += 1
        statistics.loginReasons.count(refusal.code)
        host.record(
            .loginRefused(
                user: knownName(record.user, record.ticket), service: record.service.service.name,
                reason: refusal.code.reason.description, pam: record.outcome, worker: record.worker,
                peer: record.credentials.uid))
        tellRefusal(of: record.user, record.service, refusal.code)
        let id = takeRequest(of: record)
        refuse(refusal, to: id, &outbox) { $0.messages(texts) }
        flushOutbox(to: record.connection)
    }

    /// Sends a result; where that is more than a frame, an error, and returns false.
    @discardableResult
    private func deliver(to record: LoginRecord, _ body: (inout FrameBuffer) -> Void) -> Bool {
        let id = takeRequest(of: record)
        outbox.beginAnswer(to: id)
        body(&outbox)
        let isWritten = outbox.endAnswer() == .written
        if !isWritten { refuse(Refusal(.internal), to: id, &outbox) }
        flushOutbox(to: record.connection)
        return isWritten
    }

    /// The request that is answered now; its id may be used again.
    private func takeRequest(of record: LoginRecord) -> RequestID {
        if let peer = peer(record.connection), let place = peer.inFlight.firstIndex(of: record.request) {
            peer.inFlight.remove(at: place)
        }
        return record.request
    }

    private func flushOutbox(to id: ConnectionID) {
        outbox.withBytes { host.deliver($0, to: id) }
        outbox.wipe()
    }
}

extension FrameBuffer {
    fileprivate mutating func prompts(_ prompts: [LoginPrompt]) {
        for prompt in prompts { self.prompt(PromptStyle(prompt.style), text: Array(prompt.text.utf8).span) }
    }

    /// The member is there only if somebody has something to say.
    fileprivate mutating func messages(_ texts: [LoginPrompt]) {
        if !texts.isEmpty { messages { $0.prompts(texts) } }
    }
}

extension PromptStyle {
    fileprivate init(_ style: LoginPrompt.Style) {
        switch style {
        case .secret: self = .secret
        case .visible: self = .visible
        case .info: self = .info
        case .error: self = .error
        }
    }
}
