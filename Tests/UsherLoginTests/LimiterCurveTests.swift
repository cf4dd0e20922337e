import Testing
import UsherLogin

@Suite("Limiter curve")
struct LimiterCurveTests {
    @Test(
        "grows from nothing to an hour",
        arguments: [
            (-1, 0), (0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (15, 1024), (16, 2048), (17, 3600), (99, 3600),
            (100, 3600), (Int.max, 3600),
        ])
    func wait(_ failures: Int, _ seconds: Int) {
        #expect(LimiterCurve.wait(after: failures) == .seconds(seconds))
    }

    @Test("lets at most 17 guesses an hour through once it has begun, and 100 in all, ever")
    func guesses() throws {
        let memory = Memory(entries: 8)
        let limiter = memory.create()
        let ticket = limiter.ticket(user: "alice", realm: "default", source: .init(peer: 1))
        var (now, guesses, firstHour) = (Duration.seconds(10), 0, 0)
        for _ in 0..<200 {
            switch limiter.admission(ticket, pending: 0, now: now) {
            case .admitted:
                guesses += 1
                if now < .seconds(3610) { firstHour += 1 }
                limiter.failed(ticket, now: now)
            case .refused(let retryAfter):
                #expect(retryAfter > .zero && retryAfter <= LimiterCurve.longest)
                now += retryAfter
            }
        }
        #expect(firstHour <= 17)
        #expect(guesses == 100)
        #expect(now > .seconds(80 * 3600))
        #expect(limiter.admission(ticket, pending: 0, now: now + .seconds(864_000)) != .admitted)
    }
}
