import CLinux
import Testing
import UsherEngine
import UsherTestKit
import UsherWire

@testable import UsherServer

/// One client that asks once beside others that never stop.
@Suite("Socket server: fair turns")
struct FairTurnsTests {
    private let bench: ServerBench
    private let good: TestSocket
    private let goodID: ConnectionID
    private static let outsider: UInt32 = 65_534
    private static let ping = #"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#

    init() throws {
        bench = try ServerBench { $0.connectionsWithoutRole = 2048 }
        bench.advance(.zero)
        bench.handler.outsiders = [Self.outsider, Self.outsider - 1]
        good = try bench.connect(uid: 1000)
        goodID = try #require(bench.handler.connected.last)
    }

    /// Connections full of frames, each as many as its socket takes.
    private func flood(_ connections: Int, uid: UInt32, _ body: String) throws -> [TestSocket] {
        let stream = Array(repeating: frame(body), count: (64 << 10) / (body.utf8.count + 4)).flatMap(\.self)
        return try (0..<connections).map { _ in
            let client = try bench.connect(uid: uid)
            client.send(stream)
            return client
        }
    }

    /// Lets the loop run until the good client's request is handled; the frames of others that were handled before,
    /// and the turns that it took.
    private func serveGood() throws -> (before: Int, turns: Int) {
        var (before, turns, isServed) = (0, 0, false)
        bench.handler.onFrame = { [goodID] id, _ in
            if id == goodID { isServed = true } else if !isServed { before += 1 }
        }
        good.send(frame("good"))
        while !isServed, turns < 100 {
            try bench.loop.turn()
            turns += 1
        }
        bench.handler.onFrame = { _, _ in }
        #expect(good.receive() == frame("good"))
        return (before, turns)
    }

    @Test("a peer waits for one short turn of 256 full connections without a role", arguments: [ping, "{}", "x"])
    func outsiders(_ body: String) throws {
        let flood = try flood(256, uid: Self.outsider, body)
        for _ in 0..<20 {
            let (before, turns) = try serveGood()
            #expect(before <= 170 && turns <= 3, "\(before) frames in \(turns) turns of the loop")
        }
        #expect(flood.count == 256 && bench.cutOff.isEmpty)
    }

    @Test("frames that become whole at once are paid by the turn that handles them")
    func heldFrames() throws {
        let large = frame(String(repeating: "x", count: 2000))
        let flood = try (0..<64).map { _ in try bench.connect(uid: Self.outsider) }
        for client in flood { client.send(large.dropLast()) }
        bench.settle()
        #expect(bench.handler.handled == 0)
        for client in flood { client.send(large.suffix(1)) }
        for turn in 1...64 {
            bench.server.turn(of: bench.server.outsiders)
            #expect(bench.handler.handled <= 2 * turn)
        }
        #expect(bench.cutOff.isEmpty)
    }

    @Test("a peer may send frames that are refused to others before they are received")
    func largeFrames() throws {
        let large = frame(String(repeating: "x", count: 2049))
        let other = try bench.connect(uid: Self.outsider)
        other.send(large.prefix(4))
        good.send(large)
        bench.settle()
        #expect(other.receive() == frame("refused") && other.isAtEnd)
        #expect(good.receive() == large)
    }

    @Test("a turn of those without a role is bounded, whatever they send, and none of them is left out")
    func boundedTurn() throws {
        let flood = try flood(64, uid: Self.outsider, Self.ping) + self.flood(64, uid: Self.outsider - 1, "{}")
        for _ in 0..<300 {
            let handled = bench.handler.handled
            bench.server.turn(of: bench.server.outsiders)
            #expect(bench.handler.handled - handled <= 85)
        }
        #expect(flood.allSatisfy { $0.receive()?.isEmpty == false })
    }

    @Test("a peer is answered within two turns beside 256 full connections of another peer", arguments: [ping, "{}"])
    func otherPeer(_ body: String) throws {
        let flood = try flood(256, uid: 1001, body)
        for _ in 0..<20 {
            let (before, turns) = try serveGood()
            #expect(before <= 400 && turns <= 2, "\(before) frames in \(turns) turns of the loop")
        }
        #expect(flood.count == 256 && bench.cutOff.isEmpty)
    }

    @Test("a peer is answered within two turns beside another peer's requests that cost a hundred pings each")
    func dearRequests() throws {
        let flood = try flood(256, uid: 1001, Self.ping)
        bench.handler.work = 150_000
        for _ in 0..<20 {
            let (before, turns) = try serveGood()
            #expect(before <= 6 && turns <= 3, "\(before) frames in \(turns) turns of the loop")
        }
        #expect(flood.count == 256 && bench.cutOff.isEmpty)
    }

    @Test("dear requests that wait are answered later, in order, also those that lay there at the end")
    func dearRequestsLater() throws {
        bench.handler.work = 150_000
        let others = try (0..<8).map { _ in try bench.connect(uid: 1001) }
        let stream = (0..<50).flatMap { frame("\($0)") }
        for client in others { #expect(client.send(stream) == stream.count) }
        for _ in 0..<3 { bench.server.turn(of: bench.server.peers) }
        #expect(bench.handler.handled < 20)
        bench.server.takeLast()
        #expect(others.allSatisfy { $0.receive() == stream })
    }

    @Test("frames beyond a share wait and are answered later, in order")
    func nothingLost() throws {
        let others = try (0..<3).map { try bench.connect(uid: [1000, 1001, Self.outsider][$0]) }
        let stream = (0..<5000).flatMap { frame("\($0)") }
        var received: [[UInt8]] = [[], [], []]
        for client in others { #expect(client.send(stream) == stream.count) }
        var isQuiet = false
        while !isQuiet {
            let before = bench.handler.turns
            bench.server.turn(of: bench.server.peers)
            bench.server.turn(of: bench.server.outsiders)
            for (index, client) in others.enumerated() { received[index] += client.receive() ?? [] }
            isQuiet = before == bench.handler.turns
        }
        #expect(received.allSatisfy { $0 == stream })
        #expect(bench.server.waitingBytes == 0 && bench.server.isFlushed)
    }

    @Test("a frame of the largest size from a client without a role arrives whole")
    func largeFrame() throws {
        let client = try bench.connect(uid: Self.outsider)
        let large = frame(Array(repeating: 7, count: WireLimit.outsiderFrame))
        #expect(bench.exchange(large + frame("a") + large, on: client) == large + frame("a") + large)
    }

    @Test("after a reload a connection uses the share of its new owner, and loses nothing")
    func reload() throws {
        let client = try bench.connect(uid: Self.outsider)
        let id = try #require(bench.handler.connected.last)
        for outsiders: Set<UInt32> in [[], [Self.outsider], [], [Self.outsider]] {
            client.send(frame("before"))
            bench.handler.outsiders = outsiders
            bench.server.share(bench.server.places.shares)
            let lane = outsiders.isEmpty ? bench.server.peers : bench.server.outsiders
            #expect(bench.server.table[id]?.lane === lane)
            #expect(bench.server.turn(of: lane))
            #expect(client.receive() == frame("before"))
        }
        client.close()
        bench.settle()
        #expect(bench.server.count == 1 && bench.handler.closed == [id])
    }

    @Test("a connection that moves while it waits for its turn is served by its new lane alone")
    func reloadInBetween() throws {
        let flood = try flood(20, uid: Self.outsider, "{}")
        bench.server.turn(of: bench.server.outsiders)
        bench.handler.outsiders = []
        bench.server.share(bench.server.places.shares)
        let handled = bench.handler.handled
        bench.server.turn(of: bench.server.outsiders)
        #expect(bench.handler.handled == handled)
        bench.settle()
        while flood.contains(where: { $0.receive()?.isEmpty == false }) { bench.settle() }
        #expect(bench.server.isFlushed && bench.server.count == 1 + flood.count)
    }

    @Test("half a frame whose rest has come and waits for its turn is not overdue")
    func waitingRest() throws {
        let client = try bench.connect(uid: Self.outsider)
        client.send(frame("abc").prefix(5))
        bench.settle()
        client.send(frame("abc").dropFirst(5))
        bench.server.outsiders.poll(bench.server.table)
        bench.server.expire(at: bench.server.clock() + 11_000_000_000)
        #expect(bench.exchange([], on: client) == frame("abc") && bench.cutOff.isEmpty)
    }

    @Test("a client without a role that is gone is not read any more, a peer is read to the end")
    func gone() throws {
        for uid in [Self.outsider, 1000] {
            let handled = bench.handler.handled
            let client = try bench.connect(uid: uid)
            client.send((0..<100).flatMap { frame("\($0)") })
            client.close()
            bench.settle()
            #expect(bench.handler.handled - handled == (uid == 1000 ? 100 : 0) && bench.server.count == 1)
        }
    }

    @Test("connections that end while they wait for their turn are passed over")
    func closed() throws {
        let flood = try flood(20, uid: Self.outsider, "{}")
        bench.server.turn(of: bench.server.outsiders)
        for id in bench.handler.connected.dropFirst() { bench.server.close(id) }
        let handled = bench.handler.handled
        bench.settle()
        #expect(bench.handler.handled == handled && bench.server.count == 1 && flood.count == 20)
        #expect(bench.exchange(frame("a"), on: good) == frame("a"))
    }
}
