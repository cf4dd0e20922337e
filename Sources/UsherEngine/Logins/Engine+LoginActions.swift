internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// What the state machine of a login decides, carried out.
extension Engine {
    /// Carries out the decision on an event that brought no answers for the worker.
    func perform(_ decision: LoginDecision<LoginContext>) { perform(decision, answers: SecretList(capacity: 0)) }

    /// Carries out the decision on an event. `answers` are the client's, if the event was `auth.respond`.
    func perform(_ decision: LoginDecision<LoginContext>, answers: borrowing SecretList) {
        deadlines.loginsChanged = true
        let login = decision.login
        for action in decision.actions {
            switch action {
            case .forwardAnswers: forward(answers, of: login)
            case .cancelWorker: cancelWorker(of: login)
            case .countFailure: countFailure(of: login)
            case .countUndecided: limiter.undecided(login.start.ticket, now: now.sinceBoot)
            case .ask(let challenge): show(challenge, to: login)
            case .complete(let completion):
                transactions.end(login.context.number)
                complete(login, completion)
            case .refuse(let refusal, let texts):
                transactions.end(login.context.number)
                end(login, Refusal(because: refusal), texts)
            }
        }
    }

    private func forward(_ secrets: borrowing SecretList, of login: EngineLogin) {
        var answers = PAMAnswers(transaction: login.context.number)
        for index in 0..<secrets.count { _ = secrets.withBytes(at: index) { answers.append($0) } }
        if !send(.answers(answers), of: login.context.number) { workerFailed(login.name, .unavailable) }
    }

    private func countFailure(of login: EngineLogin) {
        if let account = login.context.account {
            limiter.failed(login.start.ticket, account: account, now: now.sinceBoot)
        } else {
            limiter.failed(login.start.ticket, now: now.sinceBoot)
        }
        statistics.limiterFailures += 1
    }

    private func show(_ challenge: LoginChallenge, to login: EngineLogin) {
        answer(login) { answers in
            answers.beginChallengeStep(login.name, purpose: challenge.purpose)
            answers.prompts(challenge.prompts)
            answers.endChallengeStep()
        }
    }

    private func complete(_ login: EngineLogin, _ completion: LoginCompletion) {
        let (context, account) = (login.context, completion.account)
        let (start, realm) = (login.start, login.start.realm)
        let history = limiter.succeeded(
            start.ticket, entered: start.user,
            account: limiter.account(user: account.name, realm: realm, of: start.ticket), user: account.name,
            realm: realm, now: now.sinceBoot)
        noteLogin(of: account, context)
        if isToBeShared(context) {
            return share(login, account, sharedToken(lifetime: context.service.lifetime)) { [unowned self] outcome in
                switch outcome {
                case .success((let session, let fresh)):
                    return succeed(login, completion, history, fresh, session)
                case .failure(let refusal):
                    end(login, refusal)
                    return false
                }
            }
        }
        let fresh = FreshToken()
        do throws(Refusal) {
            succeed(login, completion, history, fresh, try makeOrRenewSession(fresh.token, account, context))
        } catch {
            end(login, error)
        }
    }

    /// Answers a login whose session there is. False where nobody gets it.
    @discardableResult
    private func succeed(
        _ login: EngineLogin, _ completion: LoginCompletion, _ history: LoginHistory, _ fresh: FreshToken,
        _ session: Session
    ) -> Bool {
        let (context, account, start) = (login.context, completion.account, login.start)
        remember(context, of: account)
        statistics.loginsSucceeded += 1
        statistics.services[start.service, default: ServiceCounters()].succeeded += 1
        host.record(
            .loggedIn(
                user: account.name, service: login.start.service, handle: session.handle.text,
                renewed: context.renewal != nil, worker: context.worker, peer: context.credentials,
                from: context.origin))
        tell(context.renewal == nil ? .created : .rotated, of: session, .login, in: ledger)
        let lastLogin = history.lastLogin.map { $0.components.seconds + now.unixOffset }
        return answer(login) { answers in
            answers.beginCompleteStep(token: fresh.token)
            write(session, withData: true, to: &answers)
            answers.messages(completion.messages)
            answers.endCompleteStep(failuresSince: Int64(history.failures), lastLogin: lastLogin)
        }
    }

    private func makeOrRenewSession(
        _ token: borrowing SessionToken, _ account: LoginAccount, _ context: LoginContext
    ) throws(Refusal) -> Session {
        let service = context.service
        guard let renewal = context.renewal else {
            return try makeSession(
                token, user: account.name, uid: account.uid, service: service, proof: context.proof,
                methods: service.methods, context: context.json)
        }
        do throws(LedgerError) {
            let session = try ledger.reauthenticate(
                renewal.session, digest: renewal.digest, to: TokenDigest(of: token), uid: account.uid,
                methods: service.methods.span, lifetime: service.lifetime, now: now.seconds)
            noteDeadline(session.idleExpires)
            return session
        } catch {
            throw Refusal(because: error)
        }
    }

    /// Answers the request that waits with an error, if there is one.
    func refuse(_ login: EngineLogin, _ refusal: Refusal, _ texts: [PAMPrompt]) {
        guard let reply = login.context.reply.take() else { return }
        refuse(reply, refusal) { $0.messages(texts) }
    }

    /// Answers the request that waits with a result. False where nobody gets it.
    @discardableResult
    private func answer(_ login: EngineLogin, _ body: (inout FrameBuffer) -> Void) -> Bool {
        guard let reply = login.context.reply.take() else { return false }
        return answer(reply, body)
    }
}

extension FrameBuffer {
    fileprivate mutating func prompts(_ prompts: [PAMPrompt]) {
        for prompt in prompts {
            self.prompt(prompt.style, text: Array(prompt.text.utf8).span, isCut: prompt.isCut)
        }
    }

    /// Writes the member only if there are texts.
    fileprivate mutating func messages(_ texts: [PAMPrompt]) {
        if !texts.isEmpty { messages { $0.prompts(texts) } }
    }
}
