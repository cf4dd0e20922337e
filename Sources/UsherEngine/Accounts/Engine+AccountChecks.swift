internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Drives the watch of accounts: asks the broker about the ledger's accounts, and ends sessions by its answers.
extension Engine {
    /// `window`: accounts of one look. `sessions`: about how many sessions are visited before requests have their turn.
    /// `pause`: nanoseconds until the watch then goes on.
    private static let (window, sessions, pause) = (64, 1024, Int64(1_000_000))

    /// Sessions of an earlier process are checked at once: what happened meanwhile was not seen.
    func beginAccountWatch() {
        setWatchedServices()
        guard ledger.count > 0 else { return }
        accounts.mayHaveChanged(.all, at: now.sinceBoot)
        deadlines.accountsChanged = true
    }

    /// Tells the watch which services check their accounts, and how often.
    func setWatchedServices() {
        var intervals: [String: Duration] = [:]
        for service in configuration.services where service.accounts.isOn {
            intervals[service.name] = service.accounts.interval
        }
        brake.setStacks(Set(configuration.services.map(\.checkedBy)))
        accounts.setServices(intervals, at: now.sinceBoot)
        deadlines.accountsChanged = true
    }

    /// Does what is due, and notes when there is more.
    func watchAccounts() {
        deadlines.accountsChanged = false
        defer { for news in accounts.takeNews() { record(news) } }
        let (frontier, count) = (ledger.accountFrontier, ledger.accountCount)
        guard count > 0, !isDraining else {
            accounts.rest(at: now.sinceBoot)
            return deadlines[.account] = nil
        }
        var visited = 0
        while visited < Self.sessions, let step = accounts.next(frontier, count: count, at: now.sinceBoot) {
            switch step {
            case .ask(let subject): ask(about: subject)
            case .look(let after, let before, let service):
                visited += look(after: after, before: before, service)
            case .survey(let after, let before): visited += survey(after: after, before: before)
            }
        }
        let next = accounts.nextDeadline(frontier, count: count, at: now.sinceBoot).map(\.wholeNanoseconds)
        deadlines[.account] = visited < Self.sessions ? next : now.nanoseconds + Self.pause
    }

    private func record(_ news: AccountWatch.News) {
        switch news {
        case .away(let service, let why): host.record(.accountsUnchecked(service: service, why: why))
        case .back(let service): host.record(.accountsCheckedAgain(service: service))
        case .unsurveyed(let why): host.record(.accountsUnsurveyed(why: why))
        case .surveyedAgain: host.record(.accountsSurveyedAgain)
        }
    }

    // MARK: Questions

    /// Looks for accounts to ask about between two positions. Returns the cost, in sessions visited.
    private func look(after: AccountPosition, before: AccountPosition, _ service: String?) -> Int {
        var (found, cost) = ([AccountSubject](), Self.window / 4)
        let last = ledger.accounts(after: after, before: before, limit: Self.window) {
            found += subjects(of: $0, service, &cost)
            return cost < Self.sessions / 4
        }
        accounts.found(found, through: last, of: service, ledger.accountFrontier, at: now.sinceBoot)
        return cost
    }

    /// The questions about an account's sessions, of `service` or of all if nil. Each session visited adds 1 to `cost`.
    func subjects(of account: LedgerAccount, _ service: String?, _ cost: inout Int) -> Set<AccountSubject> {
        var subject = AccountSubject(
            user: String(decoding: ledger.name(of: account), as: UTF8.self), uid: ledger.uid(of: account), service: "",
            isOfDirectory: ledger.credential(of: account) == nil)
        var found: Set<AccountSubject> = []
        ledger.visit(account) { session in
            cost += 1
            guard session.proof != .issued, !session.isExpired(at: now.seconds), isJudged(session),
                let name = services[session.service]?.service.name, service == nil || service == name
            else { return }
            let isOn = services.named(name)?.service.accounts.isOn ?? false
            guard isOn else { return }
            (subject.service, subject.address) = (name, address(of: session))
            found.insert(subject)
        }
        return found
    }

    /// The address that PAM got at the login; nil for none.
    func address(of session: Session) -> String? {
        guard session.proof == .loginFromAddress else { return nil }
        return ledger.with(.context, of: session) { SessionContext.remoteAddress(ofKept: $0)?.text }
    }

    private func ask(about subject: AccountSubject) {
        guard let service = services.named(subject.service)?.service, account(of: subject) != nil else {
            return accounts.forget(subject)
        }
        statistics.accountChecks += 1
        let number = transactions.begin(.accountCheck(subject))
        let request = PAMStart(
            transaction: number, service: service.checkedBy,
            user: subject.user, remoteHost: subject.address, timeout: accounts.limits.timeout, options: .accountOnly,
            credentialKey: ledger.credentialKey, uid: subject.uid)
        if !send(.start(request), of: number) { accountChecksLost() }
    }

    /// The account of a subject, while it has a session.
    func account(of subject: AccountSubject) -> LedgerAccount? {
        ledger.account(named: Array(subject.user.utf8).span, uid: subject.uid)
    }

    /// The broker cannot be reached.
    func accountChecksLost() {
        transactions.endAccountChecks()
        brake.filesChanged(after: transactions.last)
        accounts.brokerLost(at: now.sinceBoot)
        deadlines.accountsChanged = true
    }

    // MARK: Answers

    /// Acts on the verdict of PAM's account phase.
    func take(_ verdict: PAMVerdict, about subject: AccountSubject) {
        let rules = services.named(subject.service)?.service.accounts ?? AccountRules()
        let account = verdict.account.map { LoginAccount(name: $0.name, uid: $0.uid) }
        let known = self.account(of: subject).flatMap { ledger.credential(of: $0) }
        let finding = AccountFinding(
            subject, code: verdict.code, account: account, credential: verdict.credential,
            wasKnown: known != nil, isUIDTaken: verdict.isUIDTaken, unknownEnds: rules.unknownEnds)
        let stack = services.named(subject.service)?.service.checkedBy ?? ""
        let judged = brake.judged(
            finding, verdict.credential, of: subject.user, by: stack, in: verdict.transaction, at: now.sinceBoot)
        heedBrake()
        let work = verdict.work == .none ? nil : Duration.microseconds(Int64(verdict.work.microseconds))
        conclude(verdict.transaction, subject, judged, work: work)
    }

    /// Acts on a check that ended without a verdict.
    func take(_ failure: PAMFailure, about subject: AccountSubject, _ transaction: UInt64) {
        switch failure {
        case .busy, .queueFull, .cancelled: conclude(transaction, subject, .busy)
        case .timeout, .crashed, .exited, .spawnFailed, .serviceUnknown, .serviceNotServed, .protocolViolated:
            conclude(transaction, subject, .undecided("\(failure)"))
        }
    }

    private func conclude(
        _ transaction: UInt64, _ subject: AccountSubject, _ finding: AccountFinding, work: Duration? = nil
    ) {
        transactions.end(transaction)
        if finding.isIndefinite { statistics.accountChecksUndecided += 1 }
        deadlines.accountsChanged = true
        let outcome = accounts.answered(subject, finding, work: work, at: now.sinceBoot)
        guard let account = account(of: subject) else { return accounts.forget(subject) }
        switch outcome {
        case .nothing: break
        case .over(let end, let scope): self.end(account, subject, end, scope)
        case .alive(let credential):
            guard let credential else { return }
            if hasOtherPassword(account, credential), logins.isChangingPassword(subject.user) {
                // The change must not end the session that makes it. The login's verdict brings the new credential.
                return accounts.postpone(subject, at: now.sinceBoot)
            }
            compare(credential, with: account, named: subject.user)
        }
    }

    // MARK: A service file that denies everybody

    /// The configured services whose denials end nobody.
    var heldServices: [Service] { configuration.services.filter { brake.isHeld($0.checkedBy) && $0.accounts.isOn } }

    /// Records which service files deny everybody, and which work again. Once a file works again, all accounts are due.
    func heedBrake() {
        for news in brake.takeNews() {
            for service in configuration.services where service.accounts.isOn && service.checkedBy == news.stack {
                switch news.change {
                case .held: host.record(.accountsHeld(service: service.name, stack: news.stack))
                case .released: host.record(.accountsCheckedAgain(service: service.name))
                }
            }
            guard news.change == .released else { continue }
            accounts.mayHaveChanged(.rules, at: now.sinceBoot)
            deadlines.accountsChanged = true
        }
    }
}

extension AccountFinding {
    /// Whether the finding leaves open if the account is over.
    fileprivate var isIndefinite: Bool {
        switch self {
        case .undecided, .held: true
        case .alive, .over, .busy: false
        }
    }
}
