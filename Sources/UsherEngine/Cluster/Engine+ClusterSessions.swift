internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSessions
internal import UsherWire

/// Between the store's records and the ledger's sessions.
extension Engine {
    // MARK: Into the ledger

    /// Takes a record into the ledger. If the ledger cannot have it, an older copy goes too.
    func adopt(_ digest: SharedDigest, _ record: SharedRecord, until end: BootInstant, _ cluster: Cluster) {
        cluster.misfit = nil
        do throws(Refusal) {
            let sealed = try open(record, under: digest, cluster)
            // By the store's clock, in whole seconds, where the host's own is behind.
            let expires = min(boot(record.absolute), LedgerSeconds(Int32(clamping: end.seconds + 1)))
            let shared = SharedSession(
                tag: record.tag.value, bucket: record.bucket,
                uid: sealed.origin == cluster.origin ? sealed.uid : nil,
                service: try service(of: sealed), proof: SessionProof(rawValue: sealed.proof) ?? .issued,
                created: boot(sealed.created), authenticated: boot(sealed.authenticated),
                lastSeen: boot(record.seen), idle: record.idle, expires: expires,
                version: UInt32(clamping: record.version), user: sealed.user, methods: sealed.methods,
                context: sealed.context, data: sealed.data)
            noteDeadline(try insert(shared, under: digest).idleExpires)
            if sealed.origin != cluster.origin { cluster.accounts[record.tag] = (sealed.origin, sealed.uid) }
        } catch {
            cluster.misfit = error
            drop(digest, cluster)
            cluster.events.append(.forgotten(digest))
        }
    }

    private func insert(_ shared: SharedSession, under digest: SharedDigest) throws(Refusal) -> Session {
        do throws(LedgerError) {
            return try ledger.adoptShared(TokenDigest(digest), shared, now: now.seconds) { [cluster] in
                cluster?.events.append(.forgotten(SharedDigest($0)))
            }
        } catch {
            throw error.code == .noSuchSession ? Refusal(.noSuchSession) : away()
        }
    }

    /// The session in a record, of a realm that is shared here and of a user who is not root here. What a record shows
    /// to the store must agree with what the store cannot read.
    func open(
        _ record: SharedRecord, under digest: SharedDigest, _ cluster: Cluster
    ) throws(Refusal) -> SealedSession {
        let sealed: SealedSession
        do throws(SealFailure) { sealed = try cluster.seal.open(record, under: digest) } catch {
            host.record(.clusterRecordUnread(error))
            throw Refusal(.noSuchSession)
        }
        let realm = String(decoding: sealed.realm, as: UTF8.self)
        let user = String(decoding: sealed.user, as: UTF8.self)
        guard let pseudonym = cluster.realms[realm], pseudonym == record.realm,
            cluster.keys.bucket(realm: realm, user: user) == record.bucket, !rootNames.contains(user)
        else { throw Refusal(.noSuchSession) }
        return sealed
    }

    /// The service of a session. One that is not configured here keeps its name, as that of a session which outlives a
    /// change of the configuration.
    private func service(of sealed: SealedSession) throws(Refusal) -> ServiceID {
        do throws(LedgerError) {
            return try ledger.service(sealed.service.span, realm: try ledger.realm(sealed.realm.span))
        } catch {
            throw away()
        }
    }

    /// The instant of a Unix time.
    private func boot(_ unix: UInt32) -> LedgerSeconds {
        LedgerSeconds(Int32(clamping: Int64(unix) - now.unixOffset))
    }

    // MARK: Out of the ledger

    /// Forgets a copy. The session may go on.
    func drop(_ digest: SharedDigest, _ cluster: Cluster) {
        if let tag = copy(digest)?.handle.tag { cluster.accounts[SessionTag(tag)] = nil }
        _ = ledger.dropShared(TokenDigest(digest))
    }

    /// Ends a copy, or forgets it where the session goes on under another token.
    func end(_ digest: SharedDigest, _ reason: UInt8, _ cluster: Cluster) {
        let goesOn = reason == 0 && cluster.told.moved.contains(digest)
        guard !goesOn, let session = copy(digest) else { return drop(digest, cluster) }
        cluster.endedCount += 1
        cluster.spent.append(digest)
        cluster.endingHost = otherHost(thatEnded: session, digest, cluster)
        defer { cluster.endingHost = nil }
        cluster.accounts[SessionTag(session.handle.tag)] = nil
        if !ledger.end(session.handle, in: .all, reason: EndReason(code: reason), now: now.seconds, ended: noteEnd) {
            _ = ledger.dropShared(TokenDigest(digest))
        }
    }

    /// A copy was used for the first time in this second. What one turn brings is told at its end.
    func noteUse(of digest: TokenDigest) { cluster?.events.append(.used(SharedDigest(digest))) }

    private func copy(_ digest: SharedDigest) -> Session? {
        ledger.session(TokenDigest(digest), in: .all, now: now.seconds)
    }

    // MARK: Into the store

    /// The record of a session that is held, with another sealed part where `change` changes it; nil where that does
    /// not fit.
    func record(
        of session: Session, under digest: SharedDigest, nonce: UInt64? = nil,
        _ change: (inout SharedRecord, inout SealedSession) -> Void = { _, _ in }
    ) -> SharedRecord? {
        guard let cluster else { return nil }
        var (record, sealed) = parts(of: session, cluster)
        change(&record, &sealed)
        if let nonce {
            record.nonce = nonce
            return cluster.seal.sealAgain(sealed, in: record, under: digest)
        }
        return cluster.seal.seal(sealed, in: record, under: digest)
    }

    private func parts(of session: Session, _ cluster: Cluster) -> (SharedRecord, SealedSession) {
        var sealed = SealedSession(
            created: unix(session.created), authenticated: unix(session.authenticated), uid: nil,
            origin: cluster.origin, proof: session.proof.rawValue, realm: [], service: [], user: [], methods: [],
            context: [], data: [])
        var version: UInt32 = 1
        ledger.lend(session) { uid, number, realm, service, user, methods, context, data in
            (sealed.uid, version) = (uid, number)
            (sealed.realm, sealed.service, sealed.user) = (Array(realm), Array(service), Array(user))
            (sealed.methods, sealed.context, sealed.data) = (Array(methods), Array(context), Array(data))
        }
        let tag = SessionTag(session.handle.tag)
        if let account = cluster.accounts[tag] { (sealed.origin, sealed.uid) = (account.origin, account.uid) }
        let realm = cluster.realms[String(decoding: sealed.realm, as: UTF8.self)] ?? 0
        let absolute = cluster.host.digest(of: tag).flatMap { cluster.host.absolute(of: $0) }
        let record = SharedRecord(
            key: 0, seen: unix(session.lastSeen), idle: session.idleTimeout,
            absolute: absolute ?? unix(session.expires),
            version: UInt64(version), stamp: .zero, bucket: session.handle.prefix, realm: realm, tag: tag, nonce: 0,
            sealed: [])
        return (record, sealed)
    }

    /// A call with the ledger's records of the sessions that are to be put back.
    func withRecords(_ call: StoreCall) -> StoreCall {
        guard case .again(let items) = call else { return call }
        return .again(
            items.map { item in
                item.record == nil ? item.filled(recordToPutBack(item.digest)) : item
            })
    }

    private func recordToPutBack(_ digest: SharedDigest) -> SharedRecord? {
        guard let session = copy(digest), let nonce = cluster?.host.nonce(of: digest) else { return nil }
        return record(of: session, under: digest, nonce: nonce)
    }

    /// An instant as a record has it.
    func unix(_ instant: LedgerSeconds) -> UInt32 { UInt32(clamping: now.unix(instant)) }
}

extension [UInt8] {
    /// The same bytes.
    init(_ bytes: Span<UInt8>) {
        self = bytes.indices.map { bytes[$0] }
    }
}

extension BootInstant {
    /// Whole seconds since the boot.
    fileprivate var seconds: UInt64 { nanoseconds / 1_000_000_000 }
}

extension EndReason {
    /// The reasons by their numbers in the stream's entries; 2 and 3 are the store's.
    private static let codes: [UInt8: EndReason] = {
        var codes: [UInt8: EndReason] = [1: .request, 2: .quota]
        for (place, end) in AccountEnd.allCases.enumerated() { codes[16 + UInt8(place)] = .account(end) }
        return codes
    }()

    /// The reason with that number. One of another host that is unknown here counts as a request.
    init(code: UInt8) { self = Self.codes[code] ?? .request }

    /// The number of the reason.
    var code: UInt8 { Self.codes.first { $0.value == self }?.key ?? 1 }
}
