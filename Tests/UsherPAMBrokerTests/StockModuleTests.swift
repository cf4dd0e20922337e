import CLinux
import Testing
import UsherPAMWire

/// Modules as distributions have them, behind the development module, which knows some users with the password "right".
/// Those that the host knows as well are for modules that pass over the others.
@Suite("Modules of the distribution")
struct StockModuleTests {
    private func broker(_ stack: String) -> RunningBroker {
        let broker = RunningBroker(["stock": stack])
        let hash = Programs.output(of: ["openssl", "passwd", "-6", "right"]).text
        broker.write("users", ["dev", "nobody", "root"].map { "\($0):\(hash)" }.joined())
        return broker
    }

    private static func has(_ module: String) -> Bool {
        Programs.exists("/usr/lib/x86_64-linux-gnu/security/\(module)")
    }

    // MARK: Modules that judge who calls them

    @Test(
        "let nobody in, though root runs the broker",
        .enabled(if: Programs.isRoot, "only root's broker could be taken for root"),
        arguments: ["pam_rootok.so", "pam_succeed_if.so use_uid uid = 0"])
    func caller(_ module: String) throws {
        let broker = broker(
            "auth sufficient \(module)\nauth required DEV file=users\naccount required DEV file=users")
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("stock", "dev", "wrong") == "authentication 7")
        #expect(try client.outcome("stock", "dev", "right") == "ok dev")
    }

    // MARK: pam_faillock

    private static let faillock = """
        auth required pam_faillock.so preauth dir=DIR/tally deny=3 unlock_time=600
        auth [success=1 default=ignore] DEV file=users
        auth [default=die] pam_faillock.so authfail dir=DIR/tally deny=3 unlock_time=600
        auth required pam_permit.so
        account required pam_faillock.so dir=DIR/tally
        account required pam_permit.so
        """

    @Test(
        "pam_faillock with a directory of its own locks after three wrong passwords, the right one included, and lets in again"
    )
    func faillock() throws {
        let broker = broker(Self.faillock)
        mkdir(broker.directory + "/tally", 0o700)
        defer {
            Programs.run(["rm", "-r", broker.directory + "/tally"])
            broker.stop()
        }
        let client = try broker.client()
        #expect(try client.outcome("stock", "nobody", "right") == "ok nobody")
        for _ in 0..<3 { #expect(try client.outcome("stock", "nobody", "wrong").hasPrefix("authentication ")) }
        #expect(try client.outcome("stock", "nobody", "right").hasPrefix("authentication "))
        #expect(unlink(broker.directory + "/tally/nobody") == 0, "the failures are in its own directory")
        #expect(try client.outcome("stock", "nobody", "right") == "ok nobody")
    }

    @Test("pam_faillock without its directory lets everybody in, silently: what the doctor looks for")
    func faillockOpen() throws {
        let elsewhere = Self.faillock.split(separator: "DIR/tally", omittingEmptySubsequences: false)
        let broker = broker(elsewhere.joined(separator: "DIR/none/tally"))
        defer { broker.stop() }
        let client = try broker.client()
        for _ in 0..<4 { _ = try client.outcome("stock", "nobody", "wrong") }
        #expect(try client.outcome("stock", "nobody", "right") == "ok nobody")
    }

    // MARK: One-time codes

    @Test(
        "pam_google_authenticator takes a code once, and only with the password",
        .enabled(
            if: Programs.isRoot && has("pam_google_authenticator.so") && Programs.exists("/usr/bin/oathtool"),
            "needs root, libpam-google-authenticator and oathtool"))
    func authenticator() throws {
        let broker = broker(
            """
            auth required DEV file=users
            auth required pam_google_authenticator.so user=root secret=DIR/code no_increment_hotp
            account required pam_permit.so
            """)
        defer { broker.stop() }
        let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEH"
        broker.write("code", "\(secret)\n\" WINDOW_SIZE 3\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n")
        let client = try broker.client()
        let code = String(Programs.output(of: ["oathtool", "--totp", "-b", secret]).text.prefix(6))
        func login(_ password: String, _ code: String) throws -> String {
            let login = try client.login("stock", "root", password) { _ in code }
            guard case .verdict(let verdict) = login.report else { return "\(login.report)" }
            return verdict.succeeded ? "ok" : "\(verdict.phase) \(verdict.code)"
        }
        #expect(try login("wrong", "000000") == "authentication 7")
        #expect(try login("right", code) == "ok")
        #expect(try login("right", code) == "authentication 7", "a replay")
        #expect(!Programs.text(of: broker.directory + "/code").isEmpty)
    }

    // MARK: Others

    @Test("pam_exec refuses with 4, or with 7 behind pam_deny, and gets the password on its standard input alone")
    func exec() throws {
        let broker = RunningBroker([
            "plain": "auth required pam_exec.so quiet expose_authtok DIR/check\naccount required pam_permit.so",
            "mapped": """
            auth [success=1 default=ignore] pam_exec.so quiet expose_authtok DIR/check
            auth requisite pam_deny.so
            auth required pam_permit.so
            account required pam_permit.so
            """,
        ])
        defer { broker.stop() }
        // The script must find the password nowhere else.
        broker.write(
            "check",
            """
            #!/bin/sh
            IFS= read -r line
            case "$(env) $*" in *right*|*wrong*) exit 3 ;; esac
            [ "$PAM_USER" = bob ] && [ "$line" = right ]

            """)
        chmod(broker.directory + "/check", 0o700)
        let client = try broker.client()
        for (service, code) in [("plain", 4), ("mapped", 7)] {
            #expect(try client.outcome(service, "bob", "right") == "ok bob")
            #expect(try client.outcome(service, "bob", "wrong") == "authentication \(code)")
        }
    }

    @Test(
        "pam_exec sees who asks by name, by number where no account has it; from where; and a terminal",
        arguments: [("0", "root"), ("3999999999", "3999999999"), ("-1", "-1"), ("tester", "tester")])
    func items(_ peer: String, _ name: String) throws {
        let broker = RunningBroker([
            "items": "auth required pam_exec.so quiet DIR/show\naccount required pam_permit.so"
        ])
        defer { broker.stop() }
        broker.write(
            "show", "#!/bin/sh\necho \"$PAM_RUSER $PAM_RHOST $PAM_TTY $PAM_USER\" >\"${0%/*}/stray\"\n")
        chmod(broker.directory + "/show", 0o755)
        // The program runs as nobody where root runs the broker.
        chmod(broker.directory, 0o777)
        let client = try broker.client()
        client.start("items", "bob", "x", remoteUser: peer)
        guard case .verdict(let verdict) = try client.receive() else { throw ClientError.gone }
        #expect(verdict.succeeded && Programs.text(of: broker.directory + "/stray") == "\(name) 192.0.2.1 usher bob\n")
    }

    @Test("pam_access refuses in the account phase, by its own rules, and sees the address of the client")
    func access() throws {
        let broker = broker(
            "auth required DEV file=users\naccount required pam_access.so accessfile=DIR/access nodefgroup")
        defer { broker.stop() }
        let client = try broker.client()
        for (rule, outcome) in [
            ("-:nobody:ALL", "account 6"), ("-:ALL EXCEPT nobody:ALL", "ok nobody"),
            ("-:nobody:192.0.2.1", "account 6"), ("-:nobody:192.0.2.2", "ok nobody"),
        ] {
            broker.write("access", rule + "\n")
            #expect(try client.outcome("stock", "nobody", "right") == outcome, "\(rule)")
            #expect(try client.outcome("stock", "nobody", "wrong") == "authentication 7")
        }
    }

    @Test("pam_succeed_if tells nothing before the password is proven, and refuses after it")
    func succeedIf() throws {
        let broker = broker(
            "auth required DEV file=users\naccount required pam_succeed_if.so quiet user = somebody")
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("stock", "dev", "wrong") == "authentication 7")
        #expect(try client.outcome("stock", "dev", "right").hasPrefix("account "))
    }
}
