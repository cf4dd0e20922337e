import CLinux
import Testing
import UsherNames
import UsherPAMWire

private let dev = "auth required DEV file=users\naccount required DEV file=users\npassword required DEV file=users"

@Suite("Development module")
struct DevModuleTests {
    /// A broker with the module and its users.
    private func broker() -> RunningBroker {
        let broker = RunningBroker(["dev": dev])
        let hashes = ["right", "other"].map { Programs.output(of: ["openssl", "passwd", "-6", $0]).text }
        let old = hashes[0].dropLast()
        broker.write(
            "users",
            "# nobody\n\ndev:\(hashes[0])eve:\(hashes[1])broken\nempty:\notp:\(old):otp=314159\nold:\(old):expired\n"
                + "both:\(old):otp=314159:expired\nlast:\(hashes[0])")
        return broker
    }

    @Test(
        "lets in who knows the password, and no other",
        arguments: [
            ("dev", "right", "ok dev"), ("eve", "other", "ok eve"), ("dev", "wrong", "authentication 7"),
            ("dev", "other", "authentication 7"), ("dev", "", "authentication 7"),
            ("nobody", "right", "authentication 10"),
            ("empty", "", "authentication 10"), ("broken", "", "authentication 10"),
            ("# nobody", "", "authentication 10"),
        ])
    func passwords(_ user: String, _ password: String, _ outcome: String) throws {
        let broker = broker()
        defer { broker.stop() }
        #expect(try broker.client().outcome("dev", user, password) == outcome)
    }

    @Test("asks for the password where none was sent, and for a code whom it is told to")
    func questions() throws {
        let broker = broker()
        defer { broker.stop() }
        let client = try broker.client()
        let alone = try client.login("dev", "dev", nil) { _ in "right" }
        #expect(alone.challenges.map(\.prompts) == [[PAMPrompt(.secret, "Password: ")]])
        for (answer, code) in [("314159", 0), ("271828", 7), ("", 7)] as [(String, Int32)] {
            let both = try client.login("dev", "otp", "right") { _ in answer }
            #expect(both.challenges.map(\.prompts) == [[PAMPrompt(.visible, "One-time code: ")]])
            guard case .verdict(let verdict) = both.report else { throw ClientError.gone }
            #expect(verdict.code == code)
        }
    }

    /// Those that PAM refuses do not change the file.
    @Test(
        "lets an expired password be changed, once, to another one",
        arguments: [
            ("old", "fresh", "fresh", "ok old"), ("both", "fresh", "fresh", "ok both"),
            ("old", "right", "right", "account 20"), ("old", "fresh", "frehs", "account 20"),
        ])
    func change(_ user: String, _ password: String, _ again: String, _ outcome: String) throws {
        let broker = broker()
        defer { broker.stop() }
        let client = try broker.client()
        let before = text(broker)
        #expect(try client.outcome("dev", "old", "right") == "account 12")
        let report = try client.login("dev", user, "right", options: .allowPasswordChange) {
            $0.text == "One-time code: " ? "314159" : $0.text.hasPrefix("Retype") ? again : password
        }.report
        guard case .verdict(let verdict) = report else { throw ClientError.gone }
        guard outcome.hasPrefix("ok") else {
            #expect(verdict.code != 0 && text(broker) == before)
            return
        }
        #expect(verdict.code == 0 && text(broker) != before)
        let later = try client.login("dev", user, password) { _ in "314159" }.report
        guard case .verdict(let second) = later else { throw ClientError.gone }
        #expect(second.code == 0 && text(broker).split(separator: "\n").count == before.split(separator: "\n").count)
        #expect(try client.outcome("dev", "eve", "other") == "ok eve")
    }

    private func text(_ broker: RunningBroker) -> String {
        Programs.output(of: ["cat", broker.directory + "/users"]).text
    }

    @Test("trusts no file that others may write, and no link", arguments: ["writable", "link", "missing"])
    func files(_ fault: String) throws {
        let broker = broker()
        defer { broker.stop() }
        let path = broker.directory + "/users"
        if fault == "writable" { chmod(path, 0o622) }
        if fault == "missing" { unlink(path) }
        if fault == "link" {
            link(path, broker.directory + "/stray")
            unlink(path)
            symlink(broker.directory + "/stray", path)
        }
        #expect(try broker.client().outcome("dev", "dev", "right") == "authentication 9")
    }

    /// With a hash that costs twenty times the rest of a login, so that leaving it out cannot hide in the noise.
    @Test("hashes for an unknown user as for a wrong password")
    func sameCost() throws {
        let broker = broker()
        defer { broker.stop() }
        let slow = Programs.output(of: ["perl", "-e", "print crypt('right', '$6$rounds=50000$usherusher$')"]).text
        broker.write("users", "dev:\(slow)\n")
        let client = try broker.client()
        func time(_ user: String) throws -> Int64 {
            let start = usher_boottime()
            _ = try client.outcome("dev", user, "wrong")
            return usher_boottime() - start
        }
        var best = (known: Int64.max, unknown: Int64.max)
        for _ in 0..<5 { best = (min(best.known, try time("dev")), min(best.unknown, try time("nobody"))) }
        #expect(best.unknown > best.known / 4 && best.known > best.unknown / 4)
    }

    @Test("reports the account behind the name, or that there is none, or refuses as the service wants")
    func account() throws {
        let broker = broker()
        defer { broker.stop() }
        let hash = Programs.output(of: ["openssl", "passwd", "-6", "right"]).text
        broker.write("users", "dev:\(hash)root:\(hash)")
        let client = try broker.client()
        guard case .verdict(let root) = try client.login("dev", "root", "right", options: .accountRequired).report,
            case .verdict(let dev) = try client.login("dev", "dev", "right").report
        else { throw ClientError.gone }
        #expect(
            root.account == PAMVerdict.Account(name: "root", uid: 0) && root.user == "root" && root.phase == .account)
        #expect(dev.account == nil && dev.user == "dev")
        #expect(try client.outcome("dev", "dev", "right", options: .accountRequired) == "account 10")
    }
}
