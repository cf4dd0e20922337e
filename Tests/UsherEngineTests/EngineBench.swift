import Glibc
import Testing
import UsherBoard
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherSessions
import UsherTestKit
import UsherWire

/// Peers of the bench's configuration, by uid.
enum Uid {
    static let all: UInt32 = 1000
    static let login: UInt32 = 1001
    static let validate: UInt32 = 1002
    static let issue: UInt32 = 1003
    static let watch: UInt32 = 1004
    static let admin: UInt32 = 1005
    static let nothing: UInt32 = 1006
    /// login, validate and admin in the other realm.
    static let vault: UInt32 = 1007
    /// login and validate, and its `remote_ip` is believed.
    static let gateway: UInt32 = 1008
    /// validate, but not the board.
    static let boardless: UInt32 = 1009
    /// watch, in the realm of `web` alone.
    static let webWatch: UInt32 = 1010
    static let stranger: UInt32 = 9999
}

extension LoginOrigin {
    /// What the journal says of a peer of the bench.
    static func peer(_ uid: UInt32, source: String? = nil, claim: String? = nil) -> LoginOrigin {
        let client = Configuration.bench().clients.first { $0.subject == .user(uid) }?.name
        return LoginOrigin(client: client, source: source, claim: claim)
    }
}

extension JournalEntry {
    /// The entry of an undecided login, whatever it came from; other entries as they are.
    var withoutOrigin: JournalEntry {
        guard case .loginUndecided(let service, let pam, let worker, let peer, _) = self else { return self }
        return .loginUndecided(service: service, pam: pam, worker: worker, peer: peer)
    }
}

/// An engine over plain memory with a clock that moves by hand, a scripted broker, and clients that are mere ids.
final class EngineBench {
    let host = RecordingHost()
    let engine: Engine
    private let clock: Clock
    /// The memories of ledger, board and limiter.
    let blocks: [UnsafeMutableRawBufferPointer]
    private var answers = FrameBuffer(capacity: 256 << 10)
    private var nextConnection: UInt32 = 0
    /// What the last frame has cost beyond a usual one.
    private(set) var lastWork = 0

    private final class Clock {
        var nanoseconds: Int64 = 10_000_000_000_000
        var unixOffset = EngineBench.unixOffset
    }
    static let unixOffset: Int64 = 1_700_000_000
    static let limiterNames = 1024

    /// An engine over a ledger that `make` puts into two zeroed blocks, the board's being the second; over an empty
    /// one if nothing else is said.
    init(
        _ configuration: Configuration = .bench(),
        ledger make: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer, LedgerGeometry) throws -> Ledger = {
            try Ledger(formatting: $0, board: $1, geometry: $2)
        }
    ) throws {
        let geometry = LedgerGeometry(capacity: configuration.limits.capacity)
        let sizes = [geometry.ledgerSize, geometry.boardSize, LimiterLayout.size(entries: Self.limiterNames)]
        blocks = sizes.map { size in
            // Zeroed pages, which cost nothing until they are written.
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
            let block = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
            precondition(block != MAP_FAILED, "no address space for a test")
            return UnsafeMutableRawBufferPointer(start: block, count: size)
        }
        let clock = Clock()
        self.clock = clock
        engine = try Engine(
            serverName: "usherd/0", configuration: configuration, rootNames: ["root", "toor"],
            ledger: try make(blocks[0], blocks[1], geometry),
            limiter: Limiter(creatingIn: blocks[2], entries: Self.limiterNames, key: (1, 2)), host: host,
            clock: { Moment(nanoseconds: clock.nanoseconds, unixOffset: clock.unixOffset) })
    }

    deinit { for block in blocks { munmap(block.baseAddress, block.count) } }

    /// Reads another configuration, and the names of uid 0 with it.
    func reload(_ configuration: Configuration, rootNames: Set<String> = ["root", "toor"]) throws -> Reload {
        try engine.reload(configuration, rootNames: rootNames)
    }

    /// The board as a client sees it.
    var board: BoardReader {
        guard let reader = BoardReader(UnsafeRawBufferPointer(blocks[1])) else { preconditionFailure("no board") }
        return reader
    }

    /// Unix time now.
    var unixNow: Int64 { clock.nanoseconds / 1_000_000_000 + clock.unixOffset }

    var now: Duration { .nanoseconds(clock.nanoseconds) }

    /// Moves the clock without letting the engine know.
    func advance(_ time: Duration) { clock.nanoseconds += Int64(time / .nanoseconds(1)) }

    /// Sets the host's clock forward or back, as an administrator does.
    func stepUnixTime(_ seconds: Int64) { clock.unixOffset += seconds }

    /// Moves the clock to the engine's next deadline and lets it tick; nil where nothing is pending.
    @discardableResult
    func tickAtDeadline() -> Duration? {
        guard let deadline = host.deadline else { return nil }
        let start = clock.nanoseconds
        clock.nanoseconds = max(start, deadline)
        host.deadline = nil
        engine.tick()
        return .nanoseconds(clock.nanoseconds - start)
    }

    /// Ticks until nothing is pending for `limit`; more than 100 ticks are a loop without end.
    func runOut(_ limit: Duration = .seconds(100)) {
        for _ in 0..<100 {
            guard let deadline = host.deadline, .nanoseconds(deadline) < now + limit else { return }
            tickAtDeadline()
        }
        preconditionFailure("the engine ticks for ever")
    }

    /// A new connection of that user.
    func connect(_ uid: UInt32 = Uid.all) -> Client {
        let id = ConnectionID(index: nextConnection, generation: 1)
        nextConnection += 1
        engine.connected(id, PeerCredentials(uid: uid, gid: uid, pid: 4242, groups: []))
        return Client(id, self)
    }

    /// Hands a body to the engine as one turn, and puts what it answers at once into the connection's inbox.
    @discardableResult
    func receive(_ body: [UInt8], from id: ConnectionID) -> FrameOutcome { receive([body], from: id)[0] }

    /// Hands several bodies to the engine as one turn: it looks at all of them before it handles the first. `meanwhile`
    /// may change them between the two.
    @discardableResult
    func receive(
        _ bodies: [[UInt8]], from id: ConnectionID, isReadAhead: Bool = true,
        meanwhile: (UnsafeMutableBufferPointer<UInt8>) -> Void = { _ in }
    ) -> [FrameOutcome] {
        var bytes = bodies.flatMap { frame($0) }
        engine.beginTurn()
        var batch = FrameBatch()
        if isReadAhead { batch.add(0..<bytes.count, of: bytes.span) }
        bytes.withUnsafeMutableBufferPointer { meanwhile($0) }
        var (outcomes, offset): ([FrameOutcome], Int) = ([], 0)
        for body in bodies {
            let range = offset + WireLimit.header..<offset + WireLimit.header + body.count
            let result = engine.received(range, of: bytes.span, in: &batch, from: id, answers: &answers)
            outcomes.append(result.outcome)
            lastWork = result.work
            offset = range.upperBound
        }
        engine.endTurn()
        takeAnswers(of: id)
        return outcomes
    }

    /// As a frame whose header cannot be right.
    func receiveInvalidLength(from id: ConnectionID) {
        engine.refusedLength(from: id, answers: &answers)
        takeAnswers(of: id)
    }

    private func takeAnswers(of id: ConnectionID) {
        answers.withBytes { host.inbox[id, default: []] += RecordingHost.values($0) }
        answers.removeAll()
    }

    /// Fills the ledger to the last slot with sessions of `user0`, `user1`, and so on: by `session.create` as far as
    /// that may go, and then by logins. The last session's token.
    @discardableResult
    func fillLedger(_ capacity: Int) throws -> String {
        let client = connect()
        var last = ""
        for index in 0..<capacity - capacity / 8 { last = try client.create("user\(index)").token }
        for index in capacity - capacity / 8..<capacity {
            let login = client.startLogin("user\(index)")
            succeed(lastTransaction, "user\(index)")
            last = client.answer(to: login)?.result?["token"]?.text ?? ""
        }
        return last
    }

    // MARK: The broker

    /// Transactions that the broker was asked to start, in order.
    var transactions: [UInt64] {
        host.messages.compactMap { if case .start(let transaction, _, _, _) = $0 { transaction } else { nil } }
    }

    /// The one that was started last.
    var lastTransaction: UInt64 { transactions.last ?? 0 }

    func succeed(
        _ transaction: UInt64, _ name: String, uid: UInt32? = 5000, work: PAMWork = .none, texts: [PAMPrompt] = []
    ) {
        let account = uid.map { PAMVerdict.Account(name: name, uid: $0) }
        var verdict = PAMVerdict(
            transaction: transaction, phase: .account, code: 0, user: name, account: account, texts: texts)
        verdict.work = work
        engine.brokerReported(.verdict(verdict))
    }

    func refuse(
        _ transaction: UInt64, _ phase: PAMVerdict.Phase = .authentication, code: Int32 = 7, user: String = "",
        texts: [PAMPrompt] = []
    ) {
        engine.brokerReported(
            .verdict(PAMVerdict(transaction: transaction, phase: phase, code: code, user: user, texts: texts)))
    }

    func fail(_ transaction: UInt64, _ failure: PAMFailure) {
        engine.brokerReported(.failed(transaction: transaction, failure))
    }

    func challenge(
        _ transaction: UInt64, _ prompts: [PAMPrompt], _ purpose: LoginPurpose = .login, user: String = ""
    ) {
        engine.brokerReported(
            .challenge(PAMChallenge(transaction: transaction, purpose: purpose, user: user, prompts: prompts)))
    }
}

extension Ledger {
    /// Makes a session of ann, of the service `web`, that has twelve hours from its beginning.
    @discardableResult
    mutating func add(
        _ digest: TokenDigest, began: LedgerSeconds, proved: LedgerSeconds, now: LedgerSeconds
    ) throws -> Session {
        let realm = try realm(Array("default".utf8).span)
        return try create(
            digest, user: Array("ann".utf8).span, uid: 5, service: try service(Array("web".utf8).span, realm: realm),
            methods: Array(#"["pwd"]"#.utf8).span, context: Array("{}".utf8).span,
            lifetime: Lifetime(idle: 1800, absolute: 43_200), created: began, authenticated: proved,
            quota: UserQuota(limit: 9, policy: .refuse), now: now, ended: { _, _, _ in })
    }
}

extension Configuration {
    /// Services `web` and `mail` in one realm, `vault` in another, and a peer for every role.
    static func bench(limits change: (inout Limits) -> Void = { _ in }, rules: LoginRules = LoginRules())
        -> Configuration
    {
        var limits = Limits()
        limits.capacity = 512
        change(&limits)
        // Accounts are watched where a test says so.
        let accounts = AccountRules(interval: .zero)
        return Configuration(
            limits: limits,
            services: [
                Service(name: "web", pam: "usher-web", rules: rules, accounts: accounts),
                Service(
                    name: "mail", methods: ["pwd", "otp"], idle: .seconds(60), absolute: .seconds(600),
                    accounts: accounts),
                Service(name: "vault", realm: "vault", accounts: accounts, setsCredentials: true),
            ],
            clients: [
                ClientEntry(name: "all", subject: .user(Uid.all), roles: .all),
                ClientEntry(name: "login", subject: .user(Uid.login), roles: .login, services: ["web"]),
                ClientEntry(name: "validate", subject: .user(Uid.validate), roles: .validate, services: ["web"]),
                ClientEntry(name: "issue", subject: .user(Uid.issue), roles: .issue, services: ["mail"]),
                ClientEntry(name: "watch", subject: .user(Uid.watch), roles: .watch),
                ClientEntry(name: "web watch", subject: .user(Uid.webWatch), roles: .watch, services: ["web"]),
                ClientEntry(name: "admin", subject: .user(Uid.admin), roles: .admin, services: ["web", "mail"]),
                ClientEntry(name: "boardless", subject: .user(Uid.boardless), roles: .validate, board: false),
                ClientEntry(name: "nothing", subject: .user(Uid.nothing)),
                ClientEntry(
                    name: "vault", subject: .user(Uid.vault), roles: [.login, .validate, .admin], services: ["vault"]),
                ClientEntry(
                    name: "gateway", subject: .user(Uid.gateway), roles: [.login, .validate], services: ["web"],
                    relaysSource: true),
            ])
    }
}
