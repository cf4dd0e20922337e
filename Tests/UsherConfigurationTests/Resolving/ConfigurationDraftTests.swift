import Testing
import UsherConfiguration
import UsherEngine
import UsherNames

@Suite("Configuration draft")
struct ConfigurationDraftTests {
    private let draft = Configuration.draft(
        ConfigurationBench.files([
            """
            [[client]]
            user = "alice"
            roles = ["login"]
            [[client]]
            group = "remote"
            roles = ["validate"]
            """,
            """
            [[client]]
            user = "root"
            roles = ["admin"]
            [[client]]
            user = "alice"
            name = "again"
            roles = []
            [[client]]
            user = 7
            roles = []
            """,
        ]))

    @Test("names what has to be looked up, once, and nothing that is known or a number")
    func names() {
        #expect(draft.names == [AccountName(.user, "alice"), AccountName(.group, "remote")])
    }

    @Test("a name that nobody could look up leaves its entry open and is told with file, key and reason")
    func open() {
        let accounts = Accounts([
            AccountName(.user, "alice"): .found(1001), AccountName(.group, "remote"): .failed("no answer within 5 s"),
        ])
        let (configuration, faults) = draft.resolved(by: accounts)
        #expect(
            faults.map(\.description) == [
                "1.toml: client[1].group: group \"remote\" could not be looked up: no answer within 5 s"
            ])
        #expect(faults.map(\.code) == [.unansweredAccount])
        #expect(
            configuration.clients.map(\.subject) == [
                .user(1001), .named(AccountName(.group, "remote")), .user(0), .user(1001), .user(7),
            ])
    }

    @Test("a name that nobody has is told, and its entry is nobody's")
    func absent() {
        let accounts = Accounts([AccountName(.user, "alice"): .none, AccountName(.group, "remote"): .found(9)])
        let (configuration, faults) = draft.resolved(by: accounts)
        #expect(
            faults.map(\.description) == [
                "1.toml: client[0].user: there is no user \"alice\"",
                "2.toml: client[1].user: there is no user \"alice\"",
            ])
        #expect(faults.allSatisfy { $0.code == .unknownAccount })
        let alice = ClientEntry.Subject.absent(AccountName(.user, "alice"))
        #expect(configuration.clients.map(\.subject) == [alice, .group(9), .user(0), alice, .user(7)])
    }

    @Test("a long list of faults is cut in the journal")
    func summary() {
        let faults = (0..<12).map { ConfigurationError(.badValue, file: "f", key: "k\($0)", message: "m") }
        #expect(faults.prefix(6).map(\.description).joined(separator: "; ") + "; and 6 more" == faults.summary)
        let long = ConfigurationError(.badValue, file: "f", message: String(repeating: "x", count: 1 << 20))
        #expect([long].summary.count == 160)
        #expect(faults.dropLast(11).map { $0 }.summary == "f: k0: m")
    }
}
