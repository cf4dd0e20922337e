import UsherCluster

/// What peers ask of a host.
enum Operation {
    case login(Int, user: UInt32, takes: UInt64)
    case put(Int, session: Int, began: Stamp)
    case validate(Int, session: Int)
    case fetch(Int, SharedDigest)
    case forget(Int, session: Int)
    case end(Int, session: Int, byHandle: Bool)
    case endUser(Int, user: UInt32, spared: Int?)
    case endRealm(Int)
    case rotate(Int, session: Int, tries: Int)
    case update(Int, session: Int, tries: Int)
    /// Gives out a code; claims one.
    case giveOut(Int)
    case claim(Int, code: Int)
    /// Says to a host that another one is gone for good; nil: the machine that is.
    case sayGone(Int, of: Int?)
}

extension World {
    private static let realm: UInt32 = 5
    private static let end: UInt32 = 2_000_000_000
    private static let owner = ShareOwner(uid: 1_000)

    mutating func operate(_ operation: Operation) {
        if isTraced { print(time, "ASKED:", operation) }
        switch operation {
        case .login(let host, let user, let takes): login(host, user, takes)
        case .put(let host, let session, let began): put(host, session, began)
        case .validate(let host, let session): validate(host, resolve(session))
        case .fetch(let host, let digest): fetch(host, digest)
        case .forget(let host, let session): forget(host, resolve(session))
        case .end(let host, let session, let byHandle): end(host, resolve(session), byHandle)
        case .endUser(let host, let user, let spared): endUser(host, user, spared)
        case .endRealm(let host): endRealm(host)
        case .rotate(let host, let session, let tries): rotate(host, session, tries)
        case .update(let host, let session, let tries): update(host, session, tries)
        case .giveOut(let host): giveOut(host)
        case .claim(let host, let code): claim(host, code)
        case .sayGone(let host, let other):
            if let gone = other.map({ hosts[$0].core.member }) ?? gone { sayGone(host, gone) }
        }
    }

    private func resolve(_ session: Int) -> Int { session == Self.newest ? oracle.sessions.count - 1 : session }

    private func runs(_ host: Int) -> Bool {
        hosts[host].isAlive && !hosts[host].isStopped && hosts[host].frozenSince == nil
    }

    private mutating func login(_ host: Int, _ user: UInt32, _ takes: UInt64) {
        guard runs(host), let began = hosts[host].core.loginStamp else { return }
        let session = oracle.begin(bucket: user, realm: Self.realm)
        plan(.operation(.put(host, session: session, began: began)), after: takes)
    }

    private mutating func put(_ host: Int, _ session: Int, _ began: Stamp) {
        nonces += 1
        let known = oracle.sessions[session]
        let record = SharedRecord(
            key: 0, seen: 0, idle: 3_600, absolute: Self.end, version: 1, stamp: .zero, bucket: known.bucket,
            realm: known.realm, tag: known.tag, nonce: nonces, sealed: [0])
        let order = PutOrder(
            digest: Oracle.digest(session, token: 0), record: record, limit: 0, evicts: false, began: began, note: [])
        step(host, .putAsked(oracle.ask(.put(session)), Self.owner, order))
    }

    private mutating func validate(_ host: Int, _ session: Int) {
        // Nobody knows the token of a login or a rotation that is not answered.
        guard session < oracle.sessions.count, oracle.sessions[session].epoch != nil,
            oracle.sessions[session].moves == 0
        else { return }
        fetch(host, digest(session))
    }

    /// A token that the session may have: a peer does not know whether a rotation without an answer was executed.
    private mutating func digest(_ session: Int) -> SharedDigest {
        let candidates = oracle.sessions[session].candidates
        let token = candidates.count > 1 ? candidates.lowerBound + dice.below(candidates.count) : candidates.lowerBound
        return Oracle.digest(session, token: token)
    }

    private mutating func fetch(_ host: Int, _ digest: SharedDigest) {
        let known = oracle.sessions[Oracle.session(digest)]
        let mayBeAbsent = known.isDoubtful || known.epoch != hosts[host].core.epoch && !keepsAll
        step(host, .fetchAsked(oracle.ask(.fetch(digest, mayBeAbsent: mayBeAbsent)), Self.owner, digest))
        step(host, .used(digest))
    }

    /// The ledger forgets a copy. If no other host has the session, the store may lose it now.
    private mutating func forget(_ host: Int, _ session: Int) {
        guard session < oracle.sessions.count, runs(host) else { return }
        let digest = digest(session)
        guard hosts[host].board.slots.removeValue(forKey: digest) != nil else { return }
        oracle.sessions[session].isDoubtful = true
        step(host, .forgotten(digest))
    }

    private mutating func end(_ host: Int, _ session: Int, _ byHandle: Bool) {
        // Nobody knows the token or the handle of a login that is not answered.
        guard session < oracle.sessions.count, oracle.sessions[session].epoch != nil else { return }
        let known = oracle.sessions[session]
        oracle.sessions[session].mayEnd = true
        let digest = byHandle ? nil : digest(session)
        let request = oracle.ask(digest.map { .endToken($0) } ?? .end([session]))
        let target = EndTarget.session(
            digest: digest, tag: digest == nil ? known.tag : .none, bucket: known.bucket, absolute: Self.end, reason: 1,
            note: [])
        ends[request.value] = .end(host, session: session, byHandle: byHandle)
        step(host, .endAsked(request, Self.owner, target))
    }

    private mutating func endUser(_ host: Int, _ user: UInt32, _ spared: Int?) {
        let tag = spared.map(resolve).map { $0 < oracle.sessions.count ? oracle.sessions[$0].tag : .none } ?? .none
        let request = oracle.askEndOfAll(host: host, bucket: user, realm: Self.realm, spared: tag)
        ends[request.value] = .endUser(host, user: user, spared: spared)
        step(host, .endAsked(request, Self.owner, .user(bucket: user, spared: tag, until: Self.end, note: [])))
    }

    private mutating func endRealm(_ host: Int) {
        let request = oracle.askEndOfAll(host: host, bucket: nil, realm: Self.realm, spared: .none)
        ends[request.value] = .endRealm(host)
        step(host, .endAsked(request, Self.owner, .realm(Self.realm, until: Self.end, note: [])))
    }

    /// The record of a session as the host's ledger has it; where it has none, it is fetched, and the peer tries again.
    private mutating func held(
        _ host: Int, _ session: Int, _ again: Operation?
    ) -> (digest: SharedDigest, record: SharedRecord)? {
        guard session < oracle.sessions.count, runs(host) else { return nil }
        let digest = digest(session)
        if hosts[host].core.accepts(digest, at: hosts[host].local(now)), let slot = hosts[host].board.slots[digest] {
            return (digest, slot.record)
        }
        validate(host, session)
        if let again { plan(.operation(again), after: 300_000_000) }
        return nil
    }

    private mutating func rotate(_ host: Int, _ session: Int, _ tries: Int) {
        let again = tries > 0 ? Operation.rotate(host, session: session, tries: tries - 1) : nil
        guard case (let old, var record)? = held(host, session, again), oracle.sessions[session].tokens < 60,
            oracle.sessions[session].moves == 0
        else { return }
        let to = oracle.sessions[session].tokens
        nonces += 1
        record.nonce = nonces
        let order = MoveOrder(old: old, new: Oracle.digest(session, token: to), record: record)
        step(host, .moveAsked(oracle.ask(.move(session, token: to, from: old)), Self.owner, order))
    }

    private mutating func update(_ host: Int, _ session: Int, _ tries: Int) {
        let again = tries > 0 ? Operation.update(host, session: session, tries: tries - 1) : nil
        guard case (let digest, var record)? = held(host, session, again), let bit = oracle.nextBit(session) else {
            return
        }
        nonces += 1
        record.nonce = nonces
        record.version += 1
        record.sealed = [record.sealed[0] | bit]
        if Oracle.token(digest) != 1 << UInt64(oracle.sessions[session].tokens - 1) {
            oracle.sessions[session].isDoubtful = true
        }
        let order = ChangeOrder(digest: digest, record: record)
        step(host, .changeAsked(oracle.ask(.change(session, bit: bit)), Self.owner, order))
    }
}
