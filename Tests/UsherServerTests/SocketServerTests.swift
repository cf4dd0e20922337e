import CLinux
import Testing
import UsherPOSIX
import UsherTestKit

@testable import UsherServer

@Suite("Socket server")
struct SocketServerTests {
    let bench: ServerBench
    let client: TestSocket

    init() throws {
        bench = try ServerBench()
        client = try bench.connect()
    }

    // MARK: Frames

    @Test("frames are whole however their bytes arrive")
    func pieces() throws {
        let frames = frame("a") + frame("large b") + frame("secret c")
        let answer = bench.exchange(frames, on: client)
        for size in [1, 2, 3, 4, 5, 7, 11] {
            var received: [UInt8] = []
            for start in stride(from: 0, to: frames.count, by: size) {
                received += bench.exchange(Array(frames[start..<min(start + size, frames.count)]), on: client)
            }
            #expect(received == answer, "pieces of \(size)")
        }
        #expect(bench.handler.handled == 3 * 8 && bench.server.waitingBytes == 0)
    }

    @Test("many frames of one write are answered in order")
    func pipelined() {
        let frames = (0..<1000).flatMap { frame("\($0)") }
        #expect(bench.exchange(frames, on: client) == frames)
    }

    @Test("a frame of the largest size goes through, alone and between small ones", arguments: [1, 65_535, 65_536])
    func large(_ size: Int) {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let frames = frame("a") + frame(body) + frame("b") + frame(body)
        #expect(bench.exchange(frames, on: client) == frames)
        #expect(bench.server.waitingBytes == 0)
    }

    @Test("a length that cannot be right is answered once and closes", arguments: [0, 65_537, UInt32.max])
    func invalidLength(_ length: UInt32) throws {
        for split in [false, true] {
            let client = try bench.connect()
            let header = withUnsafeBytes(of: length.bigEndian) { Array($0) }
            let handled = bench.handler.handled
            if split {
                #expect(bench.exchange(frame("a") + header.prefix(2), on: client) == frame("a"))
                #expect(bench.exchange(header.suffix(2) + frame("b"), on: client) == frame("refused"))
            } else {
                #expect(
                    bench.exchange(frame("a") + header + frame("b"), on: client) == frame("a") + frame("refused"))
            }
            #expect(client.isAtEnd && bench.handler.handled == handled + 1)
        }
        #expect(bench.handler.closed.count == 2 && bench.server.count == 1)
    }

    @Test("a frame that closes is answered, and those behind it are not handled")
    func closing() {
        let answer = bench.exchange(frame("a") + frame("close") + frame("b"), on: client)
        #expect(answer == frame("a") + frame("close"))
        #expect(client.isAtEnd && bench.handler.handled == 2 && bench.handler.closed == bench.handler.connected)
    }

    @Test("what was sent before the client finished is answered")
    func finished() {
        client.send(frame("a") + frame("b"))
        client.finish()
        bench.settle()
        #expect(client.receive() == frame("a") + frame("b"))
        #expect(client.isAtEnd && bench.server.count == 0)
    }

    @Test("a client that goes in the middle of a frame leaves nothing behind")
    func goneInTheMiddle() {
        _ = bench.exchange(Array(frame("abc").prefix(5)), on: client)
        #expect(bench.server.waitingBytes == 7)
        client.close()
        bench.settle()
        #expect(bench.server.waitingBytes == 0 && bench.handler.closed.count == 1)
        #expect(bench.server.frameDeadlines.next == nil, "one who does so over and over must not fill the queue")
    }

    @Test("pieces of any size from several clients at once get each its own answers", arguments: 0..<10)
    func soak(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let clients = try (0..<4).map { _ in try bench.connect() }
        let streams = (0..<4).map { _ in
            (0..<200).flatMap { _ in
                frame((0..<Int.random(in: 1...900, using: &random)).map { UInt8(truncatingIfNeeded: $0) })
            }
        }
        var sent = [0, 0, 0, 0]
        var received: [[UInt8]] = [[], [], [], []]
        while zip(received, streams).contains(where: { $0.count < $1.count }) {
            let index = Int.random(in: 0..<4, using: &random)
            let piece = streams[index][sent[index]...].prefix(Int.random(in: 1...5000, using: &random))
            sent[index] += piece.isEmpty ? 0 : clients[index].send(piece)
            if Bool.random(using: &random) { bench.settle() }
            received[index] += clients[index].receive(Int.random(in: 1...5000, using: &random)) ?? []
        }
        for index in 0..<4 { #expect(received[index] == streams[index]) }
        #expect(bench.server.waitingBytes == 0)
    }

    // MARK: Turns

    @Test("what several clients sent is one batch, and the next turn begins another")
    func together() throws {
        let others = try (0..<3).map { _ in try bench.connect() }
        let clients = [client] + others
        for (number, client) in clients.enumerated() { client.send(frame("a\(number)") + frame("b\(number)")) }
        var batches: [Int] = []
        bench.handler.onFrame = { [bench] _, _ in batches.append(bench.handler.together) }
        bench.settle()
        #expect(batches == Array(repeating: 8, count: 8))
        for (number, client) in clients.enumerated() {
            #expect(client.receive() == frame("a\(number)") + frame("b\(number)"))
        }
        client.send(frame("c"))
        bench.settle()
        #expect(batches.last == 1 && client.receive() == frame("c"))
    }

    @Test("more than a turn or the shared buffer takes is handled in parts, each client's in its order")
    func parts() throws {
        let others = try (0..<5).map { _ in try bench.connect() }
        let clients = [client] + others
        let streams = (0..<clients.count).map { number in
            (0..<15).flatMap { frame(Array(repeating: UInt8(number * 15 + $0), count: 1000)) }
        }
        for (client, stream) in zip(clients, streams) { #expect(client.send(stream) == stream.count) }
        bench.settle()
        for (client, stream) in zip(clients, streams) { #expect(client.receive() == stream) }
        // After one of them, the turn has work left for four frames of a second.
        #expect(bench.handler.mostTogether == 19)
        for (client, stream) in zip(clients, streams) { #expect(client.send(stream) == stream.count) }
        bench.server.takeLast()
        for (client, stream) in zip(clients, streams) { #expect(client.receive() == stream) }
        // After three of them, there is no room for all that a fourth may have sent.
        #expect(bench.handler.mostTogether == 45)
    }

    @Test("of a client that another one's frame closes nothing is handled, and its bytes do not stay")
    func closedByOther() throws {
        let other = try bench.connect()
        bench.server.input.initializeMemory(as: UInt8.self, repeating: 0)
        let victim = try #require(bench.handler.connected.last)
        bench.handler.onFrame = { [bench] id, _ in if id != victim { bench.server.close(victim) } }
        client.send(frame("end it"))
        other.send(frame("secret 987654"))
        bench.settle()
        #expect(client.receive() == frame("end it") && other.isAtEnd)
        #expect(bench.handler.handled == 1 && !holds("987654"))
    }

    @Test("of a client that is dismissed meanwhile nothing more is handled, and its bytes do not stay")
    func dismissedMeanwhile() throws {
        let other = try bench.connect()
        bench.server.input.initializeMemory(as: UInt8.self, repeating: 0)
        let victim = try #require(bench.handler.connected.last)
        bench.handler.onFrame = { [bench] _, _ in bench.server.dismiss(victim, with: frame("last").span) }
        client.send(frame("end it"))
        other.send(frame("secret 987654") + frame("secret 3210").prefix(12))
        bench.settle()
        #expect(client.receive() == frame("end it"))
        #expect(other.receive() == frame("last") && other.isAtEnd)
        #expect(bench.handler.handled == 1 && !holds("987654") && !holds("secret"))
        #expect(bench.server.waitingBytes == 0 && bench.server.frameDeadlines.next == nil)
    }

    // MARK: Secrets

    /// Whether the shared buffer holds this text.
    private func holds(_ text: String) -> Bool {
        String(decoding: bench.server.input, as: UTF8.self).contains(text)
    }

    @Test("the shared buffer keeps neither a secret frame nor the start of one")
    func wiped() {
        bench.server.input.initializeMemory(as: UInt8.self, repeating: 0)
        client.send(frame("public 000000"))
        bench.settle()
        #expect(holds("public 000000"))
        client.send(frame("secret 123456"))
        bench.settle()
        #expect(!holds("123456"))
        client.send(frame("public") + frame("secret 654321").prefix(15))
        bench.settle()
        #expect(!holds("6543") && holds("public"))
        client.send(frame("secret 654321").suffix(2) + frame("secret 777777"))
        bench.settle()
        #expect(!holds("777") && bench.handler.handled == 5)
        client.send(frame("close") + frame("secret 888888"))
        bench.settle()
        #expect(!holds("8888") && bench.handler.handled == 6, "behind the end of a connection, too")
    }

    // MARK: Clients that do not read

    @Test("a client that does not read is not read, and gets every answer in order later")
    func backPressure() {
        let total = 2000
        let padding = String(repeating: " ", count: 1000)
        let requests = (0..<total).flatMap { frame("large \($0)\(padding)") }
        var sent = 0
        while case let more = client.send(requests[sent...].prefix(100_000)), more > 0 {
            sent += more
            bench.settle()
        }
        #expect(sent < requests.count, "everything was read")
        #expect(bench.handler.handled < total)
        #expect(bench.server.waitingBytes < SocketServer.unsentLimit + SocketServer.receiveSize)
        var reader = FrameReader()
        while reader.frames.count < total {
            reader.receive(client.receive(50_000) ?? [])
            bench.settle()
            if sent < requests.count { sent += client.send(requests[sent...].prefix(100_000)) }
            bench.settle()
        }
        let dots = Array(repeating: UInt8(ascii: "."), count: 4000)
        let wrong = reader.frames.indices.first {
            reader.frames[$0] != frame(dots + Array(",large \($0)\(padding)".utf8))
        }
        #expect(wrong == nil)
        #expect(bench.server.waitingBytes == 0 && bench.server.isFlushed)
    }

    @Test("a connection that the handler pauses is not read until something is delivered to it, and loses nothing")
    func paused() throws {
        let id = bench.handler.connected[0]
        #expect(
            bench.exchange(frame("a") + frame("pause") + frame("b") + frame("c").prefix(4), on: client)
                == frame("a") + frame("pause"))
        client.send(frame("c").suffix(1) + frame("pause 2") + frame("d").prefix(3))
        bench.settle()
        bench.server.expire(at: usher_boottime() + 11_000_000_000)
        #expect(client.receive() == [] && bench.handler.handled == 2)
        bench.server.deliver(frame("x").span, to: id)
        bench.settle()
        #expect(client.receive() == frame("x") + frame("b") + frame("c") + frame("pause 2"))
        bench.server.expire(at: usher_boottime() + 11_000_000_000)
        #expect(bench.server.count == 1)
        bench.server.deliver(frame("y").span, to: id)
        #expect(bench.exchange(Array(frame("d").suffix(2)), on: client) == frame("y") + frame("d"))
        #expect(bench.server.waitingBytes == 0)
    }

    @Test("a paused connection that ends is closed")
    func pausedAndGone() {
        _ = bench.exchange(frame("pause") + frame("a"), on: client)
        client.close()
        bench.settle()
        #expect(bench.server.count == 0 && bench.server.waitingBytes == 0)
    }

    @Test("who lets too much wait is cut off, and nobody else")
    func cutOff() throws {
        let other = try bench.connect()
        let id = bench.handler.connected[0]
        let large = frame(Array(repeating: 7, count: 65_536))
        for _ in 0..<64 { bench.server.deliver(large.span, to: id) }
        #expect(bench.server.waitingBytes == 0, "what was waiting is not given back")
        bench.settle()
        #expect(bench.handler.closed == [id])
        #expect(bench.exchange(frame("a"), on: other) == frame("a"))
        while let bytes = client.receive() { #expect(!bytes.isEmpty, "not closed") }
    }

    @Test("a frame for a connection that has gone, or for its successor's place, is passed over")
    func goneBeforeDelivery() throws {
        let id = bench.handler.connected[0]
        client.close()
        bench.settle()
        let successor = try bench.connect()
        #expect(bench.handler.connected[1].index == id.index)
        bench.server.deliver(frame("a").span, to: id)
        bench.server.close(id)
        #expect(successor.receive() == [])
    }

    // MARK: Ends during a turn

    @Test("a handler may close connections whose frames are still to come, and its own")
    func closedByHandler() throws {
        let clients = try (0..<4).map { _ in try bench.connect() }
        let ids = bench.handler.connected
        bench.handler.onFrame = { [bench] _, _ in for id in ids.dropFirst() { bench.server.close(id) } }
        for client in clients { client.send(frame("a") + frame("b")) }
        bench.settle()
        #expect(bench.server.count == 1 && Set(bench.handler.closed) == Set(ids.dropFirst()))
        for client in clients { while let bytes = client.receive() { #expect(!bytes.isEmpty, "not closed") } }
        #expect(bench.server.waitingBytes == 0)
    }

    @Test("a handler may close a connection whose answers are still to be sent, or wait", arguments: [10, 300])
    func closedWhileAnswering(_ last: Int) throws {
        let client = try bench.connect(buffer: 8192)
        let id = bench.handler.connected[1]
        bench.handler.onFrame = { [bench] _, body in
            if body.starts(with: Array("large \(last)".utf8)) { bench.server.close(id) }
        }
        client.send((0..<400).flatMap { frame("large \($0)") })
        bench.settle()
        while let bytes = client.receive(), !bytes.isEmpty { bench.settle() }
        #expect(bench.handler.closed == [id] && bench.server.waitingBytes == 0 && client.isAtEnd)
    }

    // MARK: Deadlines

    @Test("half a frame has its time, however slowly more of it trickles in")
    func trickle() throws {
        let start = usher_boottime()
        let bytes = frame("abc")
        _ = bench.exchange(Array(bytes.prefix(3)), on: client)
        bench.server.expire(at: start + 9_000_000_000)
        _ = bench.exchange([bytes[3], bytes[4]], on: client)
        #expect(bench.server.count == 1)
        bench.server.expire(at: usher_boottime() + 10_000_000_000)
        #expect(bench.server.count == 0 && client.isAtEnd)
    }

    @Test("a frame that became whole in time lets the next one have its own")
    func renewed() throws {
        _ = bench.exchange(Array(frame("abc").prefix(3)), on: client)
        let first = try #require(bench.server.frameDeadlines.next)
        _ = bench.exchange(Array(frame("abc").dropFirst(3)) + frame("de").prefix(1), on: client)
        bench.server.expire(at: first)
        #expect(bench.server.count == 1)
        _ = bench.exchange(Array(frame("de").dropFirst()), on: client)
        bench.server.expire(at: usher_boottime() + 20_000_000_000)
        #expect(bench.server.count == 1 && bench.server.frameDeadlines.next == nil)
    }

    @Test("a client that has sent everything is not closed while it is slow to read")
    func slowReader() throws {
        let requests = (0..<60).flatMap { frame("large \($0)") } + frame("large ??").prefix(5)
        client.send(requests)
        bench.settle()
        #expect(!bench.server.isFlushed)
        bench.server.expire(at: usher_boottime() + 11_000_000_000)
        #expect(bench.server.count == 1)
        var received = 0
        while case let bytes = client.receive() ?? [], !bytes.isEmpty {
            received += bytes.count
            bench.settle()
        }
        #expect(received > 60 * 4000)
        bench.server.expire(at: usher_boottime() + 22_000_000_000)
        #expect(bench.server.count == 0)
    }

    @Test("the loop's own timer closes them")
    func timer() throws {
        let bench = try ServerBench(frameTimeout: .milliseconds(1))
        let client = try bench.connect()
        bench.handler.onClosed = { [bench] in bench.loop.exit(3) }
        client.send(frame("a") + [0])
        #expect(try bench.loop.run() == 3)
        #expect(client.receive() == frame("a") && client.isAtEnd)
    }
}
