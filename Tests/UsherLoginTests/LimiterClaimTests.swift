import Testing
import UsherLogin

/// A tool that gives the addresses of its users and is not believed: to the limiter it is one place, at which everybody
/// is at home who has logged in by it.
@Suite("Limiter: addresses that are not believed")
struct LimiterClaimTests {
    static let start = Duration.seconds(1000)

    let limiter = Memory(entries: 1024).create()

    private func from(_ number: Int) -> LoginSource { LoginSource(peer: 33, claim: "198.51.100.\(number)") }

    private func fail(_ user: String, from number: Int, after: Duration = .zero) {
        limiter.failed(limiter.ticket(user: user, source: from(number)), now: Self.start + after)
    }

    private func admission(
        _ user: String, from number: Int, pending: Int = 0, after: Duration = .zero
    ) -> LimiterAdmission {
        limiter.admission(limiter.ticket(user: user, source: from(number)), pending: pending, now: Self.start + after)
    }

    @discardableResult
    private func succeed(_ user: String, from number: Int, after: Duration = .zero) -> LoginHistory {
        let ticket = limiter.ticket(user: user, source: from(number))
        return limiter.succeeded(ticket, user: user, now: Self.start + after)
    }

    @Test("who guesses at a name for hours waits, and not the person whose name it is")
    func lockout() {
        succeed("ada", from: 1)
        var (tried, refused) = (0, 0)
        for second in 0..<7200 {
            if admission("ada", from: 66, after: .seconds(second)) == .admitted {
                tried += 1
                fail("ada", from: 66, after: .seconds(second))
            } else if second % 100 == 0, admission("ada", from: 1, after: .seconds(second)) != .admitted {
                refused += 1
            }
        }
        #expect(refused == 0 && tried < 20)
        succeed("ada", from: 1, after: .seconds(7200))
        #expect(admission("ada", from: 66, after: .seconds(7200)) != .admitted, "a success forgives the others nothing")
    }

    @Test("a name that logs in by the tool is not told from one that nobody has")
    func noOracle() {
        succeed("ada", from: 1)
        for step in 0..<60 {
            for address in [66, 67, 68, 69] {
                let after = Duration.seconds(step)
                let answers = ["ada", "nobody"].map { admission($0, from: address, after: after) }
                #expect(answers[0] == answers[1], "\(step), \(address)")
                guard answers[0] == .admitted else { continue }
                for name in ["ada", "nobody"] { fail(name, from: address, after: after) }
            }
        }
    }

    @Test("a tool that invents addresses guesses 32 times at a name, and then as slowly as from one")
    func invented() {
        succeed("ada", from: 1)
        let atOnce = (0..<1000).count { index in
            guard admission("ada", from: index + 100) == .admitted else { return false }
            fail("ada", from: index + 100)
            return true
        }
        #expect(atOnce == 33)
        var tried = 0
        for second in stride(from: 0, to: 36_000, by: 10)
        where admission("ada", from: second + 2000, after: .seconds(second)) == .admitted {
            tried += 1
            fail("ada", from: second + 2000, after: .seconds(second))
        }
        #expect(tried < 24, "in ten hours")
        #expect(admission("ada", from: 1, pending: 40, after: .seconds(40_000)) != .admitted)
    }

    @Test("logins under way at a name through the tool are counted over all addresses")
    func pending() {
        let tickets = [1, 2].map { limiter.ticket(user: "ada", source: from($0)) }
        let other = limiter.ticket(user: "ada", source: LoginSource(peer: 33))
        var table = LoginTable<BenchContext>()
        for (index, ticket) in tickets.enumerated() {
            var start = LoginBench.start(address: "\(index)")
            start.ticket = ticket
            try? table.begin(start, as: .init(high: 1, low: UInt64(index)), now: Self.start)
        }
        #expect(table.pending(tickets[0]) == 2 && table.pending(other) == 0)
    }

    @Test("an administrator forgives what was counted for any address, and a success what its own did")
    func forgiven() {
        succeed("ada", from: 1)
        for address in [1, 2] { for _ in 0..<7 { fail("ada", from: address) } }
        #expect(admission("ada", from: 1) != .admitted && admission("ada", from: 2) != .admitted)
        #expect(limiter.clear(user: "ada"))
        #expect(admission("ada", from: 1) == .admitted && admission("ada", from: 2) == .admitted)
        for address in [1, 2] { for _ in 0..<7 { fail("ada", from: address) } }
        succeed("ada", from: 1, after: .seconds(4))
        #expect(admission("ada", from: 1, after: .seconds(4)) == .admitted)
        #expect(admission("ada", from: 2, after: .seconds(3)) != .admitted)
    }

    @Test("nothing is tried at a name any more after its cap")
    func cap() {
        for index in 0..<100 { fail("nobody", from: index) }
        #expect(admission("nobody", from: 500, after: .seconds(80_000)) == .refused(retryAfter: .seconds(3600)))
    }
}
