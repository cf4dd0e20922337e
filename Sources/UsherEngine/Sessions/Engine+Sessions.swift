internal import UsherNames
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// `session.*` on the session whose token is shown.
extension Engine {
    func touch(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try TouchParams(request, in: bytes)
        parameters.forEachToken(in: bytes) {
            touch(TokenDigest(of: $0), peer)
        }
        answer(request, bytes, &answers) { $0.emptyObject() }
    }

    func rotate(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try RotateParams(request, in: bytes)
        let digest = TokenDigest(of: parameters.token)
        if rotateAgain(digest, request.storedID(in: bytes), peer) { return }
        let before = try resolve(parameters.token, peer)
        if before.isShared { return rotateShared(before, digest, request.storedID(in: bytes), peer) }
        let fresh = SessionToken()
        let session: Session
        do throws(LedgerError) {
            session = try ledger.rotate(digest, to: TokenDigest(of: fresh), in: peer.realms, now: now.seconds)
        } catch {
            throw Refusal(because: error)
        }
        host.record(.rotated(handle: session.handle.text, peer: peer.credentials))
        tell(.rotated, of: session, .request, in: ledger)
        answer(request, bytes, &answers) {
            $0.beginTokenResult(fresh)
            write(session, withData: true, to: &$0)
            $0.endObject()
        }
    }

    func update(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try UpdateParams(request, in: bytes)
        let digest = TokenDigest(of: parameters.token)
        let session = try resolve(parameters.token, peer)
        let patched = ledger.with(.data, of: session) { stored in
            work += stored.count * MethodWork.dataByte
            return Result { () throws(Refusal) in try parameters.data.applied(to: stored, in: bytes) }
        }
        let data = try patched.get()
        work += data.count * MethodWork.dataByte
        let expected = parameters.ifVersion.map { UInt32(clamping: $0) }
        if session.isShared {
            return try updateShared(
                session, digest, data: data, ifVersion: expected, request, body, bytes, peer)
        }
        let version: UInt32
        do throws(LedgerError) {
            version = try ledger.update(session, data: data.span, ifVersion: expected)
        } catch {
            throw Refusal(because: error)
        }
        tell(.updated, of: session, .request, in: ledger)
        answer(request, bytes, &answers) { $0.versionResult(Int64(version)) }
    }

    func create(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try CreateParams(request, in: bytes)
        let service = try service(parameters.service?.string(in: bytes), of: peer)
        let user = parameters.user.string(in: bytes)
        guard !rootNames.contains(user) else { throw Refusal(.notPermitted) }
        let context = parameters.context?.json ?? []
        // The last eighth of the ledger is for logins: no issuer, whatever its realm, can keep people out.
        if let shortage = ledger.shortage(forIssuerOf: user.utf8.count, context: context.count) {
            throw Refusal(because: shortage)
        }
        let methods = methodsArray(parameters.methods)
        try reserveLabels(from: methods)
        if isShared(realm: service.service.realm) {
            let draft = SessionDraft(
                user: user, uid: nil, service: service, proof: .issued, methods: methods, context: context,
                began: try loginStamp())
            return createShared(draft, request.storedID(in: bytes), peer)
        }
        let token = SessionToken()
        let session = try makeSession(
            token, user: user, uid: nil, service: service, proof: .issued, methods: methods, context: context)
        host.record(
            .created(user: user, service: service.service.name, handle: session.handle.text, peer: peer.credentials))
        tell(.created, of: session, .issue, in: ledger)
        answer(request, bytes, &answers) {
            $0.beginTokenResult(token)
            write(session, withData: true, to: &$0)
            $0.endObject()
        }
    }

    /// Keeps a quarter of the ledger's labels for names of the configuration, which logins need. Lists of methods that
    /// only an issuer uses may take the rest, each list once.
    private func reserveLabels(from methods: [UInt8]) throws(Refusal) {
        guard !services.prove(methods), isShortOfLabels, !ledger.hasLabel(forMethods: methods.span) else { return }
        // A refused request must not search the whole table each time: once a second is enough.
        if let searched = services.searched, now.nanoseconds - searched < 1_000_000_000 {
            throw Refusal(.labels)
        }
        services.searched = now.nanoseconds
        dropUnusedNames()
        if isShortOfLabels { throw Refusal(.labels) }
    }

    private var isShortOfLabels: Bool {
        // Realms have a part of the table to themselves.
        ledger.usage.labels > (ledger.geometry.labels - LedgerGeometry.realms) / 4 * 3
    }

    /// The configured service that `name`, or no name, means for this peer.
    func service(_ name: String?, of peer: Peer) throws(Refusal) -> ServiceTable.Entry {
        guard let granted = peer.grant.service(name), let entry = services.named(granted.name) else {
            throw Refusal(.unknownService)
        }
        return entry
    }

    /// Makes a session. It may end the user's session that has been idle for longest.
    func makeSession(
        _ token: borrowing SessionToken, user: String, uid: UInt32?, service: ServiceTable.Entry, proof: SessionProof,
        methods: [UInt8], context: [UInt8]
    ) throws(Refusal) -> Session {
        let limits = configuration.limits
        let quota = UserQuota(
            limit: UInt32(clamping: limits.sessionsPerUser),
            policy: limits.sessionsPerUserPolicy == .evict ? .endOldestIdle : .refuse)
        do throws(LedgerError) {
            let session = try ledger.create(
                TokenDigest(of: token), user: Array(user.utf8).span, uid: uid, service: service.id,
                proof: proof, methods: methods.span, context: context.span, lifetime: service.lifetime,
                created: now.seconds, authenticated: now.seconds, quota: quota, now: now.seconds, ended: noteEnd)
            noteDeadline(session.idleExpires)
            tellFilling()
            return session
        } catch {
            throw Refusal(because: error)
        }
    }

    /// Tells the journal that the ledger is nearly full, once an hour.
    private func tellFilling() {
        let hour: Int64 = 3_600_000_000_000
        guard ledger.isNearlyFull, toldFilling.map({ now.nanoseconds - $0 >= hour }) ?? true else { return }
        toldFilling = now.nanoseconds
        host.record(
            .ledgerFilling(
                sessions: ledger.count, capacity: ledger.geometry.capacity, memory: ledger.memoryUsed,
                limit: ledger.memoryLimit))
    }
}
