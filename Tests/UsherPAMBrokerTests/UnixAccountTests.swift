import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

/// Accounts made for one test run, removed by `remove`.
private struct Accounts {
    let prefix = "usht\(Random.word() % 1_000_000)"

    func name(_ kind: String) -> String { prefix + kind }

    /// An account `kind` with the password "right", hashed by `method`.
    func add(_ kind: String, method: String = "SHA512") {
        Programs.run(["useradd", "-M", "-N", "-s", "/bin/false", name(kind)])
        Programs.run(["chpasswd", "-c", method], input: "\(name(kind)):right\n")
    }

    func remove(_ kinds: [String]) {
        for kind in kinds { Programs.run(["userdel", name(kind)]) }
    }
}

private let unix = """
    auth required pam_unix.so
    account required pam_unix.so
    password required pam_unix.so
    """

@Suite(
    "Accounts of the host", .serialized,
    .enabled(if: Programs.isRoot, "only root may make accounts and read their hashes"))
struct UnixAccountTests {
    @Test("are told apart by pam_unix: right, wrong, unknown, locked, expired, must change")
    func states() throws {
        let accounts = Accounts()
        let kinds = ["good", "yes", "lock", "gone", "must"]
        for kind in kinds { accounts.add(kind, method: kind == "yes" ? "YESCRYPT" : "SHA512") }
        defer { accounts.remove(kinds) }
        Programs.run(["usermod", "-L", accounts.name("lock")])
        Programs.run(["chage", "-E", "0", accounts.name("gone")])
        Programs.run(["chage", "-d", "0", accounts.name("must")])
        let broker = RunningBroker(["unix": unix])
        defer { broker.stop() }
        let client = try broker.client()
        for (kind, password, outcome) in [
            ("good", "right", "ok " + accounts.name("good")), ("yes", "right", "ok " + accounts.name("yes")),
            ("good", "wrong", "authentication 7"), ("yes", "wrong", "authentication 7"),
            ("none", "right", "authentication 10"), ("lock", "right", "authentication 7"),
            ("gone", "right", "account 13"), ("gone", "wrong", "authentication 7"), ("must", "right", "account 12"),
            ("must", "wrong", "authentication 7"),
        ] {
            #expect(
                try client.outcome("unix", accounts.name(kind), password, options: .accountRequired) == outcome,
                "\(kind) with \(password)")
        }
        guard case .verdict(let verdict) = try client.login("unix", accounts.name("good"), "right").report else {
            throw ClientError.gone
        }
        #expect(verdict.account?.name == accounts.name("good") && verdict.account?.uid ?? 0 >= 1000)
    }

    @Test("get a new password for an expired one, after the old one is proven")
    func change() throws {
        let accounts = Accounts()
        accounts.add("must")
        defer { accounts.remove(["must"]) }
        Programs.run(["chage", "-d", "0", accounts.name("must")])
        let broker = RunningBroker(["unix": unix.replacingLast(with: "password required pam_unix.so sha512 minlen=4")])
        defer { broker.stop() }
        let client = try broker.client()
        func change(_ old: String) throws -> (report: PAMReport, challenges: [PAMChallenge]) {
            try client.login("unix", accounts.name("must"), "right", options: .allowPasswordChange) {
                $0.text.hasPrefix("Current") ? old : "Tr0ub4dor&3"
            }
        }
        guard case .verdict(let refused) = try change("guess").report else { throw ClientError.gone }
        #expect(refused.phase == .passwordChange && refused.code != 0)
        let changed = try change("right")
        #expect(changed.challenges.count >= 2 && changed.challenges.allSatisfy { $0.purpose == .passwordChange })
        guard case .verdict(let verdict) = changed.report else { throw ClientError.gone }
        #expect(verdict.phase == .passwordChange && verdict.succeeded)
        #expect(try client.outcome("unix", accounts.name("must"), "Tr0ub4dor&3") == "ok " + accounts.name("must"))
        #expect(try client.outcome("unix", accounts.name("must"), "right") == "authentication 7")
    }

    @Test(
        "can be asked for a one-time code as well, each code once",
        .enabled(
            if: Programs.exists("/usr/bin/oathtool")
                && Programs.exists("/usr/lib/x86_64-linux-gnu/security/pam_oath.so"),
            "needs the packages oathtool and libpam-oath"))
    func oneTimeCode() throws {
        let accounts = Accounts()
        accounts.add("otp")
        defer { accounts.remove(["otp"]) }
        let stack = "auth required pam_unix.so\nauth required pam_oath.so usersfile=oath window=5 digits=6\n"
        let broker = RunningBroker(["otp": stack + "account required pam_unix.so"])
        defer { broker.stop() }
        let secret = (0..<20).map { _ in "\(UInt8.random(in: 10...99))" }.joined()
        broker.write("oath", "HOTP \(accounts.name("otp")) - \(secret)\n")
        let codes = (0..<3).map { Programs.output(of: ["oathtool", "-c", "\($0)", secret]).text.prefix(6) }
        let client = try broker.client()
        func login(_ password: String, _ code: some StringProtocol) throws -> Int32? {
            let login = try client.login("otp", accounts.name("otp"), password) { _ in String(code) }
            #expect(login.challenges.count == 1, "one question beside the password")
            guard case .verdict(let verdict) = login.report else { return nil }
            return verdict.code
        }
        #expect(try login("right", codes[0]) == 0)
        #expect(try login("right", codes[0]) == 7)
        #expect(try login("wrong", codes[1]) == 7)
        #expect(try login("right", codes[2]) == 0)
    }
}

extension String {
    fileprivate func replacingLast(with line: String) -> String {
        (split(separator: "\n").dropLast() + [line[...]]).joined(separator: "\n")
    }
}
