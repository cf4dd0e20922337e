internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Listing and ending sessions: one's own, shown by a token, within its realm; anybody's, for an admin, within the realms
/// of the admin's entry.
extension Engine {
    func list(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try ListParams(request, in: bytes) }
        let (user, realms) = try user(of: parameters.subject, request.method, bytes, peer)
        let start = try parameters.cursor.map { (text) throws(Refusal) in try cursor(text, bytes) }
        answer(request, bytes, &answers) { answers in
            answers.beginPage()
            let next = user.flatMap { user in
                ledger.list(of: user, in: realms, after: start, now: now.seconds) { session in
                    answers.addToPage { write(session, withData: false, to: &$0) }
                }
            }
            if let next {
                answers.endPage(next: Array(String(next.slot).utf8).span)
            } else {
                answers.endPage(next: nil)
            }
        }
    }

    func revoke(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try RevokeParams(request, in: bytes) }
        try allow(ownedBy: parameters.token != nil, request.method, peer)
        var revoked = 0
        if let session = target(of: parameters, peer) {
            let handle = session.handle
            if ledger.end(handle, in: peer.realms, now: now.seconds, ended: noteEnd) { revoked = 1 }
        }
        if revoked > 0 { host.record(.revoked(count: revoked, user: nil, peer: peer.credentials)) }
        answer(request, bytes, &answers) { $0.revokedResult(Int64(revoked)) }
    }

    /// The session that a revocation means, if it is there and the caller may end it.
    private func target(of parameters: borrowing RevokeParams, _ peer: Peer) -> Session? {
        let named = parameters.handle.flatMap { ledger.session($0, in: peer.realms, now: now.seconds) }
        switch parameters.token {
        case .none: return named
        case .some(let token):
            guard let own = ledger.session(TokenDigest(of: token), in: peer.realms, now: now.seconds) else { return nil }
            guard parameters.handle != nil else { return own }
            guard let named, named.realm == own.realm, ledger.sameUser(named, own) else { return nil }
            return named
        }
    }

    func revokeAll(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try RevokeAllParams(request, in: bytes) }
        let (user, realms) = try user(of: parameters.subject, request.method, bytes, peer)
        let name = userName(of: parameters.subject, user, bytes)
        let except = parameters.except
        let revoked =
            user.map { ledger.endAll(of: $0, in: realms, except: except, now: now.seconds, ended: noteEnd) } ?? 0
        cancelLogins(of: name, in: realms)
        host.record(.revoked(count: revoked, user: name, peer: peer.credentials))
        answer(request, bytes, &answers) { $0.revokedResult(Int64(revoked)) }
    }

    /// Whose sessions a request is about, nil for a name without any, and the realms in which it may touch them.
    private func user(
        of subject: borrowing Subject, _ method: Method, _ bytes: Span<UInt8>, _ peer: Peer
    ) throws(Refusal) -> (LedgerUser?, RealmSet) {
        switch subject {
        case .user(let name):
            try allow(ownedBy: false, method, peer)
            return (ledger.user(named: name.copy(from: bytes).span), peer.realms)
        case .token(let token):
            try allow(ownedBy: true, method, peer)
            let digest = TokenDigest(of: token)
            guard let session = ledger.session(digest, in: peer.realms, now: now.seconds) else {
                throw Refusal(.noSuchSession)
            }
            return (ledger.user(of: session), RealmSet(session.realm))
        }
    }

    private func userName(of subject: borrowing Subject, _ user: LedgerUser?, _ bytes: Span<UInt8>) -> String {
        switch subject {
        case .user(let name): name.string(in: bytes)
        case .token: user.map(ledger.name(of:)) ?? ""
        }
    }

    /// A token that is shown needs `validate`, everything else `admin`.
    private func allow(ownedBy token: Bool, _ method: Method, _ peer: Peer) throws(Refusal) {
        guard peer.mayUse(.role(token ? .validate : .admin)) else { throw forbidden(method, peer) }
    }

    /// A cursor is the decimal number of a slot.
    private func cursor(_ text: JSONText, _ bytes: Span<UInt8>) throws(Refusal) -> ListCursor {
        guard let slot = UInt32(text.string(in: bytes)) else { throw Refusal(.invalidParams) }
        return ListCursor(slot: slot)
    }
}
