import Testing
import UsherTestKit

@testable import UsherServer

@Suite("Socket server: events")
struct EventSendingTests {
    let bench: ServerBench

    init() throws { bench = try ServerBench() }

    /// Everything that comes for a client that reads.
    private func readAll(_ client: TestSocket) -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = client.receive(), !piece.isEmpty {
            bytes += piece
            bench.settle()
        }
        return bytes
    }

    @Test("they come behind every answer of the turn in which they happened")
    func order() throws {
        let client = try bench.connect()
        let id = bench.handler.connected[0]
        bench.handler.onFrame = { [bench] _, body in
            #expect(bench.post(frame("event of "), to: id))
            #expect(bench.post(frame(body), to: id))
        }
        client.send(frame("a") + frame("b"))
        bench.settle()
        let events = frame("event of ") + frame("a") + frame("event of ") + frame("b")
        #expect(readAll(client) == frame("a") + frame("b") + events)
        #expect(bench.server.waitingBytes == 0 && bench.server.isFlushed)
        #expect(bench.server.sendDeadlines.next == nil, "who reads is watched")
    }

    @Test("they wait for a client that is slow to read, whole, in order, behind its answers", arguments: [1, 100])
    func slow(_ count: Int) throws {
        let client = try bench.connect(buffer: 8192)
        let id = bench.handler.connected[0]
        let requests = (0..<25).flatMap { frame("large \($0)") }
        client.send(requests)
        bench.settle()
        #expect(bench.handler.handled == 25, "one turn's work")
        for number in 0..<count { #expect(bench.post(frame("event \(number)"), to: id)) }
        client.send(frame("b"))
        let bytes = readAll(client)
        let events = (0..<count).flatMap { frame("event \($0)") }
        #expect(bytes.suffix(events.count + frame("b").count) == (events + frame("b"))[...])
        #expect(bench.server.waitingBytes == 0 && bench.server.isFlushed)
    }

    @Test("256 wait for a client, no more; those that were taken make room")
    func limit() throws {
        let client = try bench.connect(buffer: 8192)
        let id = bench.handler.connected[0]
        let event = frame(Array(repeating: 7, count: 300))
        for _ in 0..<256 { #expect(bench.post(event, to: id)) }
        #expect(!bench.post(event, to: id) && bench.server.waitingBytes == 256 * event.count)
        bench.settle()
        #expect(!bench.post(event, to: id), "what the socket did not take is forgotten")
        #expect(readAll(client).count == 256 * event.count)
        for _ in 0..<256 { #expect(bench.post(event, to: id)) }
    }

    @Test("who is sent away gets what waits, the last frame, and the end; its requests are not handled any more")
    func dismissed() throws {
        let (client, other) = (try bench.connect(buffer: 8192), try bench.connect())
        let id = bench.handler.connected[0]
        client.send((0..<40).flatMap { frame("large \($0)") })
        bench.settle()
        for _ in 0..<256 { _ = bench.post(frame("event"), to: id) }
        bench.server.dismiss(id, with: frame("gap").span)
        bench.server.dismiss(id, with: frame("gap").span)
        #expect(bench.post(frame("late"), to: id))
        bench.server.deliver(frame("late").span, to: id)
        client.send(frame("late request"))
        #expect(bench.server.count == 2)
        let bytes = readAll(client)
        let tail = (0..<256).flatMap { _ in frame("event") } + frame("gap")
        #expect(bytes.suffix(tail.count) == tail[...])
        #expect(client.isAtEnd && bench.handler.closed == [id] && bench.server.waitingBytes == 0)
        #expect(bench.exchange(frame("a"), on: other) == frame("a"))
    }

    @Test("who sends itself away in a turn gets the answers of that turn before the end")
    func dismissedByItself() throws {
        let client = try bench.connect()
        let id = bench.handler.connected[0]
        bench.handler.onFrame = { [bench] _, body in
            if body == Array("b".utf8) { bench.server.dismiss(id, with: frame("gap").span) }
        }
        client.send(frame("a") + frame("b") + frame("c"))
        bench.settle()
        #expect(readAll(client) == frame("a") + frame("b") + frame("gap"))
        #expect(client.isAtEnd && bench.server.count == 0 && bench.server.waitingBytes == 0)
    }
}
