internal import UsherLogin
internal import UsherNames
package import UsherPAMWire
internal import UsherSecrets

/// What the broker reports, as events of the state machine. Reports about logins that have ended are passed over.
extension Engine {
    /// The broker has said something.
    package func brokerReported(_ report: PAMReport) {
        now = clock()
        defer { settleDeadline() }
        switch report {
        case .hello, .forked: break
        case .surveyed(let surveyed):
            if case .survey(let names) = transactions[surveyed.transaction] { take(surveyed, of: names) }
        case .accountsChanged(let changes):
            if changes.contains(.stacks) { brake.filesChanged(after: transactions.last) }
            accounts.mayHaveChanged(changes, at: now.sinceBoot)
            deadlines.accountsChanged = true
        case .started(let transaction, let worker):
            if let login = login(of: transaction), login.holdsWorker { login.context.worker = worker }
        case .challenge(let challenge):
            guard let login = login(of: challenge.transaction) else { return }
            guard mayTell(login, account: challenge.user) else {
                cancelWorker(of: login)
                return withhold(challenge.transaction, from: login)
            }
            if !challenge.user.isEmpty { login.context.provenName = challenge.user }
            let phase: PAMPhase = challenge.purpose == .login ? .authentication : .change
            let decision = logins.workerAsked(
                login.name, phase: phase, prompts: challenge.prompts, now: now.sinceBoot,
                random: Random.word())
            if let decision { perform(decision) }
        case .verdict(let verdict):
            // A report after the first verdict, or after a cancel, changes nothing, not even the journal's entry.
            if let login = login(of: verdict.transaction), login.holdsWorker { take(verdict, of: login) }
            if case .accountCheck(let subject) = transactions[verdict.transaction] { take(verdict, about: subject) }
        case .failed(let transaction, let failure):
            switch transactions[transaction] {
            case .accountCheck(let subject): return take(failure, about: subject, transaction)
            case .survey: return surveyFailed(transaction, failure)
            case .login, nil: break
            }
            guard let login = login(of: transaction) else { return }
            statistics.workerEnds.count(failure)
            noteBreakage(failure, of: login.context)
            workerFailed(login.name, WorkerFailure(failure))
        }
    }

    /// The connection to the broker has ended, and every transaction with it.
    package func brokerLost() {
        now = clock()
        for login in logins.all { workerFailed(login.name, .unavailable) }
        transactions.forgetOwed()
        deadlines[.broker] = nil
        accountChecksLost()
        settleDeadline()
    }

    /// How long the engine waits, in nanoseconds, before it tries a full socket of the broker again.
    private static let brokerPause: Int64 = 10_000_000

    /// Sends the message of a transaction, or keeps it until the broker's socket has room: a burst of one peer's logins
    /// can fill the socket, and must not refuse another peer's login. The login's deadline goes on meanwhile. Returns
    /// false if the broker cannot be reached.
    func send(_ request: consuming PAMRequest, of number: UInt64) -> Bool {
        if !transactions.holdsMessages {
            switch host.send(request) {
            case .sent: return true
            case .unreachable: return false
            case .full: break
            }
        }
        transactions.hold(request, of: number)
        noteOwed()
        return true
    }

    /// Ends the worker of a login. If the broker's socket is full, the cancel is sent later: the worker of a person who
    /// has gone must not keep its place until the login's deadline.
    func cancelWorker(of login: EngineLogin) {
        transactions.owe(login.context.number)
        sendOwed()
    }

    /// Sends the broker what it is owed.
    func sendOwed() {
        while let unsent = transactions.sendOwed({ host.send($0) }) {
            switch transactions[unsent] {
            case .login(let name): workerFailed(name, .unavailable)
            case .accountCheck, .survey: accountChecksLost()
            case nil: break
            }
        }
        noteOwed()
    }

    /// Notes when to try again.
    private func noteOwed() {
        deadlines[.broker] = transactions.owesMessages ? now.nanoseconds + Self.brokerPause : nil
    }

    func workerFailed(_ login: TransactionName, _ failure: WorkerFailure) {
        let decision = logins.workerFailed(login, failure, now: now.sinceBoot, random: Random.word())
        if let decision { perform(decision) }
    }

    /// The login that the broker means by a number, unless it has ended.
    private func login(of transaction: UInt64) -> EngineLogin? {
        switch transactions[transaction] {
        case .login(let name): logins[name]
        case .accountCheck, .survey, nil: nil
        }
    }

    private func take(_ verdict: PAMVerdict, of login: EngineLogin) {
        if PAMCode.isBroken(verdict.code) { noteBreakage("PAM code \(verdict.code)", of: login.context) }
        if isUndecided(verdict, in: login) {
            noteUndecided(verdict, of: login)
        } else if !mayTell(login, account: verdict.account?.name ?? verdict.user) {
            return withhold(verdict.transaction, from: login)
        }
        login.context.outcome = "\(PAMPhase(verdict.phase)) \(verdict.code)"
        login.context.credential = verdict.credential
        login.context.digest = verdict.digest
        if verdict.succeeded { noteSuccess(of: login.context.service.service.pam, verdict) }
        if verdict.phase != .authentication {
            let name = verdict.account?.name ?? verdict.user
            login.context.provenName = name.isEmpty ? login.start.user : name
        }
        if verdict.succeeded, isOverrun(verdict, login.context.service.service.accounts) {
            if let decision = logins.accountChanged(login.name, now: now.sinceBoot) { perform(decision) }
            return
        }
        decide(login, verdict)
    }

    /// A login in progress may end in a service that is no longer configured: nothing is learnt from it.
    private func noteSuccess(of service: String, _ verdict: PAMVerdict) {
        guard configuration.services.contains(where: { $0.pam == service }) else { return }
        let work = verdict.work.microseconds
        refusalWork[service, default: RefusalWork()].learn(work, limit: PAMLimits.work.microseconds)
        brake.noteAlive(by: service, in: verdict.transaction)
        heedBrake()
    }

    private func isUndecided(_ verdict: PAMVerdict, in login: EngineLogin) -> Bool {
        verdict.phase == .authentication && login.start.rules.undecidedCodes.contains(verdict.code)
    }

    /// Notes which account the login is for. Returns whether the limiter lets the client hear the outcome.
    private func mayTell(_ login: EngineLogin, account user: String) -> Bool {
        guard !user.isEmpty, login.holdsWorker else { return true }
        let account = limiter.account(user: user, realm: login.start.realm, of: login.start.ticket)
        login.context.account = account
        return limiter.mayTell(account, now: now.sinceBoot)
    }

    /// The login ends as by a wrong secret, whatever PAM has said.
    private func withhold(_ transaction: UInt64, from login: EngineLogin) {
        login.context.outcome = "withheld"
        decide(login, PAMVerdict(transaction: transaction, phase: .authentication, code: PAMCode.wrongSecret))
    }

    private func decide(_ login: EngineLogin, _ verdict: PAMVerdict) {
        let phase = PAMPhase(verdict.phase)
        let name = verdict.account?.name ?? verdict.user
        let account =
            verdict.succeeded
            ? LoginAccount(name: name, uid: verdict.account?.uid, hasRootName: rootNames.contains(name)) : nil
        let decision = logins.verdict(
            login.name, phase: phase, code: verdict.code, account: account,
            texts: verdict.texts, now: now.sinceBoot, random: Random.word())
        if let decision { perform(decision) }
    }

    private func noteBreakage(_ failure: PAMFailure, of login: LoginContext) {
        switch failure {
        case .busy, .queueFull, .cancelled: break
        case .timeout, .crashed, .exited, .spawnFailed, .serviceUnknown, .serviceNotServed, .protocolViolated:
            noteBreakage("\(failure)", of: login)
        }
    }

    /// PAM could not find out who it is: a directory is away, or a file cannot be read.
    private func noteUndecided(_ verdict: PAMVerdict, of login: EngineLogin) {
        statistics.loginsUndecided += 1
        statistics.services[login.start.service, default: ServiceCounters()].undecided += 1
        host.record(
            .loginUndecided(
                service: login.context.service.service.name, pam: "\(PAMPhase(verdict.phase)) \(verdict.code)",
                worker: login.context.worker, peer: login.context.credentials.uid, from: login.context.origin))
    }

    /// The stack of a login did something that an administrator must look at.
    func noteBreakage(_ what: String, of login: LoginContext) {
        host.record(
            .loginBroken(
                service: login.service.service.name, what: what, worker: login.worker, peer: login.credentials.uid,
                from: login.origin))
    }
}

extension PAMPhase {
    fileprivate init(_ phase: PAMVerdict.Phase) {
        switch phase {
        case .authentication: self = .authentication
        case .account: self = .account
        case .passwordChange: self = .change
        case .credentials: self = .credentials
        }
    }
}

extension WorkerFailure {
    /// The retry-after of a client while the broker's queue is full: about as long as a login takes.
    private static let fullQueueRetry = Duration.seconds(1)

    fileprivate init(_ failure: PAMFailure) {
        switch failure {
        case .busy(let retryAfter): self = .busy(retryAfter: retryAfter)
        case .queueFull: self = .busy(retryAfter: Self.fullQueueRetry)
        case .timeout: self = .timeout
        case .cancelled, .crashed, .exited, .spawnFailed, .serviceUnknown, .serviceNotServed, .protocolViolated:
            self = .unavailable
        }
    }
}
