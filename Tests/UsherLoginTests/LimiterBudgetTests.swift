import Testing
import UsherLogin

@Suite("Limiter: budgets of failures")
struct LimiterBudgetTests {
    static let start = Duration.seconds(1000)
    static let tool = LoginSource(peer: 33)

    let limiter = Memory(entries: LimiterLayout.defaultEntries).create()

    private func fail(_ user: String, from source: LoginSource, after: Duration = .zero) {
        limiter.failed(limiter.ticket(user: user, source: source), now: Self.start + after)
    }

    private func admission(_ user: String, from source: LoginSource, after: Duration = .zero) -> LimiterAdmission {
        limiter.admission(limiter.ticket(user: user, source: source), now: Self.start + after)
    }

    private func succeed(_ user: String, from source: LoginSource) {
        _ = limiter.succeeded(limiter.ticket(user: user, source: source), user: user, now: Self.start)
    }

    @Test(
        "without an address a hundred names fail at once, and then one a second; to whom nobody guesses, nobody waits")
    func unaddressed() {
        for index in 0..<100 { fail("staff\(index)", from: Self.tool) }
        #expect(admission("staff7", from: Self.tool) == .refused(retryAfter: .seconds(1)))
        #expect(admission("staff7", from: Self.tool, after: .seconds(1)) == .admitted)
        #expect(admission("untouched", from: Self.tool) == .admitted)
        #expect(admission("staff7", from: LoginSource(peer: 34)) == .admitted, "by another tool")
        #expect(admission("staff7", from: LoginSource(peer: 33, address: "192.0.2.1")) == .admitted, "with an address")
    }

    @Test("guessing one password after the other at all names through a tool without addresses goes at one a second")
    func spraying() {
        let names = (0..<1000).map { "staff\($0)" }
        var tried = 0
        // An hour; each name is tried as often as it may be, up to four times, which its own counter lets through.
        for second in 0..<3600 {
            for index in 0..<5 {
                let name = names[(second * 5 + index) % names.count]
                guard admission(name, from: Self.tool, after: .seconds(second)) == .admitted else { continue }
                tried += 1
                fail(name, from: Self.tool, after: .seconds(second))
            }
        }
        #expect(tried <= names.count + 100 + 3600 && tried > 1000)
    }

    @Test("a person who logs in by a tool without addresses is not told from a name that nobody has")
    func noOracle() {
        succeed("ada", from: Self.tool)
        for index in 0..<300 {
            #expect(admission("ada", from: Self.tool) == admission("nobody", from: Self.tool))
            fail("made\(index)", from: Self.tool)
        }
        for name in ["ada", "nobody"] { fail(name, from: Self.tool) }
        #expect(admission("ada", from: Self.tool) == admission("nobody", from: Self.tool))
    }

    @Test("a tool that invents an address each time fails 10,000 times an hour, whatever the names")
    func invented() {
        for index in 0..<10_000 { fail("staff\(index % 2500)", from: LoginSource(peer: 33, address: "\(index)")) }
        let other = LoginSource(peer: 33, address: "new")
        #expect(admission("staff7", from: other) == .refused(retryAfter: .milliseconds(360)))
        #expect(admission("staff7", from: other, after: .milliseconds(360)) == .admitted)
        #expect(admission("staff7", from: LoginSource(peer: 34, address: "new")) == .admitted)
        #expect(admission("untouched", from: other) == .admitted)
        succeed("ada", from: LoginSource(peer: 33, address: "home"))
        fail("ada", from: LoginSource(peer: 33, address: "home"))
        #expect(admission("ada", from: LoginSource(peer: 33, address: "home")) == .admitted)
    }

    /// Where an outsider's guesses come from.
    enum Attack: CaseIterable {
        case unaddressed, claimed, invented

        func source(_ number: Int) -> LoginSource {
            switch self {
            case .unaddressed: LoginSource(peer: 33)
            case .claimed: LoginSource(peer: 33, claim: "192.0.2.66")
            case .invented: LoginSource(peer: 33, claim: "\(number)")
            }
        }
    }

    @Test(
        "after 5,200 names with five guesses each in 89 seconds no other name waits, and none is told from another",
        arguments: Attack.allCases)
    func saturation(_ attack: Attack) {
        succeed("ada", from: LoginSource(peer: 33, claim: "192.0.2.1"))
        let others = ["ada"] + (0..<200).map { "other\($0)" }
        let peers = [
            LoginSource(peer: 33), LoginSource(peer: 33, claim: "198.51.100.9"),
            LoginSource(peer: 33, address: "198.51.100.9"), LoginSource(peer: 34), LoginSource(peer: 0),
            LoginSource(peer: 34, claim: "192.0.2.66"),
        ]
        for guess in 0..<26_000 {
            let now = Duration.milliseconds(guess * 89_000 / 26_000)
            // As fast as it may, and, for a daemon that was made to count otherwise, without asking.
            fail("made\(guess / 5)", from: attack.source(guess), after: now)
        }
        for after in [Duration.seconds(89), .seconds(3600)] {
            for source in peers {
                let waiting = others.filter { admission($0, from: source, after: after) != .admitted }
                #expect(waiting == [], "\(source) after \(after)")
            }
        }
    }

    @Test("what nobody could decide spends the budget of its source, and makes no name wait")
    func undecided() {
        let office = LoginSource(peer: 33, address: "192.0.2.1")
        for index in 0..<100 {
            limiter.undecided(limiter.ticket(user: "staff\(index % 3)", source: office), now: Self.start)
        }
        #expect(admission("staff1", from: LoginSource(peer: 33, address: "192.0.2.2")) == .admitted)
        #expect(admission("staff1", from: office) == .refused(retryAfter: .seconds(36)))
        succeed("staff2", from: office)
        #expect(admission("staff2", from: office) == .admitted, "not where the user is at home")
        #expect(limiter.list(now: Self.start).isEmpty)
    }
}
