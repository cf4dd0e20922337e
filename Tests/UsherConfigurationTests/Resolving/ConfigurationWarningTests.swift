import CLinux
import Testing
import UsherConfiguration
import UsherEngine
import UsherNames
import UsherTestKit

@Suite("Configuration check: warnings")
struct ConfigurationWarningTests {
    let bench: ConfigurationCheckBench

    init() throws { bench = try ConfigurationCheckBench() }

    @Test("warns of entries that never match, and of services without a PAM file")
    func warnings() throws {
        try bench.write(
            """
            [[service]]
            name = "web"
            [[service]]
            name = "mail"
            pam = "mail-in"
            [[client]]
            user = "alice"
            roles = []
            [[client]]
            user = 1001
            name = "again"
            roles = ["admin"]
            [[client]]
            user = 1499
            roles = []
            [[client]]
            uids = "1500-1599"
            name = "range"
            roles = []
            [[client]]
            user = 1599
            roles = []
            [[client]]
            user = "*"
            roles = []
            [[client]]
            group = "staff"
            roles = []
            [[client]]
            uids = "1600-1699"
            roles = []
            [[client]]
            user = "root"
            roles = ["admin"]
            """)
        #expect(bench.check().isFine)
        #expect(
            bench.complaints() == [
                "warning: the entry \"again\" never matches: the entry \"user alice\" before it matches the same peers",
                "warning: the entry \"user 1599\" never matches: the entry \"range\" before it matches the same peers",
                "warning: the entry \"group staff\" never matches: the entry \"anyone\" before it matches everybody "
                    + "but root",
                "warning: the entry \"uids 1600-1699\" never matches: the entry \"anyone\" before it matches "
                    + "everybody but root",
                "warning: the service \"mail\" has no PAM file: there is neither pam.d/mail-in nor dist/mail-in, and "
                    + "nobody can log in by it",
            ])
    }

    @Test("warns of a service without the PAM file that its accounts are checked by, where they are")
    func checks() throws {
        try bench.write(
            """
            [[service]]
            name = "web"
            check = "web-account"
            [[service]]
            name = "fine"
            pam = "web"
            check = "web"
            [[service]]
            name = "off"
            pam = "web"
            check = "off-account"
            account_check = "0s"
            """)
        #expect(bench.check().isFine)
        #expect(
            bench.complaints() == [
                "warning: the service \"web\" has no PAM file for check: there is neither pam.d/web-account nor "
                    + "dist/web-account, and its sessions do not end with their accounts"
            ])
    }

    @Test("warns of a client that looks like a gateway and is not believed where its users come from")
    func gateways() throws {
        try bench.write(
            """
            [[service]]
            name = "web"
            [[client]]
            user = 33
            name = "wiki"
            roles = ["login", "validate"]
            [[client]]
            user = 34
            roles = ["login", "validate"]
            relays_source = true
            [[client]]
            user = 35
            roles = ["validate"]
            [[client]]
            user = 0
            roles = ["login", "validate"]
            [[client]]
            group = "staff"
            roles = ["login", "validate"]
            [[client]]
            uids = "100000-165535"
            name = "container"
            roles = ["login", "validate"]
            """)
        #expect(bench.check().isFine)
        #expect(
            bench.complaints()
                == ["wiki", "container"].map {
                    "warning: the entry \"\($0)\" has the role login and not relays_source = true: without an address of "
                        + "each user one who guesses at a name makes its owner wait, and no module sees where they come from"
                })
    }

    @Test("warns where more wrong passwords are let through than usher-pam forgets")
    func guesses() throws {
        try bench.write("[limits]\nlogins = 87\n[[service]]\nname = \"usher\"\nfloor = \"500ms\"")
        #expect(bench.complaints() == [])
        try bench.write("[limits]\nlogins = 88\n[[service]]\nname = \"usher\"\nfloor = \"500ms\"")
        #expect(
            bench.complaints().first?.hasPrefix("warning: limits.logins = 88 with the floor of the service") == true)
        #expect(bench.check().isFine)
    }

    @Test("warns where a name could not be looked up: a reload waits for it")
    func unanswered() throws {
        try bench.write("[[client]]\nuser = \"remote\"\nroles = []\n")
        let report = bench.check(lookUp: { names in
            Accounts(Dictionary(uniqueKeysWithValues: names.map { ($0, .failed("no answer")) }))
        })
        #expect(report.isFine && report.output.last?.contains("user = \"remote\"") == true)
        #expect(
            report.complaints == [
                "warning: \(bench.directory.path("usherd.toml")): client[0].user: user \"remote\" could not be looked up: no answer"
            ])
    }

    @Test(
        "what is done with a user's rights is done by one thread; the others keep theirs",
        .enabled(if: geteuid() == 0, "only root can become another user"))
    func rights() throws {
        let nobody = try #require(HostUser("nobody"))
        var (ask, answer): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
        #expect(pipe(&ask) == 0 && pipe(&answer) == 0)
        defer { for end in ask + answer { close(end) } }
        let (asked, answered) = (ask[0], answer[1])
        let other = TestThread {
            var (byte, user): (UInt8, uid_t) = (0, 1)
            _ = CLinux.read(asked, &byte, 1)
            user = geteuid()
            _ = CLinux.write(answered, &user, MemoryLayout<uid_t>.size)
        }
        let (own, others) = try nobody.perform { () -> (uid_t, uid_t) in
            var (byte, user): (UInt8, uid_t) = (0, 1)
            _ = CLinux.write(ask[1], &byte, 1)
            _ = CLinux.read(answer[0], &user, MemoryLayout<uid_t>.size)
            return (geteuid(), user)
        }
        other.join()
        #expect(own == nobody.uid && others == 0 && geteuid() == 0)
    }
}
