internal import UsherCluster
internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Sessions that end with the account behind them, as a check or a login has found.
extension Engine {
    /// Ends the sessions of `account` that a check of `subject` concerns: those within `scope`.
    func end(_ account: LedgerAccount, _ subject: AccountSubject, _ end: AccountEnd, _ scope: AccountScope) {
        self.end(account, named: subject.user, end) { session in
            let service = services[session.service]?.service
            if end == .unknown, service.map({ !$0.accounts.unknownEnds }) ?? false { return false }
            return switch scope {
            case .account: true
            case .service: service?.name == subject.service
            case .address: service?.name == subject.service && address(of: session) == subject.address
            }
        }
        if scope != .address { cancelLogins(of: subject.user, in: .all) }
    }

    /// Whether `credential` is of another password than the ledger's credential of the account, if the ledger has one.
    func hasOtherPassword(_ account: LedgerAccount, _ credential: AccountCredential) -> Bool {
        ledger.credential(of: account).map { $0.fingerprint != credential.fingerprint } ?? false
    }

    /// Compares `credential` with the account's one in the ledger, and stores it there. If the account was locked
    /// meanwhile, its sessions end under every policy; sessions that began while it was locked go on. `spared` goes on
    /// in any case: the present password has proven it.
    func compare(
        _ credential: AccountCredential, with account: LedgerAccount, named user: String, except spared: Session? = nil
    ) {
        if let before = ledger.credential(of: account), before != credential {
            if credential.isLocked, !before.isLocked {
                end(account, named: user, .locked) { $0.slot != spared?.slot }
                cancelLogins(of: user, in: .all)
            } else if before.fingerprint != credential.fingerprint {
                end(account, named: user, .password) {
                    $0.slot != spared?.slot && services.endsWithPassword($0.service)
                }
                cancelLoginsWithPassword(of: user)
            }
        }
        ledger.remember(credential, of: account)
    }

    private func cancelLoginsWithPassword(of user: String) {
        let ending = configuration.services.filter { $0.accounts.isOn && $0.accounts.onPasswordChange == .end }
        for realm in Set(ending.map(\.realm)) {
            for decision in logins.userRevoked(user, realm: realm, now: now.sinceBoot) { perform(decision) }
        }
    }

    /// Whether a session began on another host.
    private func isForeign(_ session: Session) -> Bool { cluster?.accounts[SessionTag(session.handle.tag)] != nil }

    /// Whether the accounts of this host say something of a session.
    func isJudged(_ session: Session) -> Bool { cluster?.settings.hasSameAccounts ?? true || !isForeign(session) }

    /// Ends the sessions that `ends` selects, that PAM vouched for, and whose service watches accounts or is unknown.
    private func end(
        _ account: LedgerAccount, named user: String, _ end: AccountEnd, where ends: (Session) -> Bool
    ) {
        var slots: Set<UInt32> = []
        var shared: [Session] = []
        ledger.visit(account) { session in
            // The number of an account of another host says nothing here.
            guard isJudged(session), end != .uid || !isForeign(session) else { return }
            let isWatched = services[session.service]?.service.accounts.isOn ?? true
            if session.proof != .issued, isWatched, ends(session) {
                slots.insert(session.slot)
                if session.isShared { shared.append(session) }
            }
        }
        guard !slots.isEmpty else { return }
        endElsewhere(shared, .account(end))
        let isHeard = subscribers.want(.revoked) || subscribers.want(.expired)
        let count =
            shared.count
            + ledger.endAll(
                of: account, reason: .account(end), now: now.seconds, ended: isHeard ? noteEnd : { _, _, _ in },
                where: { slots.contains($0.slot) })
        if count > 0 { host.record(.endedAll(.account(end), count: count, user: user, peer: nil)) }
    }

    // MARK: Logins

    /// Whether, between the question for the secret and the verdict, the account was locked, or somebody else changed
    /// its password where `rules` end sessions by that.
    func isOverrun(_ verdict: PAMVerdict, _ rules: AccountRules) -> Bool {
        guard rules.isOn, let earlier = verdict.earlier, let credential = verdict.credential else { return false }
        if credential.isLocked, !earlier.isLocked { return true }
        return credential.fingerprint != earlier.fingerprint && rules.onPasswordChange == .end
    }

    /// A login has proven `account`: ends the sessions of its name with another uid, and compares its password.
    func noteLogin(of account: LoginAccount, _ context: LoginContext) {
        if ledger.accountCount == 0 { accounts.rest(at: now.sinceBoot) }
        accounts.noteLogin(of: account.name)
        deadlines.accountsChanged = true
        let name = Array(account.name.utf8)
        for other in ledger.accounts(named: name.span) where ledger.uid(of: other) != account.uid {
            end(other, named: account.name, .uid) { _ in true }
        }
        guard let known = ledger.account(named: name.span, uid: account.uid) else { return }
        context.digest = nil
        guard let credential = context.credential else { return }
        compare(credential, with: known, named: account.name, except: context.renewal?.session)
    }

    /// Stores the login's credential and digest with its account, which has a session by now.
    func remember(_ context: LoginContext, of account: LoginAccount) {
        guard let known = ledger.account(named: Array(account.name.utf8).span, uid: account.uid) else { return }
        if let credential = context.credential { ledger.remember(credential, of: known) }
        if let digest = context.digest { ledger.remember(digest, of: known) }
    }
}

extension ServiceTable {
    /// Whether sessions of that service end when the password changes. Sessions of a service that is no longer
    /// configured do.
    func endsWithPassword(_ id: ServiceID) -> Bool {
        self[id].map { $0.service.accounts.onPasswordChange == .end } ?? true
    }
}
