import CLinux
import Testing
import UsherBoard
import UsherSecrets
import UsherWire

@testable import UsherClient

@Suite("Cache, on a board with a lease")
struct LeaseCacheTests {
    let board = TestBoard(hasLease: true)
    let map: BoardMap
    let cache = SessionCache(capacity: 64)
    private static let second: Int64 = 1_000_000_000

    init() throws {
        board.set(1, stamp: 7, seconds: 100_000)
        map = try #require(board.map())
        cache.use(map)
    }

    private func entry(asked: Int64, stamp: UInt32 = 7) throws -> CachedSession {
        let bytes = Array(#"{"valid":true,"session":\#(Sample.session())}"#.utf8)
        let session = Session(try #require(try Validation(0..<bytes.count, in: bytes.span).session))
        let place = BoardPlace(slot: 1, stamp: stamp)
        return try #require(
            CachedSession(Token(SessionToken()), session, place, on: map, asked: asked, touched: true))
    }

    private func finds(_ entry: CachedSession, at now: Int64) -> Bool {
        cache.find(entry.token, touches: false, now: now) != nil
    }

    @Test("accepts a session until the lease is over, to the nanosecond, and again once it is extended")
    func untilTheLease() throws {
        let now = usher_boottime()
        let entry = try entry(asked: now)
        cache.insert(entry)
        #expect(!finds(entry, at: now))
        board.board.lease = UInt64(now + 10)
        #expect(finds(entry, at: now) && finds(entry, at: now + 9) && !finds(entry, at: now + 10))
        #expect(!finds(entry, at: now + Self.second))
        board.board.lease = UInt64(now + 2 * Self.second)
        #expect(finds(entry, at: now + 10) && finds(entry, at: now + 2 * Self.second - 1))
        board.board.lease = 0
        #expect(!finds(entry, at: now))
    }

    @Test("forgets a session that ended while there was no lease")
    func endedWithoutLease() throws {
        let now = usher_boottime()
        let entry = try entry(asked: now)
        cache.insert(entry)
        #expect(!finds(entry, at: now))
        board.set(1, stamp: 8)
        board.board.lease = .max
        #expect(!finds(entry, at: now))
        board.set(1, stamp: 7)
        #expect(!finds(entry, at: now))
    }

    @Test("takes the daemon's word for an hour at most, however long the lease")
    func oneHour() throws {
        board.board.lease = .max
        let now = usher_boottime()
        let entry = try entry(asked: now)
        #expect(entry.holds(at: now + 3600 * Self.second - 1) && !entry.holds(at: now + 3600 * Self.second))
    }

    @Test(
        "uses the board if the daemon's clock was read between question and answer, and not for being close",
        arguments: [
            (5000, 5_000_000_000, 5_000_000_000, true), (5000, 5_000_999_999, 5_000_999_999, true),
            (5001, 5_000_000_001, 5_000_999_999, true), (5000, 4_000_000_000, 6_000_000_000, true),
            (4999, 5_000_000_000, 5_000_000_000, false), (5002, 5_000_999_999, 5_000_999_999, false),
            (3500, 5_000_000_000, 5_000_000_000, false), (6500, 5_000_000_000, 5_000_000_000, false),
            (2999, 1_000_000_000, 5_000_000_000, false), (7001, 4_000_000_000, 5_000_000_000, false),
        ] as [(Int64, Int64, Int64, Bool)])
    func clock(_ boottime: Int64, _ asked: Int64, _ now: Int64, _ isUsed: Bool) {
        #expect((board.map(board.description(boottime: boottime), asked: asked, now: now) != nil) == isUsed)
    }

    @Test("a board without a lease is used within two seconds, as ever", arguments: [3001, 3500, 6500, 7000])
    func plainClock(_ boottime: Int64) {
        let plain = TestBoard()
        let now = 5 * Self.second
        #expect(plain.map(plain.description(boottime: boottime), asked: now, now: now) != nil)
    }
}

@Suite("Cache on a board with a lease, over real sockets and real shared memory")
struct LeaseOverSocketTests {
    let board = TestBoard(hasLease: true)
    let daemon: BoardServer
    let client: UsherClient
    let token: Token

    init() throws {
        daemon = BoardServer(board)
        client = UsherClientTests.client(daemon.server, cache: 64)
        token = try #require(Token(Sample.token))
    }

    private func validate() throws -> String? { try client.blocking.validate(token)?.user }

    /// Sets the end of the lease, `seconds` from now.
    private func lease(_ seconds: Int64) { board.board.lease = UInt64(usher_boottime() + seconds * 1_000_000_000) }

    @Test("asks while the lease is over, and answers from memory again once it is extended, without asking anew")
    func overAndExtended() throws {
        defer { daemon.server.stop() }
        lease(1000)
        for _ in 0..<3 { #expect(try validate() == "dev") }
        #expect(daemon.validations == 1)
        lease(-1)
        #expect(client.remembered(token) == nil)
        for _ in 0..<2 { #expect(try validate() == "dev") }
        #expect(daemon.validations == 3)
        daemon.state.change { $0.isUnavailable = true }
        #expect(#expect(throws: UsherError.self) { try validate() }?.code == .unavailable)
        #expect(daemon.validations == 4)
        lease(1000)
        for _ in 0..<3 { #expect(try validate() == "dev") }
        #expect(daemon.validations == 4 && daemon.state.current.attachments == 1)
    }

    @Test("never accepts a session that ended while the lease was over")
    func endedMeanwhile() throws {
        defer { daemon.server.stop() }
        lease(1000)
        #expect(try validate() == "dev")
        lease(-1)
        board.set(1, stamp: 8)
        daemon.state.change { $0.isValid = false }
        lease(1000)
        #expect(try validate() == nil)
        #expect(daemon.validations == 2)
    }
}
