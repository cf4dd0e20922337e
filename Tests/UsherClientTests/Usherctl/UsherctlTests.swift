import CLinux
import Testing
import UsherClient
import UsherToolSupport

@testable import UsherctlText
@testable import usherctl

/// Tables, which the compiler reads more easily with their types.
private enum Cases {
    static let usage: [([String], Int32)] = [
        ([], 0), (["--help"], 0), (["login", "--help"], 0), (["nonsense"], 2), (["login"], 2),
        (["login", "dev", "--password", "x"], 2), (["revoke", "h_short"], 2), (["tour"], 2),
        (["stats", "--socket", "/a", "--directory", "/b"], 2),
        (["stats", "--json", "--prometheus"], 2), (["validate", "token-as-argument"], 2),
        (["stats", "--socket", String(repeating: "x", count: 200)], 2),
    ]
    static let statuses: [(UsherError.Code, Int32)] = [
        (.denied, 1), (.rateLimited, 1), (.forbidden, 1), (.noSuchSession, 1), (.unknownService, 1),
        (.unreachable, 3), (.connectionLost, 3), (.untrustedServer, 3), (.answerTimedOut, 3), (.protocolViolation, 3),
        (.busy, 3), (.unavailable, 3), (.internalError, 3), (.tooLarge, 2), (.invalidArgument, 2),
    ]
    static let tokens: [([String], Int32, String)] = [
        (["validate"], 0, "dev (uid 1000)"), (["validate", "--json"], 0, #"{"valid":true,"session":{"handle":"#),
        (["list", "--with-token"], 0, "HANDLE"), (["list", "--with-token", "--json"], 0, #"{"handle":"h_"#),
        (["revoke"], 0, "1 session ended."),
        (["revoke", "--json"], 0, #"{"revoked":1}"#),
    ]
    static let logins: [([String], Bool)] = [([], false), (["--print-token"], true), (["--json"], true)]
}

@Suite("usherctl")
struct UsherctlTests {
    /// What a daemon with one user does, as far as the tour looks.
    final class FakeDaemon: Sendable {
        struct State {
            var tokens: [String] = []
            var data = "{}"
            var revokes = true
        }
        let state = Box(State())

        func serve(_ peer: ScriptedServer.Connection) {
            while let request = peer.next() { answer(request, peer) }
        }

        private func answer(_ request: ScriptedServer.Received, _ peer: ScriptedServer.Connection) {
            let tokens = [Sample.token, Sample.otherToken]
            let isValid = state.change { $0.tokens.contains(request.member("token") ?? "") }
            let session = Sample.session(data: state.current.data)
            switch request.method {
            case "server.hello":
                peer.answer(request, Sample.hello(server: "fake"))
            case "auth.start" where request.member("password") != "right":
                peer.refuse(request, 1001, data: #"{"messages":\#(Sample.messages("Locked\\u001b"))}"#)
            case "auth.start":
                state.change { $0.tokens = [tokens[0]] }
                peer.answer(request, Sample.complete)
            case "session.rotate":
                state.change { $0.tokens = [tokens[1]] }
                peer.answer(request, #"{"token":"\#(tokens[1])","session":\#(session)}"#)
            case "session.update":
                state.change { $0.data = #"{"theme":"dark"}"# }
                peer.answer(request, #"{"version":2}"#)
            case "session.list": peer.answer(request, #"{"sessions":[\#(session)]}"#)
            case "session.revoke":
                if state.current.revokes { state.change { $0.tokens = [] } }
                peer.answer(request, #"{"revoked":\#(isValid ? 1 : 0)}"#)
            case "session.validate":
                peer.answer(request, isValid ? #"{"valid":true,"session":\#(session)}"# : #"{"valid":false}"#)
            case "limiter.list":
                let named = request.member("user").map { #""\#($0)","realm":"default""# } ?? #"null,"realm":null"#
                peer.answer(
                    request,
                    #"{"entries":[{"user":\#(named),"failures":7,"failures_known_sources":0,"retry_after_ms":3200,"#
                        + #""retry_after_known_sources_ms":61000,"capped":false}],"more":\#(request.member("user") == nil)}"#
                )
            case "limiter.clear": peer.answer(request, "{}")
            case "server.stats": peer.answer(request, #"{"sessions":3,"a":1}"#)
            default: peer.refuse(request, -32601)
            }
        }
    }

    let daemon = FakeDaemon()

    private func serve() -> ScriptedServer {
        let daemon = daemon
        return ScriptedServer { daemon.serve($0) }
    }

    @Test(
        "ends with 2 on wrong usage and with 0 on a question for help",
        arguments: Cases.usage)
    func usage(arguments: [String], status: Int32) {
        let program = Program(arguments)
        #expect(program.finish() == status)
    }

    @Test(
        "tells refusals from silence",
        arguments: Cases.statuses)
    func exitStatus(code: UsherError.Code, status: Int32) {
        #expect(ExitStatus(UsherError(code)).rawValue == status)
    }

    @Test("finds the socket: option, directory, environment, default")
    func socket() throws {
        func path(_ arguments: [String], _ variable: String?) throws -> String {
            try DaemonOptions.parse(arguments).configuration { _ in variable }.socketPath
        }
        #expect(try path(["--socket", "/a"], "/c") == "/a")
        #expect(try path(["--directory", "/b"], "/c") == "/b/usher.sock")
        #expect(try path([], "/c") == "/c")
        #expect(try path([], nil) == "/run/usher/usher.sock")
        #expect(try DaemonOptions.parse(["--directory", "/b"]).configuration().trust == .ownUser)
        #expect(try DaemonOptions.parse(["--socket", "/a"]).configuration().trust != .user(getuid() + 1))
    }

    @Test("ends with 3 when there is no daemon")
    func noDaemon() {
        let program = Program(["stats", "--directory", "/nonexistent"])
        #expect(program.finish() == 3)
        #expect(
            program.printed == "usherctl: no daemon at /nonexistent/usher.sock: No such file or directory. "
                + "Is 'usherd --dev --directory /nonexistent' running?\n")
    }

    @Test("reads the socket's path from the environment")
    func environment() {
        let server = serve()
        defer { server.stop() }
        let program = Program(["stats", "--json"], environment: ["USHER_SOCKET=\(server.path)"])
        let status = program.finish()
        #expect(status == (getuid() == 0 ? 0 : 3))  // without --directory the own user is not trusted
    }

    @Test("walks through the tour, for a person and for a program")
    func tour() {
        let server = serve()
        defer { server.stop() }
        write(#"{"user":"dev","password":"right","socket":"\#(server.path)"}"#, to: server.directory + "/login.json")
        defer { unlink(server.directory + "/login.json") }
        let program = Program(["tour", "--directory", server.directory])
        #expect(program.finish() == 0)
        let lines = program.printed.split(separator: "\n")
        #expect(lines.count == 10 && lines.allSatisfy { $0.count <= 80 })
        let json = Program(["tour", "--directory", server.directory, "--json"])
        #expect(json.finish() == 0)
        #expect(json.printed.hasPrefix(#"{"step":1,"name":"ask the daemon who it is","answer":"fake, protocol 1"#))
        #expect(!program.printed.contains(Sample.token) && !program.printed.contains("right\""))
    }

    @Test("answers for its account the one question that it has the answer to")
    func tourCode() throws {
        let json =
            #"{"user":"dev","password":"right","otp":"314159","users":[{"user":"eve","password":"x","otp":"1"}]}"#
        let account = try Self.account(json)
        #expect(account.user == "dev" && account.code == "314159")
        let code = Challenge([.init(.info, "Look"), .init(.visible, "One-time code: ")])
        #expect(Self.count(account, code) == 1)
        #expect(Self.count(account, Challenge([.init(.info, "Look")])) == 0)
        #expect(Self.count(account, Challenge([.init(.secret, "One"), .init(.secret, "Two")])) == nil)
        #expect(Self.count(account, Challenge([.init(.secret, "New")], purpose: .passwordChange)) == nil)
        #expect(Self.count(try Self.account(#"{"user":"dev","password":"right"}"#), code) == nil)
    }

    private static func account(_ json: String) throws -> DevelopmentLogin {
        let account = DevelopmentLogin(json: Array(json.utf8).span)
        return try #require(account)
    }

    /// How many answers the account has to a challenge; nil where it gives up.
    private static func count(_ account: DevelopmentLogin, _ challenge: Challenge) -> Int? {
        account.answers(to: challenge)?.count
    }

    @Test("ends the tour with 1 at a step that is not answered as it must be")
    func failedTour() {
        let server = serve()
        defer { server.stop() }
        daemon.state.change { $0.revokes = false }
        write(#"{"user":"dev","password":"right"}"#, to: server.directory + "/login.json")
        defer { unlink(server.directory + "/login.json") }
        let program = Program(["tour", "--directory", server.directory])
        #expect(program.finish() == 1)
        #expect(program.printed.contains("validate the revoked token"))
        #expect(program.printed.contains("still valid  <- not as it must be"))
    }

    @Test(
        "shows and forgives what refused logins hold against names",
        arguments: [
            ([], "unknown"), (["list"], "in 4s"), (["list"], "in 1m"), (["list"], "There are more"),
            (["list", "--user", "ann"], "ann"),
            (["list", "--json"], ##"{"user":null,"realm":null,"failures":7,"failures_known_sources":0,"##),
            (["clear"], "Forgiven: everybody."), (["clear", "--user", "ann"], "Forgiven: ann."),
            (["clear", "--json"], "{}"),
        ])
    func limiter(options: [String], printed: String) {
        let server = serve()
        defer { server.stop() }
        let program = Program(["limiter"] + options + ["--directory", server.directory])
        #expect(program.finish() == 0)
        #expect(program.printed.contains(printed), "\(program.printed)")
    }

    @Test("shows a token only when it is asked for", arguments: Cases.logins)
    func login(options: [String], shows: Bool) {
        let server = serve()
        defer { server.stop() }
        let program = Program(["login", "dev", "--password-stdin", "--directory", server.directory] + options)
        program.type("right\n")
        #expect(program.finish() == 0)
        #expect(program.printed.contains(Sample.token) == shows)
        #expect(program.printed.contains(Sample.handle))
        #expect(program.printed.contains(options.contains("--json") ? #"["Ends soon\u001b"]"# : "Ends soon?"))
    }

    @Test("says which role is missing to whom, and by which entry")
    func forbidden() {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.refuse(
                    request, 1011,
                    data: #"{"reason":"forbidden","method":"session.list","lacks":["admin"],"uid":0,"#
                        + #""entry":"uid 0","roles":["login","validate"]}"#)
            }
        }
        defer { server.stop() }
        let program = Program(["list", "--user", "ada", "--directory", server.directory])
        #expect(program.finish() == 1)
        #expect(
            program.printed == "usherctl: forbidden: uid 0 (root) lacks the role admin (session.list); "
                + "the entry \"uid 0\" grants login, validate\n")
    }

    @Test("ends with 1 when the login is refused")
    func denied() {
        let server = serve()
        defer { server.stop() }
        let program = Program(["login", "dev", "--password-stdin", "--directory", server.directory])
        program.type("wrong\n")
        #expect(program.finish() == 1)
        #expect(program.printed.hasPrefix("Locked?\nusherctl: denied: "))
    }

    @Test(
        "reads the token from standard input",
        arguments: Cases.tokens)
    func token(arguments: [String], status: Int32, printed: String) {
        let server = serve()
        defer { server.stop() }
        daemon.state.change { $0.tokens = [Sample.token] }
        let program = Program(arguments + ["--directory", server.directory])
        program.type(Sample.token + "\n")
        #expect(program.finish() == status)
        #expect(program.printed.contains(printed))
    }

    @Test("ends with 1 for a token that is not valid, and with 2 for what is no token")
    func notValid() {
        let server = serve()
        defer { server.stop() }
        let program = Program(["validate", "--directory", server.directory])
        program.type(Sample.token + "\n")
        #expect(program.finish() == 1)
        #expect(program.printed == "Not valid.\n")
        let nonsense = Program(["validate", "--directory", server.directory])
        nonsense.type("nonsense\n")
        #expect(nonsense.finish() == 2)
    }

    @Test("shows nothing of a password that is typed at the terminal")
    func terminal() {
        let server = serve()
        defer { server.stop() }
        let program = Program(
            ["-qec", "\(Program.usherctl) validate --directory \(server.directory)", "/dev/null"],
            path: "/usr/bin/script")
        daemon.state.change { $0.tokens = [Sample.token] }
        #expect(program.prints("Token: "))
        program.type(Sample.token + "\n")
        #expect(program.prints("dev (uid 1000)"))
        #expect(program.finish() == 0)
        #expect(!program.printed.contains(Sample.token))
    }

    @Test(
        "ends with 3 when its output cannot be written, and says so",
        arguments: [
            ["list"], ["list", "--with-token", "--json"], ["stats", "--prometheus"], ["limiter", "clear"], ["--help"],
        ])
    func fullDevice(arguments: [String]) {
        let server = serve()
        defer { server.stop() }
        daemon.state.change { $0.tokens = [Sample.token] }
        let options = arguments[0] != "--help" ? " --directory \(server.directory)" : ""
        let command = "\(Program.usherctl) \(arguments.joined(separator: " "))\(options) > /dev/full"
        let program = Program(["-c", command], path: "/bin/sh")
        program.type(Sample.token + "\n")
        #expect(program.finish() == 3)
        #expect(program.printed == "usherctl: the output could not be written: write(2) failed with errno 28\n")
    }

    @Test("shows data where the daemon tells it, and leaves it out of lists, where it does not")
    func dataOfLists() throws {
        let listed = Sample.session().replacing(#""data":{},"#, with: "")
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.answer(request, #"{"sessions":[\#(listed)]}"#) }
        }
        defer { server.stop() }
        let program = Program(["list", "--json", "--user", "dev", "--directory", server.directory])
        #expect(program.finish() == 0)
        #expect(program.printed == listed + "\n")
    }

    @Test("gives the terminal back as it was when it is interrupted")
    func interrupted() {
        let program = Program(
            [
                "-qec",
                "trap : INT; \(Program.usherctl) validate --directory /nonexistent; echo \"status $?\"; stty -a",
                "/dev/null",
            ],
            path: "/usr/bin/script", environment: ["SHELL=/bin/sh", "PATH=/usr/bin:/bin"])
        #expect(program.prints("Token: "))
        program.type("\u{3}")
        #expect(program.prints("status 130"))
        _ = program.finish()
        #expect(program.printed.contains(" echo ") && !program.printed.contains("-echo "))
    }

    @Test("lets nothing that comes from elsewhere steer the terminal")
    func sanitizing() {
        #expect(sanitized("a\u{1B}[2Jb\u{9B}c\r\u{202E}d é") == "a?[2Jb?c??d é")
        #expect(sanitized("a\r\n\u{1B}b", keepsLines: true) == "a?\n?b")
        #expect(TextTable(rows: [["A", "B"], ["long\n", "x"]]).lines() == ["A      B", "long?  x"])
    }

    private func write(_ text: String, to path: String) {
        let descriptor = usher_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = CLinux.write(descriptor, text, text.utf8.count)
        close(descriptor)
    }
}

@Suite("Values")
struct ValuesTests {
    @Test(
        "writes times as RFC 3339 does",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_795_716_000, "2026-11-26T18:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
            (253_402_300_800, "10000-01-01T00:00:00Z"),
        ])
    func times(seconds: Int64, text: String) {
        #expect(UnixTime(seconds: seconds).description == text)
    }

    @Test("writes extreme times without a trap", arguments: [Int64.min, .max])
    func extremeTimes(seconds: Int64) {
        #expect(!UnixTime(seconds: seconds).description.isEmpty)
    }

    @Test(
        "takes handles in their one form",
        arguments: ["", "h_", "x_AAAAAQAAAAAAAAAC", "h_AAAAAQAAAAAAAAA*", "h_AAAAAQAAAAAAAABCA"])
    func handles(text: String) {
        #expect(SessionHandle(text) == nil)
        #expect(SessionHandle(Sample.handle)?.text == Sample.handle)
    }

    @Test("an error's description holds no detail")
    func errors() {
        let error = UsherError(.denied, detail: "errno 5")
        #expect(!"\(error)".contains("5") && error.debugDescription == "denied: The login was refused. (errno 5)")
    }
}
