import Testing
import UsherLogin

@Suite("Limiter: an account with several names")
struct LimiterAccountTests {
    static let start = Duration.seconds(1000)
    static let home = LoginSource(peer: 33, address: "192.0.2.1")

    let limiter = Memory(entries: 64).create()

    /// A stranger's address, another one for each number.
    private func away(_ number: Int = 0) -> LoginSource { LoginSource(peer: 33, address: "198.51.100.\(number)") }

    /// A login of ada, whatever she is called; whether its outcome is told.
    private func fail(as name: String, from source: LoginSource, after: Duration = .zero) -> Bool {
        let ticket = limiter.ticket(user: name, source: source)
        let account = limiter.account("ada", of: ticket)
        let isTold = limiter.mayTell(account, now: Self.start + after)
        limiter.failed(ticket, account: account, now: Self.start + after)
        return isTold
    }

    private func isTold(as name: String, from source: LoginSource, after: Duration = .zero) -> Bool {
        let account = limiter.account("ada", of: limiter.ticket(user: name, source: source))
        return limiter.mayTell(account, now: Self.start + after)
    }

    @discardableResult
    private func succeed(as name: String, from source: LoginSource, after: Duration = .zero) -> LoginHistory {
        let ticket = limiter.ticket(user: name, source: source)
        let account = limiter.account("ada", of: ticket)
        return limiter.succeeded(ticket, entered: name, account: account, user: "ada", now: Self.start + after)
    }

    @Test("has one counter: of 14 names with five guesses each five are told at once, and then as of one name")
    func spellings() {
        let names = (0..<14).map { "spelling \($0)" }
        let told = names.indices.flatMap { index in (0..<5).map { _ in fail(as: names[index], from: away(index)) } }
        #expect(told.count(where: \.self) == 5)
        #expect(!isTold(as: "ada", from: away(20)) && !isTold(as: "another", from: away(21)))
        #expect(!isTold(as: "another", from: away(21), after: .milliseconds(999)))
        #expect(isTold(as: "another", from: away(21), after: .seconds(1)))
        #expect(fail(as: "another", from: away(21), after: .seconds(1)))
        #expect(!isTold(as: "ada", from: away(22), after: .milliseconds(2999)))
    }

    @Test("counts what was entered under its own name as well")
    func together() {
        for _ in 0..<3 { #expect(fail(as: "Ada", from: away())) }
        for _ in 0..<2 { #expect(fail(as: "ada@dom", from: away(1))) }
        #expect(!isTold(as: "ada", from: away(2)))
    }

    @Test("is told by no wait from a name that is nobody's: before a login begins, each name waits for itself alone")
    func noOracle() {
        for index in 0..<50 { _ = fail(as: "dom\\ada", from: away(index)) }
        for index in 0..<50 {
            limiter.failed(limiter.ticket(user: "dom\\nobody", source: away(index)), now: Self.start)
        }
        for names in [("ada", "nobody"), ("dom\\ada", "dom\\nobody"), ("ada@dom", "nobody@dom")] {
            let admissions = [names.0, names.1].map {
                limiter.admission(limiter.ticket(user: $0, source: away(99)), now: Self.start)
            }
            #expect(admissions[0] == admissions[1], "\(names)")
        }
    }

    @Test("is at home where it logged in by any of its names, and its guesses there are counted there")
    func home() {
        succeed(as: "ada", from: Self.home)
        for index in 0..<50 { _ = fail(as: "dom\\ada", from: away(index)) }
        #expect(!isTold(as: "ada", from: away(99)))
        #expect(isTold(as: "ada", from: Self.home) && isTold(as: "dom\\ada", from: Self.home))
        let told = (0..<50).map { fail(as: "guess \($0)", from: Self.home) }
        #expect(told.count(where: \.self) == 5, "spellings from there have one counter too")
        #expect(isTold(as: "ada", from: Self.home), "and the name itself another")
    }

    @Test("is not at its cap by guesses that were not told")
    func notTold() {
        for index in 0..<1000 { _ = fail(as: "spelling \(index)", from: away(index % 200)) }
        #expect(limiter.entry(user: "ada", now: Self.start)?.failures == 5)
        #expect(isTold(as: "ada", from: away(), after: .seconds(1)))
    }

    @Test("begins anew with a success, and the person hears of all that failed before")
    func success() {
        #expect(succeed(as: "ada", from: Self.home).failures == 0)
        for index in 0..<2 { _ = fail(as: "ada", from: away(index)) }
        for index in 0..<3 { _ = fail(as: "ada@dom", from: away(index)) }
        #expect(!isTold(as: "ada@dom", from: away()))
        let history = succeed(as: "ada@dom", from: away(), after: .seconds(1))
        #expect(history == LoginHistory(failures: 5, lastLogin: Self.start))
        #expect(isTold(as: "ada@dom", from: away(7), after: .seconds(1)))
        #expect(succeed(as: "ada", from: Self.home, after: .seconds(2)).failures == 0)
    }

    @Test("is one entry to the administrator, and forgiven as one")
    func administration() {
        succeed(as: "ada", from: Self.home)
        for index in 0..<3 { _ = fail(as: "ada@dom", from: away(index)) }
        for index in 0..<2 { _ = fail(as: "ada", from: away(index)) }
        let listed = limiter.list(now: Self.start).filter { $0.user != nil }
        #expect(listed.map(\.user) == ["ada"] && listed.map(\.failures) == [5])
        #expect(limiter.entry(user: "ADA", now: Self.start)?.failures == 5)
        #expect(!isTold(as: "ada@dom", from: away()))
        #expect(limiter.clear(user: "ada"))
        #expect(isTold(as: "ada@dom", from: away()))
        #expect(limiter.entry(user: "ada", now: Self.start)?.failures == 0)
    }
}
