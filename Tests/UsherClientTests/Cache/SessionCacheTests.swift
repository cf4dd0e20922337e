import CLinux
import Testing
import UsherBoard
import UsherSecrets
import UsherWire

@testable import UsherClient

@Suite("Session cache")
struct SessionCacheTests {
    let board = TestBoard()
    let map: BoardMap
    let second: Int64 = 1_000_000_000

    init() throws {
        map = try #require(board.map())
        board.set(1, stamp: 7, seconds: 100_000)
    }

    private func session(idle: Int = 1000) throws -> Session {
        let text = Sample.session().replacing(#""idle_expires":4"#, with: #""idle_expires":\#(3 + idle)"#)
        let bytes = Array(#"{"valid":true,"session":\#(text)}"#.utf8)
        return Session(try #require(try Validation(0..<bytes.count, in: bytes.span).session))
    }

    private func entry(
        _ token: Token, on map: BoardMap? = nil, asked: Int64, stamp: UInt32 = 7, touched: Bool = true, idle: Int = 1000
    ) throws -> CachedSession {
        try #require(
            CachedSession(
                token, try session(idle: idle), BoardPlace(slot: 1, stamp: stamp), on: map ?? self.map, asked: asked,
                touched: touched))
    }

    private func randomToken() -> Token { Token(SessionToken()) }

    @Test("takes the daemon's word for an hour, and not longer")
    func oneHour() throws {
        let now = usher_boottime()
        let entry = try entry(randomToken(), asked: now)
        #expect(entry.holds(at: now) && entry.holds(at: now + 3600 * second - 1))
        #expect(!entry.holds(at: now + 3600 * second))
    }

    @Test("never keeps more than its capacity, and finds what came last", arguments: [1, 8, 16, 100])
    func bounded(capacity: Int) throws {
        let cache = SessionCache(capacity: capacity)
        cache.use(map)
        let now = usher_boottime()
        let tokens = (0..<1000).map { _ in randomToken() }
        for (index, token) in tokens.enumerated() {
            cache.insert(try entry(token, asked: now + Int64(index)))
            #expect(cache.find(token, touches: false, now: now) != nil)
        }
        let kept = tokens.count { cache.find($0, touches: false, now: now) != nil }
        #expect(kept <= max(8, capacity) && kept >= max(8, capacity) / 2)
    }

    @Test("uses no memory for entries that it does not have")
    func costsNothing() throws {
        let cache = SessionCache(capacity: 1 << 24)
        let before = Smaps.residentPages()
        cache.use(map)
        #expect(Smaps.residentPages() - before < 20_000)
        withExtendedLifetime(cache) {}
    }

    @Test("keeps no entry of a board that is not in use any more, whenever it comes")
    func otherBoard() throws {
        let cache = SessionCache(capacity: 64)
        let token = randomToken()
        let now = usher_boottime()
        cache.insert(try entry(token, asked: now))
        #expect(cache.find(token, touches: false, now: now) == nil)
        cache.use(map)
        cache.insert(try entry(token, asked: now))
        #expect(cache.find(token, touches: false, now: now) != nil)
        let other = TestBoard()
        other.set(1, stamp: 7)
        let otherMap = try #require(other.map())
        cache.use(otherMap)
        #expect(cache.find(token, touches: false, now: now) == nil)
        cache.insert(try entry(token, asked: now))
        #expect(cache.find(token, touches: false, now: now) == nil)
        cache.insert(try entry(token, on: otherMap, asked: now))
        #expect(cache.find(token, touches: false, now: now) != nil)
        cache.use(nil)
        #expect(cache.find(token, touches: false, now: now) == nil)
    }

    @Test("lets an old map go with its last entry")
    func unmaps() throws {
        weak var old: BoardMap?
        let cache = SessionCache(capacity: 64)
        do {
            let board = TestBoard()
            board.set(1, stamp: 7)
            let map = try #require(board.map())
            old = map
            cache.use(map)
            cache.insert(try entry(randomToken(), on: map, asked: usher_boottime()))
        }
        #expect(old != nil)
        cache.use(map)
        #expect(old == nil)
    }

    @Test("finds a use worth telling once in a twentieth of the idle timeout, also when it was asked again meanwhile")
    func touches() throws {
        let cache = SessionCache(capacity: 64)
        cache.use(map)
        let token = randomToken()
        let now = usher_boottime()
        func isDue(_ seconds: Int64) -> Bool {
            cache.find(token, touches: true, now: now + seconds * second)?.isTouchDue == true
        }
        cache.insert(try entry(token, asked: now))  // idle timeout 1000 s: every 50 s
        #expect(!isDue(0) && !isDue(49) && isDue(50) && !isDue(51) && !isDue(99))
        cache.insert(try entry(token, asked: now + 99 * second, touched: false))
        #expect(!isDue(99) && isDue(100))
        #expect(cache.find(token, touches: false, now: now + 900 * second)?.isTouchDue == false)
        let untouched = randomToken()
        cache.insert(try entry(untouched, asked: now, touched: false))
        #expect(cache.find(untouched, touches: true, now: now)?.isTouchDue == true)
    }

    @Test("takes any times that an answer may hold", arguments: [-(1 << 53) + 3, -1, 0, 1, 1 << 52])
    func strangeTimes(idle: Int) throws {
        let entry = try entry(randomToken(), asked: usher_boottime(), idle: idle)
        #expect(entry.isTouchDue(at: .max >> 1))
    }

    @Test("serves threads that read, write and change the board at the same time")
    func threads() async throws {
        let cache = SessionCache(capacity: 16)
        cache.use(map)
        let tokens = (0..<64).map { _ in randomToken() }
        let entries = try tokens.map { try entry($0, asked: usher_boottime()) }
        let other = TestBoard()
        let otherMap = try #require(other.map())
        let (map, done, wrong) = (map, Box(0), Box(0))
        for thread in 0..<4 {
            Thread.start {
                for round in 0..<4000 {
                    let index = (round &* 31 &+ thread &* 7) % tokens.count
                    switch round % 8 {
                    case 0: cache.insert(entries[index])
                    case 1: cache.remove(tokens[index])
                    case 2 where thread == 0 && round % 64 == 2: cache.use(round % 128 == 2 ? otherMap : map)
                    default:
                        let found = cache.find(tokens[index], touches: true, now: usher_boottime())
                        if let found, found.session.user != "dev" { wrong.change { $0 += 1 } }
                    }
                }
                done.change { $0 += 1 }
            }
        }
        #expect(await done.waits { $0 == 4 })
        #expect(wrong.current == 0)
    }
}
