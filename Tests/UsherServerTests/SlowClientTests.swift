import Testing
import UsherTestKit

@testable import UsherServer

@Suite("Socket server: clients that do not read")
struct SlowClientTests {
    let bench: ServerBench

    init() throws {
        bench = try ServerBench()
        bench.advance(.zero)
    }

    private func waits(_ client: TestSocket) {
        client.send((0..<100).flatMap { frame("large \($0)") })
        bench.settle()
        #expect(!bench.server.isFlushed)
    }

    @Test("one that takes nothing for 30 s is cut off; one that takes something has 30 s more")
    func stalled() throws {
        let (stalled, slow) = (try bench.connect(uid: 7, buffer: 8192), try bench.connect(buffer: 8192))
        let ids = bench.handler.connected
        waits(stalled)
        waits(slow)
        bench.advance(.seconds(29))
        #expect(bench.server.count == 2)
        _ = slow.receive(20_000)
        bench.settle()
        bench.advance(.seconds(1))
        #expect(bench.handler.closed == [ids[0]] && bench.server.waitingBytes > 0)
        #expect(bench.cutOff == ["7 answers"])
        bench.advance(.seconds(28))
        #expect(bench.server.count == 1)
        bench.advance(.seconds(2))
        #expect(bench.handler.closed == ids && bench.server.waitingBytes == 0 && bench.server.sendDeadlines.next == nil)
        #expect(bench.cutOff == ["7 answers", "1000 answers"] && bench.server.cutOffs == 2)
        while let bytes = stalled.receive() { #expect(!bytes.isEmpty, "not closed") }
    }

    @Test("where requests are lost with the client, none that it sent behind them takes effect")
    func nothingBehindALoss() throws {
        let client = try bench.connect(buffer: 8192)
        waits(client)
        let handled = bench.handler.handled
        #expect(handled < 100, "nothing is held")
        client.send(frame("behind"))
        client.close()
        bench.settle()
        #expect(bench.handler.handled == handled && bench.server.count == 0)
    }

    @Test("one that has taken everything has no deadline")
    func caughtUp() throws {
        let client = try bench.connect(buffer: 8192)
        waits(client)
        while let bytes = client.receive(), !bytes.isEmpty { bench.settle() }
        bench.advance(.seconds(100))
        #expect(bench.server.count == 1 && bench.server.sendDeadlines.next == nil)
    }

    @Test("a subscriber that takes no event for 30 s is cut off")
    func stalledSubscriber() throws {
        let client = try bench.connect(buffer: 8192)
        let event = frame(Array(repeating: 7, count: 3000))
        for _ in 0..<100 { _ = bench.post(event, to: bench.handler.connected[0]) }
        bench.settle()
        bench.advance(.seconds(29))
        #expect(bench.server.count == 1)
        bench.advance(.seconds(1))
        #expect(bench.server.count == 0 && bench.server.waitingBytes == 0)
        client.close()
    }

    @Test("the answer to a broken frame does not drop the answers before it", arguments: [false, true])
    func brokenBehind(_ closes: Bool) throws {
        let client = try bench.connect(buffer: 8192)
        let requests = (0..<30).flatMap { frame("large \($0)") }
        client.send(requests + (closes ? frame("close") : [0, 0, 0, 0]) + frame("never"))
        bench.settle()
        var bytes: [UInt8] = []
        while let piece = client.receive(), !piece.isEmpty {
            bytes += piece
            bench.settle()
        }
        let dots = Array(repeating: UInt8(ascii: "."), count: 4000)
        let answers = (0..<30).flatMap { frame(dots + Array(",large \($0)".utf8)) }
        #expect(bytes == answers + frame(closes ? "close" : "refused"))
        #expect(client.isAtEnd && bench.server.count == 0 && bench.server.waitingBytes == 0)
    }

    @Test("beyond the limit over all, the one that lets most wait goes, not the one that comes last")
    func largest() throws {
        let large = frame(Array(repeating: 7, count: 65_536))
        let clients = try (0..<80).map { _ in try bench.connect(buffer: 8192) }
        let ids = bench.handler.connected
        for _ in 0..<15 { bench.server.deliver(large.span, to: ids[3]) }
        var others = (0..<14).flatMap { _ in ids.filter { $0 != ids[3] } }
        while bench.server.waitingBytes + large.count <= SocketServer.waitingLimit {
            bench.server.deliver(large.span, to: others.removeLast())
        }
        bench.settle()
        #expect(bench.handler.closed == [])
        bench.server.deliver(large.span, to: others.removeLast())
        bench.settle()
        #expect(bench.handler.closed == [ids[3]] && bench.cutOff == ["1000 answers"])
        #expect(bench.server.waitingBytes <= SocketServer.waitingLimit)
        #expect(clients.count == bench.server.count + 1)
    }

    @Test("beyond the limit over all, a connection of the user who lets most wait goes, and not the largest one")
    func largestOwner() throws {
        let large = frame(Array(repeating: 7, count: 65_536))
        let other = try bench.connect(uid: 1001, buffer: 8192)
        let clients = try (0..<80).map { _ in try bench.connect(buffer: 8192) }
        let ids = bench.handler.connected
        for _ in 0..<15 { bench.server.deliver(large.span, to: ids[0]) }
        var others = (0..<14).flatMap { _ in ids.dropFirst() }
        while bench.cutOff.isEmpty {
            bench.server.deliver(large.span, to: others.removeLast())
        }
        bench.settle()
        #expect(bench.cutOff == ["1000 answers"] && bench.handler.closed.count == 1)
        #expect(bench.server.count == clients.count && !other.isAtEnd)
    }

    @Test("half a frame does not live longer because another one was begun in between")
    func halfFrames() throws {
        let (first, second) = (try bench.connect(), try bench.connect())
        _ = bench.exchange(Array(frame("abc").prefix(3)), on: first)
        bench.advance(.seconds(1))
        // Its entry in the queue says second 10, its deadline is second 11 now.
        _ = bench.exchange(Array(frame("abc").dropFirst(3)) + frame("de").prefix(1), on: first)
        bench.advance(.seconds(8))
        _ = bench.exchange(Array(frame("fg").prefix(2)), on: second)
        bench.advance(.seconds(1))
        #expect(bench.server.count == 2)
        bench.advance(.seconds(1))
        #expect(bench.handler.closed == [bench.handler.connected[0]] && first.isAtEnd)
        #expect(bench.cutOff == ["1000 frame"])
        bench.advance(.seconds(8))
        #expect(bench.server.count == 0)
    }

    @Test("requests that have come before the end are answered in its last turns, those that were held included")
    func lastTurns() throws {
        let (asking, slow) = (try bench.connect(), try bench.connect(buffer: 8192))
        let requests = (0..<2000).flatMap { frame("\($0)") }
        #expect(asking.send(requests) == requests.count)
        let many = (0..<200).flatMap { frame("large \($0) \(String(repeating: " ", count: 900))") }
        #expect(slow.send(many) == many.count)
        bench.server.takeLast()
        #expect(asking.receive() == requests)
        var reader = FrameReader()
        while !bench.server.isFlushed {
            reader.receive(slow.receive() ?? [])
            bench.server.takeLast()
        }
        reader.receive(slow.receive() ?? [])
        #expect(reader.frames.count == 200, "flushed before the frames that were held had been answered")
    }
}
