import Testing
import UsherEngine
import UsherTestKit

@testable import UsherServer

@Suite("Socket server: admission")
struct AdmissionTests {
    private let bench: ServerBench
    private static let outsiders: ClosedRange<UInt32> = 60_000...60_009

    init() throws {
        bench = try ServerBench {
            ($0.connections, $0.connectionsWithoutRole, $0.connectionsForRoot) = (64, 3, 8)
        }
        bench.handler.outsiders = Set(Self.outsiders)
        bench.advance(.zero)
    }

    /// Connections of three users without a role, who are all for whom there is a place.
    private func fill() throws -> [TestSocket] {
        try (0..<3).map { try bench.connect(uid: Self.outsiders.lowerBound + $0) }
    }

    @Test("users without a role have a few places together, and peers have all others")
    func pool() throws {
        let clients = try fill()
        #expect(!bench.admits(Self.outsiders.upperBound) && !bench.admits(Self.outsiders.lowerBound))
        let peers = try (0..<20).map { _ in try bench.connect(uid: 1000) }
        #expect(bench.admits(0) && bench.server.count == clients.count + peers.count)
        clients[1].close()
        bench.settle()
        #expect(bench.admits(Self.outsiders.upperBound))
    }

    @Test("the one that has been idle for longest goes when another such user comes, after a second")
    func idle() throws {
        let clients = try fill()
        let ids = bench.handler.connected
        bench.advance(.milliseconds(500))
        #expect(bench.exchange(frame("a"), on: clients[0]) == frame("a"))
        bench.advance(.milliseconds(499))
        #expect(!bench.admits(Self.outsiders.upperBound))
        bench.advance(.milliseconds(1))
        let next = try bench.connect(uid: Self.outsiders.upperBound)
        #expect(bench.handler.closed == [ids[1]] && clients[1].isAtEnd)
        _ = try bench.connect(uid: Self.outsiders.upperBound - 1)
        #expect(bench.handler.closed == [ids[1], ids[2]])
        #expect(!bench.admits(Self.outsiders.upperBound - 2))
        for client in [clients[0], next] { #expect(bench.exchange(frame("b"), on: client) == frame("b")) }
    }

    @Test("one that has asked and waits for its turn is not idle")
    func waiting() throws {
        let clients = try fill()
        bench.advance(.seconds(5))
        for client in clients { client.send(frame("a")) }
        bench.server.outsiders.poll(bench.server.table)
        #expect(!bench.admits(Self.outsiders.upperBound) && bench.handler.closed.isEmpty)
        for client in clients { #expect(bench.exchange([], on: client) == frame("a")) }
    }

    @Test("peers never lose a place, however long they are idle")
    func peers() throws {
        let peers = try (0..<40).map { try bench.connect(uid: 1000 + $0) }
        bench.advance(.seconds(3600))
        let outsiders = try fill()
        bench.advance(.seconds(3600))
        for uid in Self.outsiders { _ = bench.admits(uid) }
        #expect(peers.allSatisfy { bench.exchange(frame("a"), on: $0) == frame("a") })
        #expect(outsiders.contains { $0.isAtEnd })
    }

    @Test("the uids of a range are one user")
    func range() throws {
        bench.handler.range = 100_000...165_535
        bench.server.limits.connectionsPerUID = 4
        var limits = bench.server.limits
        limits.connections = 64
        bench.server.share(PlaceShares(limits, entries: 1))
        for uid: UInt32 in 100_000..<100_004 { _ = try bench.connect(uid: uid) }
        #expect(!bench.server.admits(uid: 165_535) && !bench.admits(165_535) && bench.server.admits(uid: 165_536))
        bench.handler.outsiders.formUnion(100_000...100_100)
        bench.server.share(PlaceShares(limits, entries: 1))
        #expect(!bench.admits(Self.outsiders.lowerBound), "the four have all places of users without a role")
    }

    @Test("a reload shares the places out anew, and takes none away")
    func reload() throws {
        let clients = try fill()
        let shares = bench.server.places.shares
        bench.handler.outsiders.remove(Self.outsiders.lowerBound)
        bench.server.share(shares)
        _ = try bench.connect(uid: Self.outsiders.upperBound)
        bench.handler.outsiders.insert(Self.outsiders.lowerBound)
        bench.server.share(shares)
        #expect(bench.server.count == 4 && !bench.admits(Self.outsiders.upperBound))
        clients[1].close()
        clients[2].close()
        bench.settle()
        #expect(bench.admits(Self.outsiders.upperBound - 1))
        #expect(bench.exchange(frame("a"), on: clients[0]) == frame("a"))
    }
}
