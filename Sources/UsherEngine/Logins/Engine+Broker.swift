internal import UsherLogin
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
        case .started(let transaction, let worker): records[transaction]?.began(in: worker)
        case .challenge(let challenge):
            guard let record = records[challenge.transaction] else { return }
            let phase: PAMPhase = challenge.purpose == .login ? .authentication : .change
            let action = logins.workerAsked(
                record.id, phase: phase, prompts: challenge.prompts.map(LoginPrompt.init), now: now.sinceBoot,
                random: Random.word())
            perform(action, of: record.id)
        case .verdict(let verdict):
            guard let record = records[verdict.transaction] else { return }
            record.stage = .decided
            take(verdict, of: record)
        case .failed(let transaction, let failure):
            guard let record = records[transaction] else { return }
            noteBreakage(failure, of: record)
            workerFailed(record, WorkerFailure(failure))
        }
    }

    /// The connection to the broker has ended, and every transaction with it.
    package func brokerLost() {
        now = clock()
        for record in records.all { workerFailed(record, .unavailable) }
        settleDeadline()
    }

    func workerFailed(_ record: LoginRecord, _ failure: WorkerFailure) {
        record.stage = .decided
        let action = logins.workerFailed(record.id, failure, now: now.sinceBoot, random: Random.word())
        perform(action, of: record.id)
    }

    private func take(_ verdict: PAMVerdict, of record: LoginRecord) {
        record.outcome = "\(PAMPhase(verdict.phase)) \(verdict.code)"
        if PAMCode.isBroken(verdict.code) { noteBreakage("PAM code \(verdict.code)", of: record) }
        if verdict.phase == .authentication, PAMCode.isUndecided(verdict.code) { statistics.loginsUndecided += 1 }
        let account =
            verdict.succeeded
            ? LoginAccount(name: verdict.account?.name ?? verdict.user, uid: verdict.account?.uid) : nil
        let action = logins.verdict(
            record.id, phase: PAMPhase(verdict.phase), code: verdict.code, account: account,
            texts: verdict.texts.map(LoginPrompt.init), now: now.sinceBoot, random: Random.word())
        perform(action, of: record.id)
    }

    private func noteBreakage(_ failure: PAMFailure, of record: LoginRecord) {
        switch failure {
        case .busy, .queueFull, .cancelled: break
        case .timeout, .crashed, .exited, .spawnFailed, .serviceUnknown, .protocolViolated:
            noteBreakage("\(failure)", of: record)
        }
    }

    private func noteBreakage(_ what: String, of record: LoginRecord) {
        host.record(
            .loginBroken(
                service: record.service.service.name, what: what, worker: record.worker,
                peer: record.credentials.uid))
    }
}

extension LoginPrompt {
    fileprivate init(_ prompt: PAMPrompt) {
        let style: Style =
            switch prompt.style {
            case .secret: .secret
            case .visible: .visible
            case .error: .error
            case .info: .info
            }
        self.init(style: style, text: prompt.text)
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
    /// How long a client is told to wait when the broker's queue is full: about as long as a login takes.
    private static let fullQueueRetry = Duration.seconds(1)

    fileprivate init(_ failure: PAMFailure) {
        switch failure {
        case .busy(let retryAfter): self = .busy(retryAfter: retryAfter)
        case .queueFull: self = .busy(retryAfter: Self.fullQueueRetry)
        case .timeout: self = .timeout
        case .cancelled, .crashed, .exited, .spawnFailed, .serviceUnknown, .protocolViolated: self = .unavailable
        }
    }
}
