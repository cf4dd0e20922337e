import Testing
import UsherEventLoop
import UsherPOSIX

@testable import UsherDaemon

@Suite("Peer link")
struct PeerLinkTests {
    /// A protocol of two bytes a message: what it is, and a number.
    private struct Ask: LinkRequest {
        static let largest = 4
        static let greeting = Ask(kind: 0, number: 7)
        var kind: UInt8
        var number: UInt8
        var connects: Bool { kind == 1 }

        func encode(into datagram: inout Datagram) throws {
            datagram.wipe()
            guard datagram.append([kind, number].span) else { throw SystemError("encode", code: 0) }
        }
    }

    private struct Told: LinkReport, Equatable {
        var number: UInt8

        static func decode(_ bytes: Span<UInt8>) throws -> Told {
            guard bytes.count == 1 else { throw SystemError("decode", code: 0) }
            return Told(number: bytes[0])
        }
    }

    @Test("carries any protocol of datagrams: its greeting first, its size, its messages")
    func otherProtocol() throws {
        let peer = try ScriptedPeer()
        let loop = try EventLoop()
        let link = PeerLink<Ask, Told>(path: peer.path, loop: loop)
        var (reports, losses): ([UInt8], Int) = ([], 0)
        link.reported = { reports.append($0.number) }
        link.lost = {
            losses += 1
            loop.exit(0)
        }
        #expect(link.send(Ask(kind: 2, number: 1)) == .refused)
        #expect([Ask(kind: 1, number: 2), Ask(kind: 2, number: 3)].map { link.send($0) } == [.sent, .sent])
        let socket = try #require(peer.accept())
        #expect(socket.receiveMessage(8).bytes == [0, 7])
        #expect(socket.receiveMessage(8).bytes == [1, 2])
        #expect(socket.receiveMessage(8).bytes == [2, 3])
        for number in UInt8(0)..<200 { socket.send([number]) }
        socket.send([1, 2])
        _ = try loop.run()
        #expect(reports == Array(0..<200) && losses == 1)
    }

    @Test("tells a peer whose socket is full from one that is gone, and goes on once there is room")
    func full() throws {
        let peer = try ScriptedPeer()
        let loop = try EventLoop()
        let link = PeerLink<Ask, Told>(path: peer.path, loop: loop)
        var sent = 0
        while sent < 100_000, link.send(Ask(kind: 1, number: 2)) == .sent { sent += 1 }
        #expect((50..<100_000).contains(sent))
        #expect(link.send(Ask(kind: 1, number: 3)) == .full)
        let socket = try #require(peer.accept())
        for _ in 0..<2 { _ = socket.receiveMessage(8) }
        #expect(link.send(Ask(kind: 2, number: 4)) == .sent)
        socket.close()
        #expect(link.send(Ask(kind: 2, number: 5)) == .refused)
    }

    @Test("takes 64 messages a turn, so that others come in between")
    func fairness() throws {
        let peer = try ScriptedPeer()
        let loop = try EventLoop()
        let link = PeerLink<Ask, Told>(path: peer.path, loop: loop)
        var reports = 0
        link.reported = { _ in reports += 1 }
        #expect(link.send(Ask(kind: 1, number: 2)) == .sent)
        let socket = try #require(peer.accept())
        for number in UInt8(0)..<200 { socket.send([number]) }
        var counts: [Int] = []
        for _ in 0..<4 {
            try loop.turn()
            counts.append(reports)
        }
        #expect(counts == [64, 128, 192, 200])
    }
}
