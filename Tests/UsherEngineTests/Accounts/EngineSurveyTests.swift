import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

@Suite("Engine: surveys of accounts")
struct EngineSurveyTests {
    private static let credential = AccountCredential(fingerprint: 1, isLocked: false)
    private static let locked = AccountCredential(fingerprint: 1, isLocked: true)

    /// Accounts with sessions, whose entries are known as of their logins.
    private func crowd(_ count: Int) throws -> (harness: AccountHarness, tokens: [String]) {
        let harness = try AccountHarness(AccountRules(interval: .seconds(7 * 86_400))) {
            $0.limits.capacity = 2048
        }
        let tokens = try (0..<count).map {
            harness.entries["user\($0)"] = 1
            return try harness.login("user\($0)", credential: Self.credential)
        }
        return (harness, tokens)
    }

    @Test("ASVS 7.4.2: of fifteen hundred accounts the one that is locked ends, and nobody else is checked")
    func locked() throws {
        let (harness, tokens) = try crowd(1500)
        harness.entries["user1400"] = 2
        harness.found["user1400"] = (0, 5000, Self.locked)
        harness.change(.entries)
        #expect(harness.checks == ["user1400 usher-web"] && harness.ends == ["user1400 locked 1"])
        #expect(tokens.indices.filter { !harness.client.isValid(tokens[$0]) } == [1400])
        #expect(harness.surveys == [1024, 476])
        harness.change(.entries)
        #expect(harness.checks.count == 1)
    }

    @Test("an account whose entries go is checked, one that never had any is not")
    func missing() throws {
        let (harness, tokens) = try crowd(2)
        let far = try harness.login("far")
        harness.entries["user1"] = nil
        harness.found["user1"] = (10, nil, nil)
        harness.change(.entries)
        #expect(Set(harness.checks) == ["user1 usher-web"])
        #expect(harness.client.isValid(tokens[0]) && !harness.client.isValid(tokens[1]) && harness.client.isValid(far))
    }

    @Test("a login changes nothing of what is known of its account from an earlier one")
    func secondLogin() throws {
        let (harness, tokens) = try crowd(1)
        harness.entries["user0"] = 2
        harness.found["user0"] = (13, nil, nil)
        _ = try harness.login("user0", credential: Self.credential, service: "mail")
        harness.change(.entries)
        #expect(!harness.client.isValid(tokens[0]))
        #expect(Set(harness.checks) == ["user0 usher-web", "user0 mail"])
    }

    @Test("who has another name's place in the memory is nobody who was known")
    func otherRecord() throws {
        let (harness, tokens) = try crowd(1)
        _ = harness.client.ask("session.revoke", #"{"token":"\#(tokens[0])"}"#)
        _ = try harness.login("bob", credential: Self.credential)
        harness.entries["bob"] = 7
        harness.change(.entries)
        #expect(harness.checks == ["bob usher-web"])
    }

    @Test(
        "a survey that fails has everybody checked and is told once; one that answers nonsense too",
        arguments: [0, 1, 2])
    func failed(_ kind: Int) throws {
        let (harness, tokens) = try crowd(3)
        harness.found["user1"] = (13, nil, nil)
        harness.brokenSurvey =
            [
                { .failed(transaction: $0, .crashed(signal: 11)) },
                { .surveyed(PAMSurveyed(transaction: $0, digests: [])) },
                { .surveyed(PAMSurveyed(transaction: $0, digests: [.missing])) },
            ][kind]
        harness.change(.entries)
        #expect(tokens.map { harness.client.isValid($0) } == [true, false, true])
        #expect(harness.surveys.count == 1)
        let told = harness.bench.host.entries.filter { if case .accountsUnsurveyed = $0 { true } else { false } }
        #expect(told.count == 1)
    }

    @Test("a survey that has no answer ends nobody, and goes with the broker's connection")
    func lost() throws {
        let (harness, tokens) = try crowd(1)
        harness.answersSurveys = false
        harness.change(.entries)
        harness.found["user0"] = (13, nil, nil)
        harness.change(.entries)
        #expect(harness.client.isValid(tokens[0]) && harness.surveys.count == 1)
        harness.answersSurveys = true
        harness.bench.engine.brokerLost()
        harness.pass(.seconds(10))
        #expect(!harness.client.isValid(tokens[0]))
    }

    @Test("sessions that a peer issues are not surveyed, nor those of services whose accounts are not checked")
    func unwatched() throws {
        let harness = try AccountHarness { $0.services[1].accounts.interval = .zero }
        _ = try harness.client.create("ada").token
        _ = try harness.login("bob", service: "mail")
        harness.change(.entries)
        #expect(harness.surveys.isEmpty)
    }

    @Test("names of the greatest length are surveyed in several batches")
    func longNames() throws {
        let harness = try AccountHarness()
        for number in 0..<200 {
            let name = String(repeating: "n", count: UserName.maximumSize - 3) + String(100 + number)
            _ = try harness.login(name)
        }
        harness.change(.entries)
        #expect(harness.surveys.count == 3 && harness.surveys.reduce(0, +) == 200)
    }
}
