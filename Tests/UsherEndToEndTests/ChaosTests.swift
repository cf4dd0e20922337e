import CLinux
import Testing
import UsherTestKit

/// Modules that misbehave: each fails only its own login, with the right reason, and leaves no process behind.
@Suite("A module that misbehaves")
struct ChaosTests {
    /// A module's arguments, and how the login with it must end: a reason, or `complete`.
    struct Case: CustomTestStringConvertible {
        let arguments: String
        let end: String
        var keys = ""

        var testDescription: String { arguments }
    }

    static let cases = [
        Case(arguments: "segv", end: "unavailable"),
        Case(arguments: "abort", end: "unavailable"),
        Case(arguments: "exit=0", end: "unavailable"),
        Case(arguments: "exit=1", end: "unavailable"),
        Case(arguments: "exhaust", end: "unavailable"),
        Case(arguments: "closefds", end: "unavailable"),
        Case(arguments: "hang", end: "timeout", keys: "login_timeout = \"1s\""),
        Case(arguments: "stubbornhang", end: "timeout", keys: "login_timeout = \"1s\""),
        Case(arguments: "fork hang", end: "timeout", keys: "login_timeout = \"1s\""),
        Case(arguments: "stdout ret=7", end: "denied"),
        Case(arguments: "stdout", end: "complete"),
        Case(arguments: "fork", end: "complete"),
        Case(arguments: "fork segv", end: "unavailable"),
        Case(arguments: "environment", end: "complete"),
        Case(arguments: "delay=60000000 ret=7", end: "denied"),
        Case(arguments: "ret=1", end: "unavailable"),
        Case(arguments: "ret=-1", end: "denied"),
        Case(arguments: "ret=2147483647", end: "denied"),
        Case(arguments: "account=13", end: "account_expired"),
        Case(arguments: "account=6", end: "not_permitted"),
        Case(arguments: "radio", end: "cancelled"),
        Case(arguments: "binary", end: "cancelled"),
        Case(arguments: "info=hello", end: "complete"),
        Case(arguments: "setuser=../../etc/passwd", end: "not_permitted"),
    ]

    @Test("fails its own login only", arguments: cases)
    func alone(_ test: Case) throws {
        let daemon = try DevDaemon([.chaos("chaos", test.arguments, keys: test.keys)])
        let client = try daemon.client()
        let bystander = try daemon.client()
        let token = try daemon.login(bystander)
        let login = try client.start("auth.start", ["user": "anybody", "password": "x", "service": "chaos"])
        // Others go on while it misbehaves, on this connection and on others.
        #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
        #expect(try daemon.accepts(daemon.login(bystander)))
        let answer = try client.answer(to: login)
        #expect((answer.reason ?? answer["state"]?.text) == test.end, "\(answer) \(daemon.log)")
        #expect(try daemon.accepts(daemon.login(client)))
        #expect(try daemon.accepts(token))
        try daemon.waitUntilIdle()
    }

    @Test(
        "that says something without asking is heard: with the session, and with a refusal where that is allowed",
        arguments: [
            ("info=soon", "", true), ("info=locked ret=7", "", false),
            ("info=locked ret=7", "relay_messages = true", true),
        ])
    func texts(_ arguments: String, _ keys: String, _ isHeard: Bool) throws {
        let daemon = try DevDaemon([.chaos("chaos", arguments, keys: keys)])
        let client = try daemon.client()
        let answer = try client.call("auth.start", ["user": "anybody", "password": "x", "service": "chaos"])
        let text = arguments.contains("soon") ? "soon" : "locked"
        let messages = JSONValue.array([.object(["style": "info", "text": .text(text)])])
        #expect(
            (answer["messages"] ?? answer.message["error"]?["data"]?["messages"]) == (isHeard ? messages : nil),
            "\(answer)")
    }

    @Test("does not keep its child that took a session of its own")
    func strayChild() throws {
        let daemon = try DevDaemon([.chaos("away", "setsid=DIR/stray"), .chaos("both", "setsid=DIR/stray2 segv")])
        let client = try daemon.client()
        for (service, file) in [("away", "stray"), ("both", "stray2")] {
            try client.call("auth.start", ["user": "x", "password": "x", "service": .text(service)])
            let stray = try #require(pid_t(File.text("\(daemon.directory)/\(file)").filter(\.isNumber)))
            try eventually("\(stray) ends") { !ProcessTable.isRunning(stray) }
        }
        #expect(try daemon.accepts(daemon.login(client)))
        try daemon.waitUntilIdle()
    }

    @Test("may ask several times, and several things at once")
    func prompts() throws {
        let daemon = try DevDaemon([.chaos("thrice", "prompts=3"), .chaos("batch", "batch=3")])
        let client = try daemon.client()
        func answer(_ step: Answer, _ answers: JSONValue) throws -> Answer {
            try client.call("auth.respond", ["transaction": step["transaction"] ?? .null, "answers": answers])
        }
        var step = try client.call("auth.start", ["user": "x", "password": "first", "service": "thrice"])
        for _ in 0..<2 {
            #expect(step["prompts"] == [["style": "secret", "text": "More: "]], "\(step)")
            step = try answer(step, ["next"])
        }
        #expect(step["state"] == "complete")
        step = try client.call("auth.start", ["user": "x", "service": "batch"])
        let styles = step["prompts"]?.array?.compactMap { $0["style"]?.text } ?? []
        #expect(styles.filter { $0 != "info" } == ["secret", "visible"])
        #expect(try answer(step, ["one"]).reason == "invalid_params")
        #expect(try answer(step, ["one", "two"])["state"] == "complete")
    }

    @Test("cannot ask without end", arguments: ["prompts=1000", "stubborn=1000"])
    func endlessPrompts(_ arguments: String) throws {
        let daemon = try DevDaemon([.chaos("endless", arguments)])
        let client = try daemon.client()
        var step = try client.call("auth.start", ["user": "x", "service": "endless"])
        var rounds = 0
        while step["state"] == "challenge", rounds < 100 {
            rounds += 1
            step = try client.call("auth.respond", ["transaction": step["transaction"] ?? .null, "answers": ["x"]])
        }
        #expect(rounds <= 16 && step.reason != nil, "\(rounds) \(step)")
        #expect(try daemon.accepts(daemon.login(client)))
        try daemon.waitUntilIdle()
    }

    @Test("shows a person nothing that a terminal would obey")
    func dirtyPrompt() throws {
        let daemon = try DevDaemon([.chaos("dirty", "ctrl")])
        let step = try daemon.client().call("auth.start", ["user": "x", "service": "dirty"])
        let text = try #require(step["prompts"]?.array?.first?["text"]?.text)
        #expect(text.utf8.count <= 4096)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F })
    }

    @Test("without a PAM file it is not asked, and `other` does not take its place")
    func missingFile() throws {
        let daemon = try DevDaemon([.init(name: "missing", stack: "")])
        unlink("\(daemon.directory)/pam.d/missing")
        let client = try daemon.client()
        let answer = try client.call("auth.start", ["user": "x", "password": "x", "service": "missing"])
        #expect(["unavailable", "denied"].contains(answer.reason), "\(answer)")
        #expect(
            try client.call("auth.start", ["user": "x", "password": "x", "service": "other"]).reason
                == "unknown_service")
        #expect(try daemon.accepts(daemon.login(client)))
    }

    @Test("many at once leave room for others")
    func crowd() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=2"), .chaos("segv", "segv")])
        let clients = try (0..<12).map { _ in try daemon.client() }
        // Each with a name of its own: a name has only so many tries open.
        for (number, client) in clients.enumerated() {
            let step = try client.call("auth.start", ["user": .text("asked-\(number)"), "service": "ask"])
            #expect(step["state"] == "challenge", "\(step)")
        }
        let crashes = try clients.enumerated().map { number, client in
            try client.start(
                "auth.start", ["user": .text("crashed-\(number)"), "password": "x", "service": "segv"])
        }
        #expect(try daemon.accepts(daemon.login(daemon.client())))
        for (client, login) in zip(clients, crashes) {
            let answer = try client.answer(to: login)
            #expect(answer.reason == "unavailable", "\(answer)")
        }
        #expect(try daemon.accepts(daemon.login(clients[0])))
    }
}
