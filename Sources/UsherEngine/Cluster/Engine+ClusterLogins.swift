internal import UsherCluster
internal import UsherLogin
internal import UsherNames
internal import UsherSealing
internal import UsherSessions
internal import UsherWire

/// Logins and re-authentications whose session is shared.
extension Engine {
    /// Whether the session of a login that has succeeded is one that the hosts share.
    func isToBeShared(_ context: LoginContext) -> Bool {
        context.renewal.map(\.session.isShared) ?? (context.began != nil)
    }

    /// Makes or renews the session of a login on all hosts. `then` gets it with its token.
    func share(
        _ login: EngineLogin, _ account: LoginAccount, _ fresh: FreshToken,
        then: @escaping Moved
    ) {
        let context = login.context
        if let renewal = context.renewal { return renew(renewal, account, context, fresh, then: then) }
        guard let began = context.began else {
            _ = then(.failure(Refusal(.internal)))
            return
        }
        let draft = SessionDraft(
            user: account.name, uid: account.uid, service: context.service, proof: context.proof,
            methods: context.service.methods, context: context.json, began: began)
        put(draft, as: fresh, for: login.start.peer) { outcome in _ = then(outcome.map { ($0, fresh) }) }
    }

    /// The session must be the one with which the login began, and of the account that PAM has confirmed, as
    /// ``Ledger/reauthenticate(_:digest:to:uid:methods:lifetime:now:)`` has it.
    private func renew(
        _ renewal: LoginContext.Renewal, _ account: LoginAccount, _ context: LoginContext, _ fresh: FreshToken,
        then: @escaping Moved
    ) {
        let session = ledger.session(renewal.digest, in: .all, now: now.seconds)
        guard let session, session.handle == renewal.session.handle, isOwner(account, of: session) else {
            _ = then(.failure(Refusal(.noSuchSession)))
            return
        }
        let (seconds, lifetime) = (unix(now.seconds), context.service.lifetime)
        let user = policy.user(of: context.credentials.uid)
        move(session, from: renewal.digest, to: fresh, isProof: true, for: user) { [unowned self] record, sealed in
            (record.seen, record.idle) = (seconds, max(lifetime.idle, 1))
            record.absolute = UInt32(clamping: UInt64(seconds) + UInt64(max(lifetime.absolute, 1)))
            (sealed.authenticated, sealed.methods) = (seconds, context.service.methods)
            (sealed.uid, sealed.origin) = (account.uid, cluster?.origin ?? 0)
            if session.proof == .issued { sealed.proof = SessionProof.login.rawValue }
        } then: {
            then($0)
        }
    }

    /// Whether a session may go on as one of `account`. The number of an account of another host says nothing here.
    private func isOwner(_ account: LoginAccount, of session: Session) -> Bool {
        if session.proof == .issued || cluster?.accounts[SessionTag(session.handle.tag)] != nil { return true }
        var known: UInt32?
        ledger.lend(session) { uid, _, _, _, _, _, _, _ in known = uid }
        return known == account.uid
    }
}
