import CLinux
import Testing
import UsherNames
import UsherPAMWire
import UsherSecrets

@Suite("What the broker serves whatever usherd asks for")
struct ServedServicesTests {
    private static let stacks = [
        "usher": "auth required CHAOS prompts=1\naccount required CHAOS",
        "usher-web": "auth required CHAOS prompts=1\naccount required CHAOS",
        "login": "auth required CHAOS prompts=1\naccount required CHAOS",
        "mapped": """
        auth required CHAOS prompts=1 setuser=root
        account required CHAOS account=12
        password required CHAOS change=1
        """,
    ]

    @Test("are the services of its list, and standard error names others once")
    func services() throws {
        let errors = "/tmp/usher-pam-test-errors-\(Random.word())"
        defer { unlink(errors) }
        let broker = RunningBroker(
            Self.stacks, ["--services", "usher,usher-*"],
            program: ["sh", "-c", "exec \"$0\" \"$@\" 2>\(errors)", Programs.broker])
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("usher", "bob", "x") == "ok bob")
        #expect(try client.outcome("usher-web", "bob", "x") == "ok bob")
        for _ in 0..<3 {
            let login = try client.login("login", "bob", "x")
            #expect(login.report == .failed(transaction: client.last, .serviceNotServed) && login.challenges.isEmpty)
        }
        client.check("login", "bob", key: nil)
        #expect(try client.receive() == .failed(transaction: client.last, .serviceNotServed))
        for number in 0..<40 { _ = try client.outcome("s\(number)", "bob", "x") }
        let lines = Programs.text(of: errors).split(separator: "\n")
        #expect(lines.count == 16)
        #expect(lines.first?.hasPrefix("<3>usher-pam: the PAM service login is refused: ") ?? false, "\(lines)")
        #expect(try client.outcome("usher", "bob", "x") == "ok bob")
    }

    @Test("are all services of a directory that has no list, and those of the unit where there is none")
    func defaults() throws {
        let broker = RunningBroker(Self.stacks)
        defer { broker.stop() }
        #expect(try broker.client().outcome("login", "bob", "x") == "ok bob")
        let system = RunningBroker(
            [:], program: ["sh", "-c", "exec \"$0\" --listen-fd 3 --other /etc/pam.d/other", Programs.broker])
        defer { system.stop() }
        let client = try system.client()
        #expect(try client.outcome("login", "root", "x") == "serviceNotServed")
        #expect(try client.outcome("usher-missing", "bob", "x") == "serviceUnknown")
    }

    @Test("are no names of uids below its bound, which is 1 by default: no module is asked, and the answer is no other")
    func uids() throws {
        let broker = RunningBroker(
            Self.stacks,
            program: ["sh", "-c", "exec \"$0\" --listen-fd 3 --service-directory \"$4\"", Programs.broker])
        defer { broker.stop() }
        let client = try broker.client()
        let login = try client.login("usher", "root", nil)
        #expect(login.challenges.isEmpty, "no module was asked")
        #expect(try client.outcome("usher", "root", "x") == "authentication 6")
        #expect(try client.outcome("usher", "bob", "x") == "ok bob")
        #expect(try client.outcome("usher", "daemon", "x") == "ok daemon")
        let strict = RunningBroker(Self.stacks, ["--minimum-uid", "1000"])
        defer { strict.stop() }
        #expect(try strict.client().outcome("usher", "daemon", "x") == "authentication 6")
        #expect(try strict.client().outcome("usher", "bob", "x") == "ok bob")
    }

    @Test("is no account of uid 0 that modules make of a name, neither to let it in nor to change its password")
    func mapped() throws {
        let broker = RunningBroker(Self.stacks, ["--minimum-uid", "1"])
        defer { broker.stop() }
        let login = try broker.client().login("mapped", "bob", "x", options: .allowPasswordChange)
        guard case .verdict(let verdict) = login.report else { throw ClientError.gone }
        #expect(verdict.phase == .account && verdict.code == 6 && login.challenges.isEmpty, "\(login)")
    }

    @Test("is no check of an account below its bound: it may not log in, and no module says whether it could")
    func checks() throws {
        let broker = RunningBroker(Self.stacks, ["--minimum-uid", "1"])
        defer { broker.stop() }
        let client = try broker.client()
        for (user, code) in [("root", 6), ("daemon", 0)] as [(String, Int32)] {
            client.check("usher", user, key: CredentialKey(low: 1, high: 2))
            guard case .verdict(let verdict) = try client.receive() else { throw ClientError.gone }
            #expect(verdict.code == code && (code == 0 || verdict.credential == nil), "\(user)")
        }
    }
}

/// Names that an account database knows, which is one file of this test.
@Suite(
    "What the broker serves of aliases", .enabled(if: Programs.isRoot, "only root may mount"))
struct AliasTests {
    private let place = "/tmp/usher-pam-test-aliases-\(Random.word())"

    private func broker() -> RunningBroker {
        RunningBroker(
            [
                "usher": "auth required CHAOS prompts=1\naccount required CHAOS",
                "mapped": "auth required CHAOS prompts=1 setuser=ren\u{e9}\naccount required CHAOS",
            ], ["--minimum-uid", "1"], program: Programs.broker(accounts: place))
    }

    @Test("no alias of uid 0 reaches a module, and `root` does not where the database does not know it")
    func aliases() throws {
        let file = usher_open(place, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        defer { unlink(place) }
        let text = "toor:x:0:0::/:/bin/sh\nann:x:1000:1000::/:/bin/sh\n"
        #expect(text.withCString { write(file, $0, text.utf8.count) } == text.utf8.count)
        close(file)
        let broker = broker()
        defer { broker.stop() }
        let client = try broker.client()
        for user in ["toor", "root"] {
            let login = try client.login("usher", user, nil)
            #expect(login.challenges.isEmpty, "\(user)")
            #expect(try client.outcome("usher", user, "x") == "authentication 6", "\(user)")
        }
        #expect(try client.outcome("usher", "ann", "x") == "ok ann")
    }

    /// A letter and its accent, as one character and as two: one text for Unicode, two names for the database.
    @Test("no account of uid 0 that modules make of a name which looks the same, but has other bytes")
    func lookalike() throws {
        let file = usher_open(place, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        defer { unlink(place) }
        let text = "ren\u{e9}:x:0:0::/:/bin/sh\nrene\u{301}:x:1000:1000::/:/bin/sh\n"
        #expect(text.withCString { write(file, $0, text.utf8.count) } == text.utf8.count)
        close(file)
        let broker = broker()
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("mapped", "rene\u{301}", "x") == "account 6")
        #expect(try client.outcome("mapped", "ren\u{e9}", "x") == "authentication 6")
    }

    @Test(
        "a database that fails or hangs leaves the login undecided, and no module is asked", arguments: [false, true])
    func silent(_ hangs: Bool) throws {
        // Opening a FIFO waits for somebody who writes; open(2) of a socket fails with ENXIO.
        let socket = usher_unix_socket(Int32(SOCK_SEQPACKET.rawValue), 0)
        #expect(hangs ? mkfifo(place, 0o644) == 0 : usher_bind(socket, place) == 0)
        defer {
            close(socket)
            unlink(place)
        }
        let broker = broker()
        defer { broker.stop() }
        let login = try broker.client().login("usher", "ann", nil)
        guard case .verdict(let verdict) = login.report else { throw ClientError.gone }
        #expect(verdict.phase == .authentication && verdict.code == 9 && login.challenges.isEmpty)
    }
}
