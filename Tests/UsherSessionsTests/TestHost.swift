import Glibc
import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

/// Both memories of a ledger, zeroed, page-aligned.
final class TestMemory {
    let ledger: UnsafeMutableRawBufferPointer
    let board: UnsafeMutableRawBufferPointer

    init(ledger: Int, board: Int) {
        (self.ledger, self.board) = (Self.map(ledger), Self.map(board))
    }

    /// Zeroed pages that cost nothing until they are written.
    private static func map(_ size: Int) -> UnsafeMutableRawBufferPointer {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let memory = mmap(nil, max(size, 1), PROT_READ | PROT_WRITE, flags, -1, 0)
        precondition(memory != MAP_FAILED, "no address space for a test")
        return UnsafeMutableRawBufferPointer(start: memory, count: size)
    }

    convenience init(_ geometry: LedgerGeometry) { self.init(ledger: geometry.ledgerSize, board: geometry.boardSize) }

    deinit {
        munmap(ledger.baseAddress, max(ledger.count, 1))
        munmap(board.baseAddress, max(board.count, 1))
    }

    /// What the next process would find if this one died now.
    func image() -> TestMemory {
        let image = TestMemory(ledger: ledger.count, board: board.count)
        Self.copy(ledger, to: image.ledger)
        Self.copy(board, to: image.board)
        return image
    }

    /// Copies the pages that are not zero.
    private static func copy(_ source: UnsafeMutableRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        guard let source = source.baseAddress, let copy = target.baseAddress else { return }
        let zero = [UInt8](repeating: 0, count: 4096)
        for at in stride(from: 0, to: target.count, by: 4096) {
            let size = min(4096, target.count - at)
            if memcmp(source + at, zero, size) != 0 { memcpy(copy + at, source + at, size) }
        }
    }
}

/// A session as an outsider can see it.
struct Sight: Equatable {
    var handle: SessionHandle
    var slot: UInt32
    var digest: TokenDigest
    var user: String
    var uid: UInt32?
    var service: String
    var realm: String
    var methods: String
    var context: String
    var data: String
    var version: UInt32
    var created: Int32
    var authenticated: Int32
    var lastSeen: Int32
    var idle: UInt32
    var expires: Int32

    var isShared: Bool { handle.hint == nil }

    var idleExpires: Int32 { min(lastSeen + Int32(idle), expires) }
}

/// A session that ended, as it was reported.
struct Ending: Equatable {
    var handle: SessionHandle
    var user: String
    var reason: EndReason
}

/// A ledger over memory of its own, with a clock that the test moves.
final class TestHost {
    let memory: TestMemory
    var ledger: Ledger
    var now: Int32 = 1000
    var services: [ServiceID] = []
    var realms: [RealmID] = []
    private var tokens: UInt64 = 0

    static let names = [("web", "site"), ("ssh", "hosts"), ("mail", "site")]

    init(_ geometry: LedgerGeometry = LedgerGeometry(capacity: 64), seed: UInt64 = 1) throws {
        memory = TestMemory(geometry)
        ledger = try Ledger(formatting: memory.ledger, board: memory.board, geometry: geometry, entropy: .seeded(seed))
        try nameServices()
    }

    init(adopting memory: TestMemory, now: Int32, keeping kept: KeptCopies? = nil, seed: UInt64 = 1) throws {
        self.memory = memory
        self.now = now
        tokens = 1 << 40
        ledger = try Ledger(
            adopting: memory.ledger, board: memory.board, now: LedgerSeconds(now), keeping: kept,
            entropy: .seeded(seed))
    }

    func nameServices() throws {
        (services, realms) = ([], [])
        for (service, realm) in Self.names {
            let realm = try ledger.realm(Array(realm.utf8).span)
            realms.append(realm)
            services.append(try ledger.service(Array(service.utf8).span, realm: realm))
        }
    }

    /// The process dies, and the next one takes over.
    func restarted(keeping kept: KeptCopies? = nil) throws -> TestHost {
        try TestHost(adopting: memory.image(), now: now, keeping: kept)
    }

    var count: Int { ledger.count }
    var isFull: Bool { ledger.shortage?.code == .full }
    var usage: LedgerUsage { ledger.usage }
    var counters: LedgerCounters { ledger.counters }
    var board: Board { ledger.board }
    var nextDeadline: LedgerSeconds? { ledger.nextDeadline }
    var broken: [String] { ledger.brokenInvariants() }

    func token() -> TokenDigest {
        tokens += 1
        return TokenDigest(low: tokens &* 0x9e37_79b9_7f4a_7c15, high: tokens)
    }

    @discardableResult
    func create(
        _ user: String = "alice", uid: UInt32? = 1000, service: Int = 0, proof: SessionProof = .issued,
        methods: String = #"["pwd"]"#,
        context: String = "", idle: UInt32 = 100, absolute: UInt32 = 1000, created: Int32? = nil,
        authenticated: Int32? = nil, digest: TokenDigest? = nil,
        quota: UserQuota = UserQuota(limit: 1000, policy: .refuse), ended: (Ending) -> Void = { _ in }
    ) throws(LedgerError) -> (session: Session, digest: TokenDigest) {
        let digest = digest ?? token()
        let session = try ledger.create(
            digest, user: Array(user.utf8).span, uid: uid, service: services[service], proof: proof,
            methods: Array(methods.utf8).span,
            context: Array(context.utf8).span, lifetime: Lifetime(idle: idle, absolute: absolute),
            created: LedgerSeconds(created ?? now), authenticated: LedgerSeconds(authenticated ?? now), quota: quota,
            now: LedgerSeconds(now)
        ) { ended(Ending($0, $1, $2)) }
        return (session, digest)
    }

    /// Parts of a shared session; absolute instants are those of this host.
    func shared(
        _ user: String = "alice", uid: UInt32? = 1000, service: Int = 0, proof: SessionProof = .login,
        methods: String = #"["pwd"]"#, context: String = "", data: String = "", version: UInt32 = 1,
        idle: UInt32 = 100, expires: Int32? = nil, created: Int32? = nil, lastSeen: Int32? = nil,
        tag: UInt64? = nil, bucket: UInt32 = 0x8000_0007
    ) -> SharedSession {
        SharedSession(
            tag: tag ?? token().low, bucket: bucket, uid: uid, service: services[service], proof: proof,
            created: LedgerSeconds(created ?? now), authenticated: LedgerSeconds(created ?? now),
            lastSeen: LedgerSeconds(lastSeen ?? now), idle: idle, expires: LedgerSeconds(expires ?? now + 1000),
            version: version, user: Array(user.utf8), methods: Array(methods.utf8), context: Array(context.utf8),
            data: Array(data.utf8))
    }

    var sharedCount: Int { ledger.sharedCount }
    var holdsShared: Bool { ledger.holdsShared }

    func sharedDigest(_ tag: UInt64) -> TokenDigest? { ledger.sharedDigest(tag: tag) }

    func dropShared(_ digest: TokenDigest) -> Bool { ledger.dropShared(digest) }

    func dropAllShared() -> Int { ledger.dropAllShared() }

    /// The session of that handle now.
    func session(_ handle: SessionHandle, in realms: RealmSet = .all) -> Session? {
        ledger.session(handle, in: realms, now: LedgerSeconds(now))
    }

    /// Adopts a shared session under `digest` or a new one.
    @discardableResult
    func adopt(
        _ session: SharedSession, _ digest: TokenDigest? = nil, displaced: (TokenDigest) -> Void = { _ in }
    ) throws(LedgerError) -> (session: Session, digest: TokenDigest) {
        let digest = digest ?? token()
        let adopted = try ledger.adoptShared(digest, session, now: LedgerSeconds(now), displaced: displaced)
        return (adopted, digest)
    }

    func session(_ digest: TokenDigest, in realms: RealmSet = .all) -> Session? {
        ledger.session(digest, in: realms, now: LedgerSeconds(now))
    }

    func validate(_ digest: TokenDigest, in realms: RealmSet = .all) -> Session? {
        ledger.validate(digest, in: realms, now: LedgerSeconds(now))
    }

    func update(_ session: Session, _ data: String, ifVersion: UInt32? = nil) throws(LedgerError) -> UInt32 {
        try ledger.update(session, data: Array(data.utf8).span, ifVersion: ifVersion)
    }

    func end(_ handle: SessionHandle, in realms: RealmSet = .all, reason: EndReason = .request) -> Bool {
        ledger.end(handle, in: realms, reason: reason, now: LedgerSeconds(now)) { _, _, _ in }
    }

    /// The board's stamp of a session, which a client caches beside the answer; 0 where it lives no more.
    func stamp(_ session: Session) -> UInt32 {
        let lives = ledger.session(session.handle, in: .all, now: LedgerSeconds(now)) != nil
        return lives ? board[Int(session.slot)].stamp : 0
    }

    func user(_ name: String) -> LedgerUser? { ledger.user(named: Array(name.utf8).span) }

    /// What can be seen of the session with that token now.
    func sight(_ digest: TokenDigest) -> Sight? { session(digest).map { Sight($0, digest, ledger) } }

    /// Sweeps to the end.
    func sweep() -> [Ending] {
        var endings: [Ending] = []
        while !ledger.sweep(
            now: LedgerSeconds(now), budget: SweepBudget(examined: 50, ended: 7),
            ended: { endings.append(Ending($0, $1, $2)) })
        {}
        return endings
    }
}

extension Ending {
    init(_ ledger: borrowing Ledger, _ session: Session, _ reason: EndReason) {
        self.init(handle: session.handle, user: ledger.with(.user, of: session) { $0.text }, reason: reason)
    }
}

extension Sight {
    init(_ session: Session, _ digest: TokenDigest, _ ledger: borrowing Ledger) {
        var texts: [String] = []
        var head: (uid: UInt32?, version: UInt32) = (nil, 0)
        ledger.lend(session) { uid, version, realm, service, user, methods, context, data in
            head = (uid, version)
            texts = [user.text, service.text, realm.text, methods.text, context.text, data.text]
        }
        self.init(
            handle: session.handle, slot: session.slot, digest: digest, user: texts[0], uid: head.uid,
            service: texts[1], realm: texts[2],
            methods: texts[3], context: texts[4], data: texts[5], version: head.version,
            created: session.created.rawValue, authenticated: session.authenticated.rawValue,
            lastSeen: session.lastSeen.rawValue, idle: session.idleTimeout, expires: session.expires.rawValue)
    }
}

extension Span<UInt8> {
    var text: String { String(decoding: indices.map { self[$0] }, as: UTF8.self) }
}
