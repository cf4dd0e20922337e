import CLinux
import Testing
import UsherTestKit

@testable import UsherServer

@Suite("Socket server: the board's descriptor")
struct BoardSendingTests {
    let bench: ServerBench

    init() throws { bench = try ServerBench() }

    /// Reads until nothing comes; the bytes, and the pieces with which a descriptor came.
    private func drain(_ client: TestSocket, step: Int) -> (bytes: [UInt8], places: [Range<Int>]) {
        var (bytes, places): ([UInt8], [Range<Int>]) = ([], [])
        while true {
            let (piece, withDescriptor) = client.receiveMessage(step)
            if withDescriptor { places.append(bytes.count..<bytes.count + piece.count) }
            if piece.isEmpty { return (bytes, places) }
            bytes += piece
            bench.settle()
        }
    }

    /// How many descriptors of this process are the board.
    private var boardDescriptors: Int {
        func inode(_ descriptor: CInt) -> UInt {
            var status = stat()
            return fstat(descriptor, &status) == 0 ? status.st_ino : 0
        }
        return File.names("/proc/self/fd").compactMap { CInt($0) }.count { inode($0) == inode(bench.board.number) }
    }

    @Test("it rides on the first byte of its own answer, whatever stands before and behind it", arguments: 1...30)
    func place(_ step: Int) throws {
        let client = try bench.connect()
        let (before, answer, behind) = (frame("a") + frame("b"), frame("board"), frame("c"))
        client.send(before + answer + behind)
        bench.settle()
        let (bytes, places) = drain(client, step: step)
        #expect(bytes == before + answer + behind)
        #expect(places.count == 1 && places[0].contains(before.count))
    }

    @Test("it waits with its answer behind unread ones", arguments: [1, 7, 100, 4096])
    func behindUnread(_ step: Int) throws {
        let client = try bench.connect(buffer: 8192)
        let large = (0..<30).flatMap { frame("large \($0)") }
        client.send(large + frame("board 1") + frame("a") + frame("large x") + frame("board 2") + frame("b"))
        bench.settle()
        #expect(!bench.server.isFlushed)
        let (bytes, places) = drain(client, step: step)
        let dots = Array(repeating: UInt8(ascii: "."), count: 4000)
        let tail = frame(dots + Array(",large x".utf8)) + frame("board 2") + frame("b")
        #expect(bytes.suffix(tail.count) == tail[...])
        let first = bytes.count - tail.count - frame("board 1").count - frame("a").count
        #expect(bytes[first...].starts(with: frame("board 1") + frame("a")))
        let second = bytes.count - frame("board 2").count - frame("b").count
        #expect(places.count == 2 && places[0].contains(first) && places[1].contains(second))
        #expect(bench.server.waitingBytes == 0 && bench.server.isFlushed)
    }

    @Test("a client that asks for it 10,000 times and does not read costs the process no descriptor")
    func bounded() throws {
        let client = try bench.connect()
        var sent = 0
        let requests = (0..<10_000).flatMap { _ in frame("board") }
        while case let more = client.send(requests[sent...].prefix(50_000)), more > 0 {
            sent += more
            bench.settle()
        }
        #expect(boardDescriptors == 1)
        client.close()
        bench.settle()
        #expect(bench.server.waitingBytes == 0 && bench.server.count == 0)
    }
}
