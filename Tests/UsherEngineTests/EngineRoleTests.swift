import Testing
import UsherEngine
import UsherTestKit
import UsherWire

@Suite("Engine: roles")
struct EngineRoleTests {
    /// A well-formed request of every method, and the peers that may send it.
    static let methods: [(method: String, params: String, allowed: Set<UInt32>)] = [
        ("server.hello", "{}", Set(everyone)), ("server.ping", "{}", Set(everyone)),
        ("server.stats", "{}", [Uid.all, Uid.admin, Uid.vault]),
        ("auth.start", #"{"user":"ann"}"#, [Uid.all, Uid.login, Uid.vault]),
        ("auth.respond", #"{"transaction":"\#(name)","answers":[]}"#, [Uid.all, Uid.login, Uid.vault]),
        ("auth.cancel", #"{"transaction":"\#(name)"}"#, [Uid.all, Uid.login, Uid.vault]),
        (
            "code.claim", #"{"code":"\#(token)","era":1,"until":1}"#, [Uid.all, Uid.login, Uid.vault]
        ),
        ("session.create", #"{"user":"ann","methods":["pwd"]}"#, [Uid.all, Uid.issue]),
        ("session.validate", #"{"token":"\#(token)"}"#, validating),
        ("session.touch", #"{"tokens":[]}"#, validating),
        ("session.rotate", #"{"token":"\#(token)"}"#, validating),
        ("session.update", #"{"token":"\#(token)","data":{}}"#, validating),
        ("session.list", #"{"token":"\#(token)"}"#, validating),
        ("session.list", #"{"user":"ann"}"#, administering),
        ("session.revoke", #"{"token":"\#(token)"}"#, validating),
        ("session.revoke", #"{"handle":"\#(handle)"}"#, administering),
        ("session.revoke", #"{"token":"\#(token)","handle":"\#(handle)"}"#, validating),
        ("session.revoke_all", #"{"token":"\#(token)"}"#, validating),
        ("session.revoke_all", #"{"user":"ann"}"#, administering),
        ("events.subscribe", "{}", [Uid.all, Uid.watch]),
        ("board.attach", "{}", validating.subtracting([Uid.boardless])),
        ("limiter.list", "{}", administering), ("limiter.clear", "{}", administering),
        ("cluster.status", "{}", administering),
        ("cluster.forget", #"{"member":"\#(String(repeating: "0", count: 32))"}"#, administering),
        ("cluster.leave", "{}", administering),
    ]

    static let everyone = [
        Uid.all, Uid.login, Uid.validate, Uid.issue, Uid.watch, Uid.admin, Uid.nothing, Uid.vault, Uid.boardless,
        Uid.stranger,
    ]
    static let validating: Set<UInt32> = [Uid.all, Uid.validate, Uid.vault, Uid.boardless]
    static let administering: Set<UInt32> = [Uid.all, Uid.admin, Uid.vault]
    static let token = String(repeating: "A", count: 43)
    static let name = "ABEiM0RVZneImaq7zN3u_w"
    static let handle = "h_AAAAATRI0VniavN7"

    @Test("the table lists every method of the protocol")
    func complete() {
        let names = Method.allCases.filter { $0 != .unknown }.map(\.name.description)
        #expect(Set(Self.methods.map(\.method)) == Set(names))
    }

    @Test(
        "frames of passwords and of new tokens are wiped, and those of methods that are none",
        arguments: [Uid.all, Uid.nothing])
    func secrets(_ uid: UInt32) throws {
        let bench = try EngineBench()
        let secret: Set = ["auth.start", "auth.respond", "session.create", "session.rotate", "session.steal"]
        for (method, params, _) in Self.methods + [("session.steal", "{}", [])] {
            bench.connect(uid).send(method, params)
            #expect(bench.engine.takeSensitivity() == secret.contains(method), "\(method) \(params)")
        }
    }

    @Test("each method is open to its role and forbidden to all others", arguments: everyone)
    func table(_ uid: UInt32) throws {
        for (method, params, allowed) in Self.methods {
            let bench = try EngineBench()
            let client = bench.connect(uid)
            let answer = client.answer(to: client.send(method, params))
            let journaled = bench.host.entries.contains {
                if case .forbidden(let missing, let peer) = $0 {
                    missing.method == method && missing.uid == uid && peer.uid == uid
                } else {
                    false
                }
            }
            if allowed.contains(uid) {
                #expect(answer?.reason != "forbidden", "\(method) \(params)")
                #expect(!journaled)
            } else {
                #expect(answer?.reason == "forbidden", "\(method) \(params)")
                #expect(answer?["error"]?["code"] == 1011 && journaled)
            }
        }
    }

    @Test("a forbidden request is refused before its parameters are read")
    func unread() throws {
        let client = try EngineBench().connect(Uid.nothing)
        #expect(client.ask("session.validate", "[]").reason == "forbidden")
    }

    @Test(
        "forbidden says what is missing to whom, by which entry, to the client and to the journal",
        arguments: [
            (
                Uid.gateway, "session.list", #"{"user":"ann"}"#,
                #"{"reason":"forbidden","method":"session.list","lacks":["admin"],"uid":1008,"entry":"gateway","#
                    + #""roles":["login","validate"]}"#
            ),
            (
                Uid.nothing, "session.list", #"{"user":"ann"}"#,
                #"{"reason":"forbidden","method":"session.list","lacks":["validate","admin"],"uid":1006,"#
                    + #""entry":"nothing","roles":[]}"#
            ),
            (
                Uid.stranger, "server.stats", "{}",
                #"{"reason":"forbidden","method":"server.stats","lacks":["admin","metrics"],"uid":9999,"roles":[]}"#
            ),
            (
                Uid.boardless, "board.attach", "{}",
                #"{"reason":"forbidden","method":"board.attach","lacks":["board"],"uid":1009,"entry":"boardless","#
                    + #""roles":["validate"]}"#
            ),
            (
                Uid.watch, "events.subscribe", #"{"kinds":["refused"]}"#,
                #"{"reason":"forbidden","method":"events.subscribe","lacks":["admin"],"uid":1004,"entry":"watch","#
                    + #""roles":["watch"]}"#
            ),
        ])
    func missing(_ uid: UInt32, _ method: String, _ params: String, _ data: String) throws {
        let bench = try EngineBench()
        let answer = bench.connect(uid).ask(method, params)
        #expect(answer["error"]?["data"] == JSONValue(json: Array(data.utf8)))
        let said = try #require(answer["error"]?["data"])
        guard case .forbidden(let missing, let peer) = bench.host.entries.last else {
            Issue.record("the journal has no entry of it")
            return
        }
        #expect(peer.uid == uid && missing.uid == uid && said["method"] == .text(missing.method))
        #expect(said["entry"] == missing.entry.map { .text($0) })
        #expect(said["lacks"] == .array(missing.lacks.map { .text($0) }))
        #expect(said["roles"] == .array(missing.roles.map { .text($0) }))
    }

    @Test("hello says who asks and what it may use")
    func hello() throws {
        let bench = try EngineBench()
        let hello = bench.connect(Uid.vault).ask("server.hello", #"{"client":"test","version":"1"}"#)
        #expect(hello.result?["protocol"] == 1)
        #expect(hello.result?["peer"] == .object(["uid": 1007, "gid": 1007, "pid": 4242]))
        #expect(hello.result?["roles"] == .array(["login", "validate", "admin"]))
        #expect(hello.result?["services"] == .array(["vault"]))
        #expect(hello.result?["limits"]?["frame"] == 65_536)
        // Half of the default of 64.
        #expect(hello.result?["limits"]?["logins"] == 32)
        let lifetime = ["idle_ms": 1_800_000, "absolute_ms": 43_200_000] as JSONValue
        #expect(hello.result?["lifetimes"] == .object(["vault": lifetime]))
        let stranger = bench.connect(Uid.stranger).ask("server.hello")
        #expect(stranger.result?["roles"] == .array([]) && stranger.result?["limits"]?["frame"] == 2048)
    }

    @Test("server.stats counts sessions, requests, validations, those that were refused, and connections")
    func stats() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, _) = try client.create("ann")
        _ = client.isValid(token)
        _ = client.isValid(Self.token)
        _ = client.ask("session.rotate", #"{"token":"\#(Self.token)"}"#)
        bench.connect().close()
        bench.advance(.seconds(5))
        let stats = client.ask("server.stats").result
        for (name, figure) in [
            ("sessions", 1), ("capacity", 512), ("sessions_created", 1), ("validations", 2), ("validations_failed", 1),
            ("requests_refused", 1), ("requests", 5), ("connections", 1), ("connections_accepted", 2), ("uptime", 5),
            ("validate_measured", 2), ("logins_queued", 0), ("of_the_process", 7),
        ] as [(String, Int64)] {
            #expect(stats?[name] == .integer(figure), "\(name)")
        }
    }
}
