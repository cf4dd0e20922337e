internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// A session that is to be put into the store.
struct SessionDraft {
    let user: String
    let uid: UInt32?
    let service: ServiceTable.Entry
    let proof: SessionProof
    let methods: [UInt8]
    let context: [UInt8]
    /// ``ClusterHost/loginStamp`` when its login began.
    let began: Stamp
}

/// An update that met a change of another host, and is handled again with the newer data.
final class RepeatedUpdate {
    let connection: ConnectionID
    let body: SecretBytes
    /// How often it has met one.
    let count: Int

    init(_ body: Span<UInt8>, from connection: ConnectionID, count: Int) {
        (self.connection, self.count) = (connection, count)
        self.body = SecretBytes(copying: body)
    }
}

/// New sessions and changes of shared ones. The store has each before it is answered, and every host knows of each
/// change before that is answered.
extension Engine {
    /// How often an update without `if_version` is made anew from newer data.
    private static let updates = 3

    /// Whether sessions of a realm are shared.
    func isShared(realm: String) -> Bool { cluster?.realms[realm] != nil }

    /// Where a login begins, by the stream. Refuses where the store is away, before anybody types a password.
    func loginStamp() throws(Refusal) -> Stamp {
        guard let host = cluster?.host, let stamp = host.loginStamp, host.hasLease(at: instant) else { throw away() }
        return stamp
    }

    // MARK: New sessions

    /// Puts a session into the store, and into the ledger by that.
    func put(
        _ draft: SessionDraft, as fresh: FreshToken, for user: UInt32,
        then: @escaping (Result<Session, Refusal>) -> Void
    ) {
        let digest = SharedDigest(fresh.digest)
        guard let record = record(of: draft, under: digest) else { return then(.failure(Refusal(.tooLarge))) }
        let limits = configuration.limits
        let order = PutOrder(
            digest: digest, record: record, limit: UInt32(clamping: limits.sessionsPerUser),
            evicts: limits.sessionsPerUserPolicy == .evict, began: draft.began,
            note: cluster?.note ?? [])
        ask(user) {
            .putAsked($0, $1, order)
        } then: { [unowned self] answer in
            guard answer == .done else {
                return then(.failure(answer == .conflict ? away() : refusal(of: answer)))
            }
            find(digest, for: user) { [unowned self] session, _ in
                then(session.map { .success($0) } ?? .failure(cluster?.misfit ?? away()))
            }
        }
    }

    private func record(of draft: SessionDraft, under digest: SharedDigest) -> SharedRecord? {
        guard let cluster, let realm = cluster.realms[draft.service.service.realm] else { return nil }
        let (seconds, lifetime) = (unix(now.seconds), draft.service.lifetime)
        let sealed = SealedSession(
            created: seconds, authenticated: seconds, uid: draft.uid, origin: cluster.origin,
            proof: draft.proof.rawValue, realm: Array(draft.service.service.realm.utf8),
            service: Array(draft.service.service.name.utf8), user: Array(draft.user.utf8), methods: draft.methods,
            context: draft.context, data: [])
        let record = SharedRecord(
            key: 0, seen: seconds, idle: max(lifetime.idle, 1),
            absolute: UInt32(clamping: UInt64(seconds) + UInt64(max(lifetime.absolute, 1))), version: 1, stamp: .zero,
            bucket: cluster.keys.bucket(realm: draft.service.service.realm, user: draft.user), realm: realm,
            tag: SessionTag(newTag()), nonce: 0, sealed: [])
        return cluster.seal.seal(sealed, in: record, under: digest)
    }

    private func newTag() -> UInt64 {
        while true {
            let tag = Random.word()
            if tag != 0 { return tag }
        }
    }

    /// A token of a new session with that lifetime.
    func sharedToken(lifetime: Lifetime) -> FreshToken {
        let end = UInt32(clamping: UInt64(unix(now.seconds)) + UInt64(max(lifetime.absolute, 1)))
        return FreshToken(cluster?.tokens.make(until: end) ?? SessionToken())
    }

    /// `session.create` in a shared realm.
    func createShared(_ draft: SessionDraft, _ id: WireRequestID, _ peer: Peer) {
        let (fresh, owed) = (sharedToken(lifetime: draft.service.lifetime), OwedReply(later(id, of: peer)))
        let credentials = peer.credentials
        put(draft, as: fresh, for: peer.user) { [unowned self] outcome in
            switch outcome {
            case .success(let session):
                host.record(
                    .created(
                        user: draft.user, service: draft.service.service.name, handle: session.handle.text,
                        peer: credentials))
                tell(.created, of: session, .issue, in: ledger)
                answer(owed, fresh, session)
            case .failure(let refusal): refuse(owed, refusal)
            }
        }
    }

    // MARK: Other data

    /// `session.update` of a shared session, from the version that the ledger has. `body` is the request.
    func updateShared(
        _ session: Session, _ digest: TokenDigest, data: [UInt8], ifVersion expected: UInt32?, _ request: Request,
        _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer
    ) throws(Refusal) {
        guard expected == nil || expected == ledger.version(of: session) else { throw Refusal(.conflict) }
        guard data.count <= Limit.data else { throw Refusal(.tooLarge) }
        let shared = SharedDigest(digest)
        let made = record(of: session, under: shared) { record, sealed in
            record.version += 1
            sealed.data = data
        }
        guard let record = made else { throw Refusal(.tooLarge) }
        let tag = SessionTag(session.handle.tag)
        if let refusal = cluster?.rates.take(.data, of: tag, for: peer.user, now: now.nanoseconds) { throw refusal }
        let again = RepeatedUpdate(
            bytes.extracting(body), from: peer.id, count: (repeatedUpdate?.count ?? 0) + 1)
        let owed = OwedReply(later(request.storedID(in: bytes), of: peer))
        ask(peer.user) {
            .changeAsked($0, $1, ChangeOrder(digest: shared, record: record))
        } then: { [unowned self] answer in
            if !answer.mayBeDone { cluster?.rates.give(.data, of: tag) }
            switch answer {
            case .done:
                if let session = ledger.session(digest, in: .all, now: now.seconds) {
                    tell(.updated, of: session, .request, in: ledger)
                }
                if let reply = owed.take() { self.answer(reply) { $0.versionResult(Int64(clamping: record.version)) } }
            case .conflict where expected == nil && again.count < Self.updates: repeatUpdate(again, owed)
            default: refuse(owed, refusal(of: answer))
            }
        }
    }

    /// Handles an update again, as if it had just come.
    private func repeatUpdate(_ update: RepeatedUpdate, _ owed: OwedReply) {
        guard let request = owed.take()?.take(), peer(request.connection) != nil else { return }
        cluster?.arrivals.append(.update(update))
    }

    // MARK: Answers

    /// Answers with a token and its session. False where nobody gets it.
    @discardableResult
    func answer(_ owed: OwedReply, _ fresh: FreshToken, _ session: Session) -> Bool {
        guard let reply = owed.take() else { return false }
        return answer(reply) {
            $0.beginTokenResult(fresh.token)
            write(session, withData: true, to: &$0)
            $0.endObject()
        }
    }

    /// Answers with an error.
    func refuse(_ owed: OwedReply, _ refusal: Refusal) {
        if let reply = owed.take() { refuse(reply, refusal) }
    }
}

extension Ledger {
    /// The version of a session's data.
    fileprivate func version(of session: Session) -> UInt32 {
        var version: UInt32 = 1
        lend(session) { _, number, _, _, _, _, _, _ in version = number }
        return version
    }
}
