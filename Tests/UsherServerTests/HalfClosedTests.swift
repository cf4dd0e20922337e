import Testing
import UsherTestKit

@testable import UsherServer

/// Clients that have ended their own half of the connection, shutdown(2) with SHUT_WR.
@Suite("Half-closed clients")
struct HalfClosedTests {
    let bench: ServerBench

    init() throws { bench = try ServerBench() }

    /// A client that has been answered once, waits for another answer, and sends no more.
    private func waiting(behind bytes: [UInt8] = []) throws -> TestSocket {
        let client = try bench.connect()
        client.send(frame("a"))
        bench.settle()
        #expect(client.receive() == frame("a"))
        bench.handler.owed = Set(bench.handler.connected)
        client.send(bytes)
        client.finish()
        bench.settle()
        return client
    }

    @Test("get the answers that they wait for, and end with the last of them")
    func answered() throws {
        let client = try waiting()
        let id = bench.handler.connected[0]
        #expect(bench.handler.closed == [])
        bench.server.deliver(frame("late").span, to: id)
        bench.settle()
        #expect(client.receive() == frame("late") && bench.handler.closed == [])
        bench.handler.owed = []
        bench.server.deliver(frame("last").span, to: id)
        bench.settle()
        #expect(client.receive() == frame("last") && client.isAtEnd)
        #expect(bench.handler.closed == [id] && bench.cutOff == [])
    }

    @Test("are not waited for, where they have left the start of a frame")
    func begun() throws {
        let client = try waiting(behind: Array(frame("half").dropLast()))
        bench.advance(.seconds(30))
        #expect(bench.handler.closed == [] && bench.cutOff == [] && bench.server.waitingBytes == 0)
        #expect(bench.handler.handled == 1)
        client.close()
    }

    @Test("end at once where they are gone altogether, before or after that was seen")
    func gone() throws {
        try waiting().close()
        bench.settle()
        #expect(bench.handler.closed.count == 1)
        let client = try bench.connect()
        bench.handler.owed = Set(bench.handler.connected)
        client.close()
        bench.settle()
        #expect(bench.handler.closed.count == 2 && bench.server.count == 0)
    }

    @Test("end at once where they wait for nothing")
    func idle() throws {
        let client = try bench.connect()
        client.send(frame("a"))
        client.finish()
        bench.settle()
        #expect(client.receive() == frame("a") && client.isAtEnd && bench.server.count == 0)
    }
}
