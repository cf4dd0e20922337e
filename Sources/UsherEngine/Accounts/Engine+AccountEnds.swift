internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Sessions that end with the account behind them, as a check or a login has found.
extension Engine {
    /// Ends the sessions that an answer about `subject` is about.
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

    /// Whether the account's password is known to be another one than its sessions were proven with.
    func hasOtherPassword(_ account: LedgerAccount, _ credential: AccountCredential) -> Bool {
        ledger.credential(of: account).map { $0.fingerprint != credential.fingerprint } ?? false
    }

    /// Compares what is known of an account's password with what it is now, and remembers that. Sessions of an account
    /// that was locked meanwhile end under every policy; who logged in while it was locked stays. `spared` stays in any
    /// case: it was proven by the present password.
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

    /// Ends those sessions of an account that PAM vouched for, whose service watches accounts, and that `ends` means.
    private func end(
        _ account: LedgerAccount, named user: String, _ end: AccountEnd, where ends: (Session) -> Bool
    ) {
        var slots: Set<UInt32> = []
        ledger.visit(account) { session in
            let isWatched = services[session.service]?.service.accounts.isOn ?? true
            if session.proof != .issued, isWatched, ends(session) { slots.insert(session.slot) }
        }
        guard !slots.isEmpty else { return }
        let isHeard = subscribers.want(.revoked) || subscribers.want(.expired)
        let count = ledger.endAll(
            of: account, reason: .account(end), now: now.seconds, ended: isHeard ? noteEnd : { _, _, _ in },
            where: { slots.contains($0.slot) })
        if count > 0 { host.record(.endedAll(.account(end), count: count, user: user, peer: nil)) }
    }

    // MARK: Logins

    /// Whether the account that a login proved was locked, or its password changed by somebody else, between the
    /// question and the verdict.
    func isOverrun(_ verdict: PAMVerdict, _ rules: AccountRules) -> Bool {
        guard rules.isOn, let earlier = verdict.earlier, let credential = verdict.credential else { return false }
        if credential.isLocked, !earlier.isLocked { return true }
        return credential.fingerprint != earlier.fingerprint && rules.onPasswordChange == .end
    }

    /// A login has proven an account: what it shows of the account ends other sessions of the name.
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

    /// Notes what is known of an account that has a session by now.
    func remember(_ context: LoginContext, of account: LoginAccount) {
        guard let known = ledger.account(named: Array(account.name.utf8).span, uid: account.uid) else { return }
        if let credential = context.credential { ledger.remember(credential, of: known) }
        if let digest = context.digest { ledger.remember(digest, of: known) }
    }
}

extension ServiceTable {
    /// Whether sessions of that service end when the password is changed. Those of a service that is configured no more
    /// do.
    func endsWithPassword(_ id: ServiceID) -> Bool {
        self[id].map { $0.service.accounts.onPasswordChange == .end } ?? true
    }
}
