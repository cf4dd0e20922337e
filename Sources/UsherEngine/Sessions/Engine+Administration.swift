internal import UsherCluster
internal import UsherNames
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Ending sessions: one's own, shown by a token, within its realm; anybody's, for an admin, within the
/// realms of the admin's entry.
extension Engine {
    func revoke(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try RevokeParams(request, in: bytes)
        try allow(ownedBy: parameters.token != nil, request.method, peer)
        var revoked = 0
        switch try target(of: parameters, peer) {
        case .none: break
        case .unseen(let end, let handle):
            if parameters.token != nil, parameters.handle != nil { try allow(end, peer) }
            return revokeShared(end, handle: handle, user: nil, request.storedID(in: bytes), peer)
        case .held(let session, let digest):
            let (handle, user) = (session.handle, ledger.userName(of: session))
            if session.isShared {
                let end = endTarget(of: session, digest: digest, .request)
                return revokeShared(end, handle: handle, user: user, request.storedID(in: bytes), peer)
            }
            if ledger.end(handle, in: peer.realms, reason: .request, now: now.seconds, ended: noteEnd) {
                revoked = 1
                host.record(.ended(.request, user: user, handle: handle.text, peer: peer.credentials))
            }
        }
        answer(request, bytes, &answers) { $0.revokedResult(Int64(revoked)) }
    }

    /// What a revocation means.
    private enum Target {
        /// A session that the ledger has, with the digest of its token if the request shows that.
        case held(Session, TokenDigest?)
        /// A shared session that this host does not hold, with its handle if the request names that.
        case unseen(EndTarget, SessionHandle?)
        /// No session, or one that the caller may not end.
        case none
    }

    /// What a revocation means. Throws where the token's session may be on another host.
    private func target(of parameters: borrowing RevokeParams, _ peer: Peer) throws(Refusal) -> Target {
        let named = parameters.handle.flatMap { ledger.session($0, in: peer.realms, now: now.seconds) }
        switch parameters.token {
        case .none:
            if let named { return .held(named, nil) }
            guard let handle = parameters.handle, let end = endTarget(of: handle, peer) else { return .none }
            return .unseen(end, handle)
        case .some(let token):
            let digest = TokenDigest(of: token)
            if let kept = replacement(of: digest, peer) {
                let session = successor(of: digest, peer)?.session
                guard let handle = parameters.handle, handle != kept.handle else {
                    return session.map { .held($0, digest) } ?? .unseen(endTarget(of: kept), kept.handle)
                }
                if let session { return target(handle, named, of: session) }
                guard handle.prefix == kept.handle.prefix else { return .none }
                return named.map { .held($0, nil) } ?? .unseen(unseenEnd(of: handle), handle)
            }
            if parameters.handle == nil, let end = unseenEnd(of: token, peer) { return .unseen(end, nil) }
            let own: Session
            do throws(Refusal) { own = try resolve(token, peer, isEnding: true) } catch {
                guard missing == nil else { throw error }
                return .none
            }
            guard let handle = parameters.handle else { return .held(own, digest) }
            return target(handle, named, of: own)
        }
    }

    /// The session of a handle, if its realm and user are those of `own`. The bucket of a shared handle names both.
    private func target(_ handle: SessionHandle, _ named: Session?, of own: Session) -> Target {
        guard let named else {
            return own.isShared && own.handle.prefix == handle.prefix ? .unseen(unseenEnd(of: handle), handle) : .none
        }
        return named.realm == own.realm && ledger.user(of: named) == ledger.user(of: own) ? .held(named, nil) : .none
    }

    func revokeAll(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try RevokeAllParams(request, in: bytes)
        let subject = try subject(parameters.subject, request.method, bytes, peer)
        let start = try parameters.cursor.map { (text) throws(Refusal) in try cursor(text, bytes) }
        // Everybody's sessions are ended on the other hosts by the first part of the request.
        let targets = start == nil ? endTargets(of: subject.name, in: subject.realms, except: parameters.except) : []
        if subject.name == nil, !targets.isEmpty, parameters.except.map({ $0.hint == nil }) ?? false {
            throw Refusal(.unsupported)
        }
        if case .token = parameters.subject { for target in targets { try allow(target, peer) } }
        let ending = endShared(targets, for: peer.user)
        let ended = endAll(of: subject, except: parameters.except, after: start)
        let (revoked, next) = (ended.revoked + (ending?.endedHere ?? 0), ended.next.map { PagePlace.own($0).text })
        if case .everybody = subject.who { work += MethodWork.everybody }
        work += revoked * MethodWork.endedSession
        if revoked > 0 {
            host.record(.endedAll(.request, count: revoked, user: subject.name, peer: peer.credentials))
        }
        if let ending {
            return revokeAllShared(ending, revoked: revoked, next: next, request.storedID(in: bytes), peer)
        }
        answer(request, bytes, &answers) { answers in
            if let next {
                answers.revokedAllResult(Int64(revoked), next: next.span)
            } else {
                answers.revokedAllResult(Int64(revoked), next: nil)
            }
        }
    }

    /// Ends sessions and logins in progress. Everybody's sessions may take several calls: `next` is where to go on.
    private func endAll(
        of subject: Owner, except: SessionHandle?, after start: ListCursor?
    ) -> (revoked: Int, next: ListCursor?) {
        // There may be thousands of ends. Without a subscriber the ledger reports none of them one by one.
        let isHeard = subscribers.want(.revoked) || subscribers.want(.expired)
        switch subject.who {
        case .everybody:
            let outcome = ledger.endAll(
                in: subject.realms, except: except, after: start, reason: .request, now: now.seconds,
                ended: isHeard ? noteEnd : { _, _, _ in })
            cancelLogins(in: subject.realms)
            return (outcome.ended, outcome.next)
        case .user(let name, let user):
            let revoked = user.map {
                ledger.endAll(
                    of: $0, in: subject.realms, except: except, reason: .request, now: now.seconds,
                    ended: isHeard ? noteEnd : { _, _, _ in })
            }
            cancelLogins(of: name, in: subject.realms)
            return (revoked ?? 0, nil)
        }
    }

    /// Whose sessions a request is about.
    struct Owner {
        enum Who {
            /// Without a ledger's user, the name has no session.
            case user(String, LedgerUser?)
            case everybody
        }

        let who: Who
        /// Where the caller may touch them.
        let realms: RealmSet

        /// The user's name; nil for everybody.
        var name: String? { if case .user(let name, _) = who { name } else { nil } }
    }

    func subject(
        _ subject: borrowing Subject, _ method: Method, _ bytes: Span<UInt8>, _ peer: Peer
    ) throws(Refusal) -> Owner {
        switch subject {
        case .user(let name):
            try allow(ownedBy: false, method, peer)
            let user = ledger.user(named: name.copy(from: bytes).span)
            return Owner(who: .user(name.string(in: bytes), user), realms: peer.realms)
        case .token(let token):
            try allow(ownedBy: true, method, peer)
            let session = try resolve(token, peer)
            return Owner(
                who: .user(ledger.userName(of: session), ledger.user(of: session)), realms: RealmSet(session.realm))
        case .everybody(let realm):
            try allow(ownedBy: false, method, peer)
            guard let realm else { return Owner(who: .everybody, realms: peer.realms) }
            guard let id = services.realm(named: realm.string(in: bytes)), peer.realms.contains(id) else {
                throw Refusal(.invalidParams)
            }
            return Owner(who: .everybody, realms: RealmSet(id))
        }
    }

    /// A token that is shown needs `validate`, everything else `admin`.
    private func allow(ownedBy token: Bool, _ method: Method, _ peer: Peer) throws(Refusal) {
        let role = RequiredRole.role(token ? .validate : .admin)
        guard peer.mayUse(role) else { throw forbidden(method, peer, lacks: role.lacking(peer.grant.roles)) }
    }

    /// The cursor of everybody's sessions is the decimal number of a slot.
    private func cursor(_ text: JSONText, _ bytes: Span<UInt8>) throws(Refusal) -> ListCursor {
        guard let slot = UInt32(text.string(in: bytes)) else { throw Refusal(.invalidParams) }
        return ListCursor(slot: slot)
    }
}

extension Ledger {
    /// The name of the user whose session it is.
    func userName(of session: Session) -> String {
        with(.user, of: session) { name in String(decoding: name.indices.map { name[$0] }, as: UTF8.self) }
    }
}
