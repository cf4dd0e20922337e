internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSessions
internal import UsherWire

/// The shared realms that a list of a user's sessions is about.
struct SharedList {
    /// The user's name.
    let user: String
    /// The pseudonyms of the realms and of the user there, in the order of the pages.
    let parts: [(realm: UInt32, id: RealmID, bucket: UInt32)]

    /// Nil where no realm among `realms` is shared.
    init?(of user: String, in realms: RealmSet, _ engine: Engine) {
        guard let cluster = engine.cluster else { return nil }
        self.user = user
        parts = engine.sharedRealms(among: realms).map { name, pseudonym, id in
            (pseudonym, id, cluster.keys.bucket(realm: name, user: user))
        }
        if parts.isEmpty { return nil }
    }

    /// The page behind the last one of `realm`; nil where that is the last realm.
    func place(after realm: UInt32) -> PagePlace? {
        guard let at = parts.firstIndex(where: { $0.realm == realm }), at + 1 < parts.count else { return nil }
        return .shared(parts[at + 1].realm, .start, ordinal: 0)
    }
}

/// The sessions of a user on all hosts: first those of realms that are this host's own, then those of each shared
/// realm, as the store has them. They are shown, and neither held nor used.
extension Engine {
    /// The shared realms that are configured here and in `realms`: name, pseudonym and number.
    func sharedRealms(among realms: RealmSet) -> [(name: String, pseudonym: UInt32, id: RealmID)] {
        guard let cluster else { return [] }
        return services.realmNames(in: realms).sorted().compactMap { name in
            guard let pseudonym = cluster.realms[name], let id = services.realm(named: name) else { return nil }
            return (name, pseudonym, id)
        }
    }

    func listOfHosts(
        _ list: SharedList, _ subject: Owner, _ place: PagePlace?, _ request: Request, _ bytes: Span<UInt8>,
        _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        var own = subject.realms
        for part in list.parts { own.remove(part.id) }
        switch place {
        case .shared(let realm, let start, let ordinal):
            let reply = later(request.storedID(in: bytes), of: peer)
            return try ask(list, realm, start, ordinal, subject.who, reply, peer)
        case .copies(let realm, let after):
            guard let part = list.parts.first(where: { $0.realm == realm }) else { throw Refusal(.invalidParams) }
            answer(request, bytes, &answers) { writeCopies(part, list, subject.who, after, &$0) }
        case .own, nil:
            let start = list.parts[0].realm
            guard place != nil || hasSessions(subject.who, in: own) else {
                let reply = later(request.storedID(in: bytes), of: peer)
                return try ask(list, start, .start, 0, subject.who, reply, peer)
            }
            answer(request, bytes, &answers) { answers in
                let next = writePage(of: subject.who, in: own, after: place?.own, &answers)
                Self.endPage(next.map { .own($0) } ?? .shared(start, .start, ordinal: 0), isPartial: false, &answers)
            }
        }
    }

    private func hasSessions(_ who: Owner.Who, in realms: RealmSet) -> Bool {
        guard case .user(_, let user?) = who else { return false }
        var hasSome = false
        _ = ledger.list(of: user, in: realms, limit: 1, now: now.seconds) { _ in
            hasSome = true
            return true
        }
        return hasSome
    }

    /// Asks the store for a page, and answers it. A list that began in another epoch begins again: the cursors of one
    /// server mean nothing to another.
    private func ask(
        _ list: SharedList, _ realm: UInt32, _ start: ListPlace, _ ordinal: UInt64, _ who: Owner.Who,
        _ reply: consuming PendingReply, _ peer: Peer
    ) throws(Refusal) {
        let owed = OwedReply(reply)
        guard let cluster, let part = list.parts.first(where: { $0.realm == realm }) else {
            return refuse(owed, Refusal(.invalidParams))
        }
        let current = cluster.host.ordinal
        work += Int(cluster.host.limits.listBatch) * MethodWork.listedRecord
        ask(peer.user) {
            .listAsked($0, $1, bucket: part.bucket, from: ordinal == current ? start : .start)
        } then: { [unowned self] outcome in
            switch outcome {
            case .listed(let sessions, let next, let isWhole):
                guard let reply = owed.take() else { return }
                let following = next.map { PagePlace.shared(realm, $0, ordinal: current) } ?? list.place(after: realm)
                answer(reply) {
                    let end = writeShared(sessions, of: list.user, part, &$0)
                    let next = end.map { PagePlace.shared(realm, $0, ordinal: current) } ?? following
                    Self.endPage(next, isPartial: !isWhole, &$0)
                }
            // A list that has begun goes on with the store; one that has not shows what is known here.
            case .unavailable where start == .start:
                guard let reply = owed.take() else { return }
                let user = ledger.user(named: Array(list.user.utf8).span)
                answer(reply) { writeCopies(part, list, .user(list.user, user), nil, &$0) }
            default: refuse(owed, refusal(of: outcome))
            }
        }
    }

    private func writeCopies(
        _ part: (realm: UInt32, id: RealmID, bucket: UInt32), _ list: SharedList, _ who: Owner.Who,
        _ start: ListCursor?, _ answers: inout FrameBuffer
    ) {
        let next = writePage(of: who, in: RealmSet(part.id), after: start, &answers)
        let following = next.map { PagePlace.copies(part.realm, $0) } ?? list.place(after: part.realm)
        Self.endPage(following, isPartial: true, &answers)
    }

    /// Writes the sessions of a page, as many as fit the frame. The place of those that do not; nil where all fit.
    private func writeShared(
        _ sessions: [ListedSession], of user: String, _ part: (realm: UInt32, id: RealmID, bucket: UInt32),
        _ answers: inout FrameBuffer
    ) -> ListPlace? {
        answers.beginPage()
        var last: ListedSession?
        for session in sessions {
            let isFull = !add(session, of: user, part.id, &answers)
            // One that fits no page at all is passed over.
            if isFull, let last { return last.following }
            last = session
        }
        return nil
    }

    /// Adds a session to the page, if it lives and is one of that very name: two names may have one pseudonym. False
    /// where there is no room for it. A copy that is held here knows the latest use.
    private func add(
        _ listed: ListedSession, of user: String, _ realm: RealmID, _ answers: inout FrameBuffer
    ) -> Bool {
        guard let cluster, isLive(listed.record),
            let sealed = try? open(listed.record, under: listed.digest, cluster),
            sealed.user.elementsEqual(user.utf8)
        else { return true }
        if let session = ledger.session(TokenDigest(listed.digest), in: RealmSet(realm), now: now.seconds) {
            return answers.addToPage { write(session, withData: false, to: &$0) }
        }
        let (record, uid) = (listed.record, sealed.origin == cluster.origin ? sealed.uid : nil)
        let figures = SessionFigures(
            handle: SessionHandle(prefix: record.bucket, tag: record.tag.value), uid: uid,
            created: Int64(sealed.created), authenticated: Int64(sealed.authenticated), lastSeen: Int64(record.seen),
            idleExpires: record.idleEnd, expires: Int64(record.absolute), version: Int64(clamping: record.version))
        return answers.addToPage {
            $0.session(
                figures, realm: sealed.realm.span, service: sealed.service.span, user: sealed.user.span,
                methods: sealed.methods.span, context: sealed.context.span, data: nil)
        }
    }

    private func isLive(_ record: SharedRecord) -> Bool { record.idleEnd > Int64(unix(now.seconds)) }
}

extension SharedRecord {
    /// When it ends unless it is used, in Unix seconds.
    fileprivate var idleEnd: Int64 { min(Int64(seen) + Int64(idle), Int64(absolute)) }
}
