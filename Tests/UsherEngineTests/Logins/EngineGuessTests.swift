import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

/// One account with several names, and outcomes that say nothing of the password.
@Suite("Engine: what counts as a guess")
struct EngineGuessTests {
    let bench: EngineBench

    init() throws { bench = try EngineBench() }

    /// A login by the gateway, from an address of its own, and what the broker reports of it.
    private struct Attempt {
        var user: String
        var address: String
        var decide: (UInt64) -> Void
    }

    /// Logins at one instant, decided in their order; their answers, none of which comes before the floor.
    private func logins(_ attempts: [Attempt], on bench: EngineBench) -> [JSONValue?] {
        let started = attempts.map { attempt in
            let gateway = bench.connect(Uid.gateway)
            let request = gateway.startLogin(attempt.user, #","context":{"remote_ip":"\#(attempt.address)"}"#)
            return (gateway, request, bench.lastTransaction, attempt.decide)
        }
        for (_, _, transaction, decide) in started { decide(transaction) }
        let before = bench.now
        bench.tickAtDeadline()
        #expect(bench.now - before >= .seconds(1))
        bench.runOut(.seconds(3))
        return started.map { gateway, request, _, _ in gateway.answer(to: request) }
    }

    private func login(
        _ user: String, from address: String, on bench: EngineBench, _ decide: (UInt64) -> Void
    ) -> (answer: JSONValue?, took: Duration) {
        let gateway = bench.connect(Uid.gateway)
        let (request, before) = (gateway.startLogin(user, #","context":{"remote_ip":"\#(address)"}"#), bench.now)
        if let answer = gateway.answer(to: request) { return (answer, .zero) }
        decide(bench.lastTransaction)
        bench.runOut(.seconds(3))
        return (gateway.answer(to: request), bench.now - before)
    }

    // MARK: Names of an account

    @Test("of an account with 14 names five guesses are answered by what PAM said, and then right and wrong alike")
    func spellings() {
        var attempts = (0..<14).map { index in
            Attempt(user: "spelling \(index)", address: "192.0.2.\(index)") { bench.refuse($0, code: 6, user: "ada") }
        }
        attempts.append(Attempt(user: "one", address: "198.51.100.1") { bench.succeed($0, "ada") })
        attempts.append(
            Attempt(user: "two", address: "198.51.100.2") { bench.refuse($0, .account, code: 13, user: "ada") })
        attempts.append(Attempt(user: "three", address: "198.51.100.3") { bench.refuse($0, user: "ada") })
        let answers = logins(attempts, on: bench)
        #expect(Set(answers.map { $0?.reason }) == ["denied"])
        #expect(answers.allSatisfy { $0?["error"] == answers[0]?["error"] })
        let outcomes = bench.host.entries.compactMap {
            if case .loginRefused(_, _, _, let pam, _, _, _) = $0 { pam } else { nil }
        }
        #expect(outcomes.count { $0 == "authentication 6" } == 5 && outcomes.count { $0 == "withheld" } == 12)
        #expect(bench.connect().ask("server.stats").result?["sessions"] == 0)
        bench.advance(.seconds(60))
        let later = login("one", from: "198.51.100.1", on: bench) { bench.succeed($0, "ada") }
        #expect(later.answer?.result?["state"] == "complete")
    }

    @Test("a wait tells no two names of an account from those of nobody")
    func noOracle() {
        for index in 0..<20 {
            for (name, account) in [("dom ada", "ada"), ("dom nobody", "dom nobody")] {
                _ = login(name, from: "192.0.2.\(index)", on: bench) { bench.refuse($0, user: account) }
            }
        }
        for name in ["ada", "nobody"] {
            #expect(
                login(name, from: "198.51.100.1", on: bench) { bench.refuse($0, user: name) }.answer?.reason == "denied"
            )
        }
    }

    @Test("of an account that waits nobody learns by the question for a new password that the old one was right")
    func passwordChange() throws {
        let bench = try EngineBench(.bench(rules: LoginRules(allowsPasswordChange: true)))
        var attempts = (0..<5).map { index in
            Attempt(user: "spelling \(index)", address: "192.0.2.\(index)") { bench.refuse($0, user: "ada") }
        }
        attempts.append(
            Attempt(user: "another", address: "198.51.100.1") {
                bench.challenge($0, [PAMPrompt(.secret, "New password: ")], .passwordChange, user: "ada")
                #expect(bench.host.messages.last == .cancel(transaction: $0))
            })
        #expect(logins(attempts, on: bench).last??.reason == "denied")
        bench.advance(.seconds(60))
        let told = login("another", from: "198.51.100.1", on: bench) {
            bench.challenge($0, [PAMPrompt(.secret, "New password: ")], .passwordChange, user: "ada")
        }
        #expect(told.answer?.result?["state"] == "challenge")
    }

    // MARK: Undecided

    @Test(
        "while a directory is away logins are denied at the floor, no name waits, and the operator is told",
        arguments: [9, 24] as [Int32])
    func outage(_ code: Int32) {
        for index in 0..<20 {
            let (answer, took) = login("ada", from: "192.0.2.\(index)", on: bench) { bench.refuse($0, code: code) }
            #expect(answer?.reason == "denied" && took >= .seconds(1))
        }
        let stats = bench.connect().ask("server.stats").result
        #expect(stats?["logins_undecided"] == 20 && stats?["limiter_failures"] == 0 && stats?["logins_denied"] == 20)
        let told = JournalEntry.loginUndecided(
            service: "web", pam: "authentication \(code)", worker: nil, peer: Uid.gateway)
        let untold = bench.host.entries.map(\.withoutOrigin)
        #expect(untold.count { $0 == told } == 20)
        let right = login("ada", from: "198.51.100.1", on: bench) { bench.succeed($0, "ada") }
        #expect(right.answer?.result?["state"] == "complete")
    }

    @Test("an outage is no way round the limiter: its source has a hundred of them an hour")
    func budget() {
        // Each takes a second, and each 36 seconds give one back.
        for index in 0..<105 { _ = login("u\(index)", from: "192.0.2.1", on: bench) { bench.refuse($0, code: 9) } }
        #expect(login("eve", from: "192.0.2.1", on: bench) { bench.refuse($0) }.answer?.reason == "rate_limited")
        #expect(login("eve", from: "192.0.2.2", on: bench) { bench.refuse($0) }.answer?.reason == "denied")
    }

    @Test("which codes are undecided is the service's, and whether that is told")
    func codes() throws {
        var rules = LoginRules()
        (rules.undecidedCodes, rules.revealsUndecided) = ([4], true)
        let bench = try EngineBench(.bench(rules: rules))
        for (code, reason) in [(4, "unavailable"), (9, "denied"), (7, "denied")] as [(Int32, String)] {
            let (answer, took) = login("ada", from: "192.0.2.1", on: bench) { bench.refuse($0, code: code) }
            #expect(answer?.reason == reason && took >= .seconds(1))
        }
        let stats = bench.connect().ask("server.stats").result
        #expect(stats?["logins_undecided"] == 1 && stats?["limiter_failures"] == 2)
        #expect(bench.host.lastStart?.options.contains(.systemErrorIsUndecided) == true)
    }

    @Test("where PAM took too long a client's own limit leaves a failure, and the service's none")
    func timeouts() {
        let client = bench.connect(Uid.gateway)
        client.startLogin("ada", #","timeout_ms":100"#)
        bench.runOut(.seconds(2))
        #expect(bench.connect().ask("server.stats").result?["limiter_failures"] == 1)
        client.startLogin("ada")
        bench.runOut(.seconds(200))
        let stats = bench.connect().ask("server.stats").result
        #expect(stats?["limiter_failures"] == 1 && stats?["logins_timeout"] == 2 && stats?["logins_open"] == 0)
    }
}
