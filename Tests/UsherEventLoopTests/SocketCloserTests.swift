import CLinux
import Testing

@testable import UsherEventLoop

@Suite("Socket closer")
struct SocketCloserTests {
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    /// A pipe whose writing end is to be closed.
    private func pipe() throws -> (reading: CInt, writing: CInt) {
        var pipe: [CInt] = [-1, -1]
        try #require(usher_pipe(&pipe) == 0)
        return (pipe[0], pipe[1])
    }

    @Test("closes what waits, however fast more comes")
    func steady() throws {
        let (early, first) = try pipe()
        close(early)
        loop.closer.take(first)
        while !loop.closer.isIdle { try loop.turn() }
        let (reading, writing) = try pipe()
        defer { close(reading) }
        var isClosed = false
        var end: EventSource? = try loop.watch(reading) { _ in isClosed = true }
        loop.closer.take(writing)
        // Twenty sockets come within the time between two forks, without end.
        var (others, timer): ([CInt], EventTimer?) = ([], nil)
        defer { for other in others { close(other) } }
        timer = try loop.timer {
            timer?.fired()
            guard !isClosed, let (reading, writing) = try? pipe() else { return }
            others.append(reading)
            loop.closer.take(writing)
            timer?.arm(at: usher_clock(CLOCK_BOOTTIME) + 2_500_000)
        }
        timer?.arm(at: 1)
        while !isClosed, others.count < 400 { try loop.turn() }
        #expect(isClosed && others.count < 400)
        if end != nil { end = nil }
        while !loop.closer.isIdle { try loop.turn() }
    }

    @Test("tells everyone who waits for room once there is some")
    func room() throws {
        let closer = SocketCloser(loop, limit: 3)
        var readings: [CInt] = []
        defer { for reading in readings { close(reading) } }
        var told = [0, 0]
        for round in 1...2 {
            for _ in 0..<3 {
                #expect(!closer.isFull)
                let (reading, writing) = try pipe()
                readings.append(reading)
                closer.take(writing)
            }
            #expect(closer.isFull)
            for caller in told.indices { closer.whenRoom { told[caller] += 1 } }
            while closer.isFull { try loop.turn() }
            #expect(told == [round, round])
        }
        while !closer.isIdle { try loop.turn() }
        #expect(told == [2, 2])
        var byte: UInt8 = 0
        for reading in readings { #expect(read(reading, &byte, 1) == 0) }
    }
}
