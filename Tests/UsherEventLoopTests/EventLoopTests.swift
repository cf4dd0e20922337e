import CLinux
import Testing
import UsherEventLoop

/// The clock by which sessions end. A wall clock in its place would end sessions, or keep them, when somebody sets it.
@Suite("Event loop")
struct EventLoopTests {
    private static func boottime() -> Duration { .nanoseconds(usher_clock(CLOCK_BOOTTIME)) }

    @Test("tells the time since boot, which no setting of the wall clock changes")
    func clock() throws {
        let loop = try EventLoop()
        let before = Self.boottime()
        let told = loop.now
        #expect(before <= told && told <= Self.boottime())
    }

    @Test("a timer fires at its time since boot, and one in the past at once")
    func timer() throws {
        let loop = try EventLoop()
        var fired: [Duration] = []
        var timer: EventTimer?
        timer = try loop.timer {
            timer?.fired()
            fired.append(Self.boottime())
            if fired.count == 2 { loop.exit(0) } else { timer?.arm(at: 1) }
        }
        let due = usher_clock(CLOCK_BOOTTIME) + 20_000_000
        timer?.arm(at: due)
        #expect(try loop.run() == 0)
        #expect(fired.count == 2 && fired[0] >= .nanoseconds(due))
    }
}
