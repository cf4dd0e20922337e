import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

@Suite("Engine: a PAM service that denies everybody")
struct EngineAccountBrakeTests {
    private static let credential = AccountCredential(fingerprint: 1, isLocked: false)

    /// Sessions of that many users.
    private func logIn(_ count: Int, _ harness: AccountHarness) throws -> [(user: String, token: String)] {
        try (0..<count).map { ("user\($0)", try harness.login("user\($0)", credential: Self.credential)) }
    }

    private func deny(_ users: [(user: String, token: String)], _ harness: AccountHarness, _ code: Int32 = 7) {
        for user in users { harness.found[user.user] = (code, 5000, Self.credential) }
    }

    /// The entries about the accounts of services, by service.
    private func told(_ harness: AccountHarness) -> [String] {
        harness.bench.host.entries.compactMap {
            switch $0 {
            case .accountsHeld(let service, let stack): "\(service) held by \(stack)"
            case .accountsCheckedAgain(let service): "\(service) again"
            case .accountsUnchecked(let service, _): "\(service) unchecked"
            default: nil
            }
        }
    }

    @Test("ends nobody after a change of its file, and is told once", arguments: [6, 7] as [Int32], [3, 50])
    func broken(_ code: Int32, _ count: Int) throws {
        let harness = try AccountHarness { $0.services[0].idle = .seconds(12 * 3600) }
        let users = try logIn(count, harness)
        harness.change()
        deny(users, harness, code)
        for _ in 0..<5 { harness.change([.rules, .stacks]) }
        harness.pass(.seconds(3600))
        #expect(users.allSatisfy { harness.client.isValid($0.token) } && harness.ends.isEmpty)
        #expect(told(harness) == ["web held by usher-web"])
        #expect(harness.client.ask("server.stats").result?["account_services_held"] == 1)
        #expect(harness.client.ask("server.stats").result?["account_checks_undecided"] != 0)
        let before = harness.checks.count
        harness.pass(.seconds(3600))
        #expect(harness.checks.count - before < count * 10)
    }

    @Test("counts again once its file is mended, for those who are denied then, within five seconds")
    func mended() throws {
        let harness = try AccountHarness()
        let users = try logIn(10, harness)
        deny(users, harness)
        harness.change([.rules, .stacks])
        harness.pass(.seconds(600))
        for user in users.dropFirst() { harness.found[user.user] = (0, 5000, Self.credential) }
        harness.change([.rules, .stacks])
        #expect(!harness.client.isValid(users[0].token))
        #expect(users.dropFirst().allSatisfy { harness.client.isValid($0.token) })
        #expect(told(harness) == ["web held by usher-web", "web again"] && harness.ends == ["user0 denied 1"])
        #expect(harness.client.ask("server.stats").result?["account_services_held"] == 0)
    }

    @Test("a rule against one of many, or against one of two, ends that one's sessions within five seconds")
    func rules() throws {
        for count in [1, 2, 50] {
            let harness = try AccountHarness()
            let users = try logIn(count, harness)
            deny([users[0]], harness)
            harness.change([.rules, .stacks])
            #expect(users.map { harness.client.isValid($0.token) } == (0..<count).map { $0 != 0 }, "\(count)")
            #expect(told(harness).isEmpty)
        }
    }

    @Test(
        "one or two users whom a change denies are ended: a broken file cannot be told from a rule", arguments: [1, 2])
    func few(_ count: Int) throws {
        let harness = try AccountHarness()
        let users = try logIn(count, harness)
        deny(users, harness)
        harness.change([.rules, .stacks])
        #expect(!users.contains { harness.client.isValid($0.token) } && told(harness).isEmpty)
    }

    @Test("a rule against everybody in another file than those of PAM ends everybody")
    func everybody() throws {
        let harness = try AccountHarness()
        let users = try logIn(10, harness)
        deny(users, harness, 6)
        harness.change()
        #expect(!users.contains { harness.client.isValid($0.token) } && told(harness).isEmpty)
    }

    @Test("who is locked, expired, gone or somebody else ends also while everybody is denied")
    func definite() throws {
        let harness = try AccountHarness()
        let users = try logIn(10, harness)
        deny(users, harness)
        harness.change([.rules, .stacks])
        let locked = AccountCredential(fingerprint: 1, isLocked: true)
        let ends: [(Int32, UInt32?, AccountCredential?)] = [
            (13, 5000, Self.credential), (10, nil, nil), (7, nil, nil), (7, 5001, Self.credential), (7, 5000, locked),
        ]
        for (user, end) in zip(users, ends) { harness.found[user.user] = end }
        harness.change()
        #expect(users.map { harness.client.isValid($0.token) } == (0..<10).map { $0 >= 5 })
    }

    @Test("a restart of the broker, or of the daemon, puts the files in doubt; a login since then proves them")
    func restarted() throws {
        for isProven in [false, true] {
            let harness = try AccountHarness()
            let users = try logIn(5, harness)
            harness.bench.engine.brokerLost()
            harness.pass(.milliseconds(900))
            if isProven { _ = try harness.login("guy") }
            deny(users, harness)
            harness.pass(.seconds(10))
            #expect(users.contains { harness.client.isValid($0.token) } == !isProven)
        }
    }
}
