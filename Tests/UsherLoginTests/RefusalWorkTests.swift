import Testing
import UsherLogin

@Suite("Work of refusals")
struct RefusalWorkTests {
    @Test("is what the dearest login took, at once")
    func rises() {
        var work = RefusalWork()
        #expect(work.microseconds == 0)
        work.learn(30_000, limit: 1_000_000)
        #expect(work.microseconds == 30_000)
        work.learn(35_000, limit: 1_000_000)
        #expect(work.microseconds == 35_000)
    }

    @Test("never exceeds the limit, whatever a login took")
    func limit() {
        var work = RefusalWork()
        work.learn(.max, limit: 1_000_000)
        #expect(work.microseconds == 1_000_000)
    }

    @Test("falls slowly where logins have become cheaper, and comes down to what they take")
    func falls() {
        var work = RefusalWork()
        work.learn(64_000, limit: 1_000_000)
        work.learn(0, limit: 1_000_000)
        #expect(work.microseconds == 63_000)
        for _ in 0..<1000 { work.learn(2000, limit: 1_000_000) }
        #expect(work.microseconds == 2000)
    }
}
