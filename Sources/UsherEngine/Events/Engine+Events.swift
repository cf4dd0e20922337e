internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// `events.subscribe`, and the events that subscribers get.
extension Engine {
    /// The retry-after of a client that finds too many subscribers.
    private static let fullRetry = Duration.seconds(1)

    func subscribe(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try SubscribeParams(request, in: bytes)
        let entry = Subscribers.Entry(
            id: peer.id, owner: peer.user, realms: peer.realms, kinds: try kinds(parameters.kinds, peer),
            user: parameters.user.map { user in user.copy(from: bytes) })
        guard subscribers.set(entry, limit: configuration.limits.subscribers) else {
            throw Refusal(.busy, retryAfter: Self.fullRetry)
        }
        answer(request, bytes, &answers) { $0.emptyObject() }
    }

    /// The kinds that a peer gets. Refused logins are for admins.
    private func kinds(_ asked: EventKinds?, _ peer: Peer) throws(Refusal) -> EventKinds {
        let refused = EventKinds(.refused)
        if peer.grant.allows(.admin) { return asked ?? .all }
        if asked?.contains(refused) == true { throw forbidden(.subscribe, peer, lacks: Roles.admin.names) }
        return (asked ?? .all).subtracting(refused)
    }

    /// Tells that a session began or changed.
    func tell(_ kind: EventKind, of session: Session, _ reason: ChangeReason, in ledger: borrowing Ledger) {
        tell(kind, of: session, reason.name, nil, in: ledger)
    }

    /// Tells that a session ended.
    func tellEnd(of session: Session, _ reason: EndReason, in ledger: borrowing Ledger) {
        tell(reason.event, of: session, reason.name, reason.detail, in: ledger)
    }

    /// `ledger` is this engine's, lent because it may be in the middle of a change.
    private func tell(
        _ kind: EventKind, of session: Session, _ reason: StaticString, _ detail: StaticString?,
        in ledger: borrowing Ledger
    ) {
        guard subscribers.want(kind) else { return }
        ledger.lendNames(of: session) { realm, service, user in
            tell(kind, in: session.realm, about: user) {
                $0.writeEvent(
                    kind, handle: session.handle, realm: realm, service: service, user: user, reason: reason,
                    detail: detail, host: cluster?.endingHost, at: now.unix(now.seconds))
            }
        }
    }

    /// Tells that a session ended for want of use, whose copy is gone.
    func tellIdle(of session: IdledSession) {
        tell(.expired, in: session.realm, about: session.user.span) {
            $0.writeEvent(
                .expired, handle: session.handle, realm: session.realmName.span, service: session.service.span,
                user: session.user.span, reason: EndReason.idle.name, at: now.unix(now.seconds))
        }
    }

    /// Tells that a login was refused. The event shows `name`, or no name if nil. A subscriber to one user gets the
    /// event by the name as entered even so.
    func tellRefusal(of login: RefusedLogin, under name: String?, _ code: ErrorCode) {
        guard subscribers.want(.refused), let realm = login.realm else { return }
        tell(.refused, in: realm.id, about: Array((name ?? login.user).utf8).span) {
            $0.writeEvent(
                .refused, handle: nil, realm: Array(realm.name.utf8).span, service: Array(login.service.utf8).span,
                user: Array((name ?? "").utf8).span,
                reason: code.reason, source: login.origin.source, client: login.origin.client,
                at: now.unix(now.seconds))
        }
    }

    /// Writes an event once, if anybody is to get it. Disconnects subscribers that are too far behind, with `gap`.
    private func tell(
        _ kind: EventKind, in realm: RealmID, about user: Span<UInt8>,
        _ write: (inout FrameBuffer) -> FrameBuffer.Ending
    ) {
        let hearing = subscribers.hearing(kind, in: realm, about: user)
        work += subscribers.count * MethodWork.event
        guard !hearing.isEmpty else { return }
        _ = write(&event)
        let late = event.withBytes { host.post($0, to: hearing) }
        event.wipe()
        for id in late { cutOff(id) }
    }

    private func cutOff(_ id: ConnectionID) {
        subscribers.remove(id)
        statistics.subscribersCutOff += 1
        if let peer = peer(id) { host.record(.cutOff(what: "events", peer: peer.credentials)) }
        _ = event.writeEvent(
            .gap, handle: nil, realm: Span(), service: Span(), user: Span(), reason: "", at: now.unix(now.seconds))
        event.withBytes { host.dismiss(id, with: $0) }
        event.removeAll()
    }
}

/// Why a session began or changed.
enum ChangeReason {
    /// A person logged in.
    case login
    /// A peer made the session without a login.
    case issue
    /// A peer asked for it.
    case request

    /// As it stands in `reason`.
    var name: StaticString {
        switch self {
        case .login: "login"
        case .issue: "issue"
        case .request: "request"
        }
    }
}

extension EndReason {
    /// The event that tells of such an end.
    fileprivate var event: EventKind { kind == .expired ? .expired : .revoked }
}

extension Ledger {
    /// Lends realm, service and user of a session.
    func lendNames(
        of session: Session, _ body: (_ realm: Span<UInt8>, _ service: Span<UInt8>, _ user: Span<UInt8>) -> Void
    ) {
        lend(session) { _, _, realm, service, user, _, _, _ in body(realm, service, user) }
    }
}
