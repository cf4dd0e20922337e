import Testing
import UsherEngine
import UsherSessions
import UsherTestKit

@Suite("Engine: sessions")
struct EngineSessionTests {
    static let unknown = String(repeating: "A", count: 43)

    @Test("a session that began before this machine did shows when, and its proof gets no younger")
    func beforeTheStart() throws {
        let digest = TokenDigest(ofBytes: [UInt8](repeating: 0, count: 32).span)
        let bench = try EngineBench { memory, board, geometry in
            var ledger = try Ledger(formatting: memory, board: board, geometry: geometry)
            let now = LedgerSeconds(10_000)
            try ledger.add(digest, began: LedgerSeconds(-28_800), proved: LedgerSeconds(-20_000), now: now)
            return ledger
        }
        let start = bench.unixNow - 10_000
        let client = bench.connect()
        bench.advance(.seconds(60))
        let answers = [
            client.ask("session.validate", #"{"token":"\#(Self.unknown)"}"#).result?["session"],
            client.ask("session.list", #"{"user":"ann"}"#).result?["sessions"]?.array?.first,
        ]
        for session in answers {
            #expect(session?["created"] == .integer(start - 28_800))
            #expect(session?["authenticated"] == .integer(start - 20_000))
            #expect(session?["last_seen"] == .integer(start + 10_060))
            #expect(session?["expires"] == .integer(start + 14_400))
        }
    }

    // MARK: create

    @Test("create makes a session of the first service, without an account")
    func create() throws {
        let bench = try EngineBench()
        let client = bench.connect(Uid.issue)
        let answer = client.ask(
            "session.create", #"{"user":"ann","methods":["hwk","otp"],"context":{"remote_ip":"192.0.2.1"}}"#)
        let session = try #require(answer.session)
        #expect(session["user"] == "ann" && session["uid"] == .null && session["version"] == 1)
        #expect(session["service"] == "mail" && session["realm"] == "default")
        #expect(session["methods"] == .array(["hwk", "otp"]))
        #expect(session["context"] == .object(["remote_ip": "192.0.2.1"]) && session["data"] == .object([:]))
        for name in ["created", "authenticated", "last_seen"] { #expect(session[name] == .integer(bench.unixNow)) }
        #expect(session["idle_expires"] == .integer(bench.unixNow + 60))
        #expect(session["expires"] == .integer(bench.unixNow + 600))
        #expect(bench.host.messages.isEmpty)
    }

    @Test(
        "create refuses",
        arguments: [
            (#"{"user":"root","methods":["pwd"]}"#, "not_permitted"),
            (#"{"user":"toor","methods":["pwd"]}"#, "not_permitted"),
            (#"{"user":"ann","methods":["pwd"],"service":"web"}"#, "unknown_service"),
            (#"{"user":"ann","methods":["pwd"],"service":"none"}"#, "unknown_service"),
            (#"{"user":"ann"}"#, "invalid_params"), (#"{"user":"ann","methods":[]}"#, "invalid_params"),
            (#"{"methods":["pwd"]}"#, "invalid_params"),
            (#"{"user":"a/b","methods":["pwd"]}"#, "invalid_params"),
            (#"{"user":"-ann","methods":["pwd"]}"#, "invalid_params"),
            (#"{"user":"ann","methods":["pwd"],"context":{"remote_ip":"host.example"}}"#, "invalid_params"),
        ])
    func createRefusals(_ params: String, _ reason: String) throws {
        let bench = try EngineBench()
        #expect(bench.connect(Uid.issue).ask("session.create", params).reason == reason)
        #expect(bench.connect().ask("server.stats").result?["sessions"] == 0)
    }

    // MARK: validate, touch

    @Test("validate says yes to a session of the own realm, and no to everything else")
    func validate() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, session) = try client.create("ann")
        let (foreign, _) = try client.create("ann", service: "vault")
        let answer = bench.connect(Uid.validate).ask("session.validate", #"{"token":"\#(token)"}"#)
        #expect(answer.result?["valid"] == true && answer.session == session)
        for (uid, token) in [(Uid.validate, foreign), (Uid.validate, Self.unknown), (Uid.vault, token)] {
            let answer = bench.connect(uid).ask("session.validate", #"{"token":"\#(token)"}"#)
            #expect(answer.result == .object(["valid": false]))
        }
        #expect(bench.connect(Uid.vault).isValid(foreign))
        #expect(client.ask("session.validate", #"{"token":"\#(token)x"}"#).reason == "invalid_params")
    }

    @Test("a peer without services finds no session")
    func noServices() throws {
        var configuration = Configuration.bench()
        configuration.clients[2].services = []
        let bench = try EngineBench(configuration)
        let (token, _) = try bench.connect().create("ann")
        #expect(!bench.connect(Uid.validate).isValid(token))
    }

    @Test("a session ends when it idles, on access even before any sweep")
    func idle() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, _) = try client.create("ann", service: "mail")
        bench.advance(.seconds(59))
        #expect(client.isValid(token, touch: false))
        bench.advance(.seconds(1))
        #expect(!client.isValid(token))
    }

    @Test("use moves the idle end, never beyond the absolute one")
    func absolute() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, session) = try client.create("ann", service: "mail")
        let expires = try #require(session["expires"]?.integer)
        for _ in 0..<11 {
            bench.advance(.seconds(54))
            let answer = client.ask("session.validate", #"{"token":"\#(token)"}"#)
            #expect(answer.session?["last_seen"] == .integer(bench.unixNow))
            #expect(answer.session?["idle_expires"] == .integer(min(bench.unixNow + 60, expires)))
        }
        bench.advance(.seconds(expires - bench.unixNow))
        #expect(!client.isValid(token))
    }

    @Test("touch keeps sessions alive, passes over what is not there, and revives nothing")
    func touch() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (alive, _) = try client.create("ann", service: "mail")
        let (expired, _) = try client.create("bob", service: "mail")
        bench.advance(.seconds(40))
        #expect(client.ask("session.touch", #"{"tokens":["\#(alive)","\#(Self.unknown)"]}"#).result == .object([:]))
        bench.advance(.seconds(30))
        #expect(
            client.ask("session.touch", #"{"tokens":["\#(expired)"]}"#).result == .object([:]))
        #expect(client.isValid(alive) && !client.isValid(expired))
        let stranger = bench.connect(Uid.vault)
        bench.advance(.seconds(59))
        _ = stranger.ask("session.touch", #"{"tokens":["\#(alive)"]}"#)
        bench.advance(.seconds(1))
        #expect(!client.isValid(alive), "a foreign realm kept it alive")
    }

    // MARK: rotate

    @Test("rotate gives a new token to the same handle, and the old one is nothing")
    func rotate() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, session) = try client.create("ann")
        let answer = client.ask("session.rotate", #"{"token":"\#(token)"}"#)
        let fresh = try #require(answer.result?["token"]?.text)
        #expect(fresh != token && fresh.count == 43)
        #expect(answer.session?["handle"] == session["handle"] && answer.session?["expires"] == session["expires"])
        #expect(!client.isValid(token) && client.isValid(fresh))
        #expect(bench.host.entries.last == .rotated(handle: session["handle"]?.text ?? "", peer: credentials(Uid.all)))
    }

    @Test("rotate refuses what is not valid here")
    func rotateRefusals() throws {
        let bench = try EngineBench()
        let (token, _) = try bench.connect().create("ann")
        for (uid, token) in [(Uid.all, Self.unknown), (Uid.vault, token)] {
            let answer = bench.connect(uid).ask("session.rotate", #"{"token":"\#(token)"}"#)
            #expect(answer.reason == "no_such_session")
        }
        #expect(bench.connect().isValid(token))
    }

    // MARK: update

    @Test("update sets and removes keys and counts versions")
    func update() throws {
        let client = try EngineBench().connect()
        let (token, _) = try client.create("ann")
        func update(_ data: String, _ more: String = "") -> JSONValue {
            client.ask("session.update", #"{"token":"\#(token)","data":\#(data)\#(more)}"#)
        }
        #expect(update(#"{"a":"1","b":"ü\n"}"#).result == .object(["version": 2]))
        #expect(update(#"{"a":null,"c":""}"#, #","if_version":2"#).result == .object(["version": 3]))
        let session = client.ask("session.validate", #"{"token":"\#(token)"}"#).session
        #expect(session?["data"] == .object(["b": "ü\n", "c": ""]) && session?["version"] == 3)
    }

    @Test("update refuses a conflict, too much, and what is not there, and changes nothing then")
    func updateRefusals() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, session) = try client.create("ann")
        func update(_ data: String, _ more: String = "", token: String) -> String? {
            client.ask("session.update", #"{"token":"\#(token)","data":\#(data)\#(more)}"#).reason
        }
        let long = String(repeating: "x", count: 8192)
        let many = "{" + (0..<65).map { #""k\#($0)":"""# }.joined(separator: ",") + "}"
        #expect(update("{}", #","if_version":2"#, token: token) == "conflict")
        #expect(update("{}", #","if_version":9007199254740992"#, token: token) == "conflict")
        #expect(update(#"{"a":"\#(long)"}"#, token: token) == "too_large")
        #expect(update(many, token: token) == "too_large")
        #expect(update(#"{"a":1}"#, token: token) == "invalid_params")
        #expect(update("{}", token: Self.unknown) == "no_such_session")
        let foreign = bench.connect(Uid.vault).ask("session.update", #"{"token":"\#(token)","data":{}}"#)
        #expect(foreign.reason == "no_such_session")
        #expect(client.ask("session.validate", #"{"token":"\#(token)"}"#).session == session)
    }

    @Test("the largest session that can be fits its answer")
    func largest() throws {
        let client = try EngineBench().connect()
        let controls = String(repeating: #"\u0001"#, count: 1024 - 9)
        let answer = client.ask(
            "session.create",
            #"{"user":"\#(String(repeating: "u", count: 256))","methods":["pwd"],"context":{"user_agent":"\#(controls.prefix(6 * 1014))"}}"#
        )
        let token = try #require(answer.result?["token"]?.text)
        for part in 0..<8 {
            let value = String(repeating: #"\u0001"#, count: 1022)
            let answer = client.ask("session.update", #"{"token":"\#(token)","data":{"k\#(part)":"\#(value)"}}"#)
            #expect(answer.result != nil)
        }
        #expect(client.isValid(token))
    }

    private func credentials(_ uid: UInt32) -> PeerCredentials {
        PeerCredentials(uid: uid, gid: uid, pid: 4242, groups: [])
    }
}
