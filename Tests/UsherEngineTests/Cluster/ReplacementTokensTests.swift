import Testing
import UsherCluster
import UsherSecrets
import UsherSessions
import UsherTestKit

@testable import UsherEngine

@Suite("Tokens of rotations that nobody has got")
struct ReplacementTokensTests {
    private let session: Session

    init() throws {
        let bench = try EngineBench()
        let token = try bench.connect().create("ann").token
        var found: Session?
        if let shown = SessionToken(text: Array(token.utf8).span) {
            found = bench.engine.ledger.session(TokenDigest(of: shown), in: .all, now: bench.engine.now.seconds)
        }
        session = try #require(found)
    }

    private func kept(
        _ fresh: FreshToken = FreshToken(), replacing old: SharedDigest? = nil, for user: UInt32 = 1
    ) -> ReplacementTokens.Kept {
        ReplacementTokens.Kept(
            fresh, replacing: old ?? SharedDigest(FreshToken().digest), of: session, until: 1_000, isProof: false,
            for: user)
    }

    @Test("each user has a share of the table, and room is made by what somebody has got")
    func shares() {
        var table = ReplacementTokens()
        let tokens = (0..<ReplacementTokens.share).map { _ in FreshToken() }
        let hadRoom = tokens.map { table.insert(kept($0)) }
        let isFull = !table.insert(kept())
        let hasRoom = table.insert(kept(for: 2))
        table.remove(SharedDigest(tokens[0].digest))
        let isRoomMade = table.insert(kept())
        #expect(hadRoom.allSatisfy { $0 } && isFull && hasRoom && isRoomMade)
    }

    @Test("a token whose rotation is under way has no end, and a short one after that, to the nanosecond")
    func ends() {
        var table = ReplacementTokens()
        let (fresh, old) = (FreshToken(), SharedDigest(high: 1, low: 1))
        let digest = SharedDigest(fresh.digest)
        let isKept = table.insert(kept(fresh, replacing: old))
        table.expire(.max - 2_000_000_000)
        #expect(isKept && table.next == .max && table.successor(of: old, at: .max - 1)?.fresh === fresh)
        table.settle(digest, until: 10)
        #expect(table.next == 10)
        #expect(table[digest, at: 9] === fresh && table.successor(of: old, at: 9)?.fresh === fresh)
        #expect(table[digest, at: 10] == nil && table.successor(of: old, at: 10) == nil)
        table.expire(10)
        #expect(table[digest, at: 9] == nil)
    }

    @Test("tokens that replaced each other are followed to the one that is held, or to the last")
    func row() {
        var table = ReplacementTokens()
        let (first, second, old) = (FreshToken(), FreshToken(), SharedDigest(high: 1, low: 1))
        let isKept = table.insert(kept(first, replacing: old))
        table.settle(SharedDigest(first.digest), until: 10)
        let isSecondKept = table.insert(kept(second, replacing: SharedDigest(first.digest)))
        table.settle(SharedDigest(second.digest), until: 100)
        let last = table.successor(of: old, at: 50) { _ in false }
        let held = table.successor(of: old, at: 50) { $0 === first }
        #expect(isKept && isSecondKept && last?.fresh === second && held?.fresh === first)
        #expect(table.old(of: SharedDigest(second.digest)) == SharedDigest(first.digest))
        #expect(table.successor(of: old, at: 100) { _ in false } == nil)
    }

    @Test("a token that nobody has got is found again when a later one for the same old token is given up")
    func earlier() {
        var table = ReplacementTokens()
        let (first, second, old) = (FreshToken(), FreshToken(), SharedDigest(high: 1, low: 1))
        let areKept = [first, second].map { table.insert(kept($0, replacing: old)) }
        #expect(areKept == [true, true] && table.successor(of: old, at: 0)?.fresh === second)
        table.remove(SharedDigest(second.digest))
        #expect(table.successor(of: old, at: 0)?.fresh === first)
        table.remove(SharedDigest(first.digest))
        #expect(table.successor(of: old, at: 0) == nil)
    }
}
