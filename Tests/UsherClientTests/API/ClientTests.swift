import Testing
import UsherWire

@testable import UsherClient

/// A client of that server, which remembers nothing unless it is told to.
func client(
    _ server: ScriptedServer, deadline: Duration = .seconds(20), trust: ServerTrust = .ownUser, cache: Int = 0
) -> UsherClient {
    var configuration = ClientConfiguration(socketPath: server.path, trust: trust)
    configuration.deadline = deadline
    configuration.cacheCapacity = cache
    return UsherClient(configuration)
}

/// Answers everything with `result`.
func echo(_ result: String = "{}") -> ScriptedServer.Script {
    { peer in while let request = peer.next() { peer.answer(request, result) } }
}

@Suite("Client")
struct ClientTests {
    let token = Token(Sample.token)

    @Test("reads a session, from a task and from a thread")
    func session() async throws {
        let server = ScriptedServer(echo(Sample.valid))
        defer { server.stop() }
        let client = client(server)
        let token = try #require(token)
        let session = try #require(try await client.validate(token))
        #expect(session.handle.text == Sample.handle && session.user == "dev" && session.uid == 1000)
        #expect(session.context == ["remote_ip": "192.0.2.7"] && session.methods == ["pwd"])
        #expect(session.expires == UnixTime(seconds: 5) && session.version == 1)
        #expect(try client.blocking.validate(token)?.user == "dev")
        #expect(server.connections == 1)
    }

    @Test("says nil for a token that is not valid")
    func notValid() async throws {
        let server = ScriptedServer(echo(#"{"valid":false}"#))
        defer { server.stop() }
        #expect(try await client(server).validate(try #require(token)) == nil)
    }

    @Test("understands answers that come byte by byte")
    func dribble() throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                let answer = ScriptedServer.Connection.answer(request.id, Sample.valid)
                for byte in ScriptedServer.Connection.frame(answer) { peer.send([byte]) }
            }
        }
        defer { server.stop() }
        #expect(try client(server).blocking.validate(try #require(token))?.user == "dev")
    }

    @Test("gives each of 1,000 callers their own answer, at most 128 being in flight, in whatever order they come")
    func crowd() async throws {
        let most = Box(0)
        let server = ScriptedServer { peer in
            var waiting: [ScriptedServer.Received] = []
            var served = 0
            while served < 1000 {
                while waiting.count < min(128, 1000 - served), let request = peer.next() { waiting.append(request) }
                if waiting.isEmpty { return }
                let inFlight = waiting.count
                most.change { $0 = max($0, inFlight) }
                served += waiting.count
                for request in waiting.reversed() {
                    let user = request.member("user") ?? "?"
                    peer.answer(request, #"{"sessions":[\#(Sample.session(user: user))]}"#)
                }
                waiting = []
            }
            _ = peer.next()
        }
        defer { server.stop() }
        let client = client(server)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    try await client.sessionPage(of: .user("u\(number)")).sessions.first?.user == "u\(number)"
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(most.current == 128)
        #expect(server.connections == 1)
    }

    @Test("serves threads and tasks side by side on one connection")
    func mixed() async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.answer(request, #"{"revoked":\#(request.id)}"#)
            }
        }
        defer { server.stop() }
        let client = client(server)
        let done = Box(0)
        let wrong = Box(0)
        for _ in 0..<8 {
            Thread.start {
                for _ in 0..<200 where (try? client.blocking.revokeAll(of: .user("u"))) == nil {
                    wrong.change { $0 += 1 }
                }
                done.change { $0 += 1 }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 { group.addTask { try await client.revokeAll(of: .user("u")) } }
            try await group.waitForAll()
        }
        #expect(await done.waits { $0 == 8 })
        #expect(wrong.current == 0 && server.connections == 1)
    }

    @Test("needs no thread of its own for calls that are alone, and lets a caller read again after tasks have")
    func roles() async throws {
        let server = ScriptedServer(echo())
        defer { server.stop() }
        let client = client(server)
        for _ in 0..<10 { try client.blocking.ping() }
        #expect(client.driver.state.withLock { !$0.role.hasResident && $0.role.reader == nil })
        try await client.ping()
        #expect(client.driver.state.withLock { $0.role.reader == .resident })
        for _ in 0..<ReaderRole.soloCallsToTake { try client.blocking.ping() }
        #expect(client.driver.state.withLock { $0.role.reader == nil })
        try await client.ping()
    }

    @Test("walks through all pages")
    func pages() async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                let page = request.member("cursor").flatMap { Int($0) } ?? 0
                let next = page < 2 ? #","next":"\#(page + 1)""# : ""
                peer.answer(request, #"{"sessions":[\#(Sample.session(user: "p\(page)"))]\#(next)}"#)
            }
        }
        defer { server.stop() }
        let client = client(server)
        var users: [String] = []
        for try await session in client.sessions(of: .user("u")) { users.append(session.user) }
        #expect(users == ["p0", "p1", "p2"])
        #expect(try client.blocking.sessions(of: .user("u")).map(\.user) == users)
    }

    @Test(
        "names the daemon's refusals",
        arguments: zip(
            [1001, 1006, 1007, 1011, 1012, 1016, -32603, -32602, 4711],
            [
                UsherError.Code.denied, .rateLimited, .busy, .forbidden, .noSuchSession, .conflict, .internalError,
                .invalidRequest, .internalError,
            ]))
    func refusals(number: Int, code: UsherError.Code) async throws {
        let data = #"{"retry_after_ms":1500,"messages":\#(Sample.messages("Locked"))}"#
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.refuse(request, number, data: data) }
        }
        defer { server.stop() }
        let error = await #expect(throws: UsherError.self) { try await client(server).ping() }
        #expect(error?.code == code)
        #expect(error?.retryAfter == .milliseconds(1500))
        #expect(error?.messages == [Challenge.Prompt(.info, "Locked")])
        #expect(error.map { "\($0) \($0.debugDescription)".contains("Locked") } == false)
    }

    @Test("has in the text for the operator what the daemon's configuration does not grant")
    func forbidden() async throws {
        let data = #"{"method":"server.ping","lacks":["admin"],"uid":995,"roles":[]}"#
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.refuse(request, 1011, data: data) }
        }
        defer { server.stop() }
        let error = await #expect(throws: UsherError.self) { try await client(server).ping() }
        #expect(error?.description == "This process may not do that." && error?.refusedUID == 995)
        let text = "uid 995 lacks the role admin (server.ping); no [[client]] entry matches it"
        #expect(error?.debugDescription == "forbidden: This process may not do that. (\(text))")
    }

    @Test(
        "tells of a change that goes on, and when it is in effect on every host",
        arguments: [
            (#","retry_after_ms":1000,"pending":true,"until_ms":10400"#, .init(until: .milliseconds(10_400))),
            (#","retry_after_ms":1000,"pending":true"#, .init(until: nil)), (#","retry_after_ms":1000"#, nil),
        ] as [(String, UsherError.PendingChange?)])
    func pending(_ members: String, _ change: UsherError.PendingChange?) async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.refuse(request, 1008, data: #"{"reason":"x"\#(members)}"#) }
        }
        defer { server.stop() }
        let token = try #require(Token(Sample.token))
        let error = await #expect(throws: UsherError.self) { try await client(server).rotate(token) }
        #expect(error?.code == .unavailable && error?.retryAfter == .seconds(1) && error?.pending == change)
        #expect(error?.debugDescription.contains("the sessions have ended here") == (change != nil))
        let until = change.map { $0.until == nil ? "still being told" : "on every host within 11 s" }
        #expect(until.map { error?.debugDescription.contains($0) ?? false } ?? true)
    }

    @Test("asks once what the daemon refuses for now: whether to ask again is for the caller to say")
    func refusedOnce() async throws {
        let seen = Box<[String]>([])
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                seen.change { $0.append(request.method) }
                peer.refuse(request, 1008, data: #"{"reason":"unavailable","retry_after_ms":1,"pending":true}"#)
            }
        }
        defer { server.stop() }
        let (token, usher) = (try #require(Token(Sample.token)), client(server))
        let calls: [(method: String, call: () async throws -> Void)] = [
            ("session.validate", { _ = try await usher.validate(token) }),
            ("session.rotate", { _ = try await usher.rotate(token) }),
            ("session.update", { _ = try await usher.update(token, changes: ["a": "b"]) }),
            ("session.revoke", { _ = try await usher.revoke(token) }),
            ("session.revoke_all", { _ = try await usher.revokeAll(of: .token(token)) }),
            ("auth.start", { _ = try await usher.startLogin(user: "ann", password: nil) }),
            ("code.claim", { _ = try await usher.claim(token, era: 1, until: .now) }),
        ]
        for (method, call) in calls {
            let error = await #expect(throws: UsherError.self) { try await call() }
            #expect(error?.code == .unavailable, "\(method)")
            #expect(seen.current.count { $0 == method } == 1, "\(method)")
        }
    }

    @Test("asks for hello and statistics")
    func aboutTheServer() async throws {
        let hello =
            #"{"server":"usherd 1","protocol":1,"peer":{"uid":0,"gid":0,"pid":7},"roles":["login"],"#
            + #""services":["default"],"limits":{"frame":65536},"later":[1],"#
            + #""cluster":{"name":"corp","host":"a","lease_ms":10000}}"#
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.answer(request, request.method == "server.stats" ? #"{"sessions":3,"name":"x"}"# : hello)
            }
        }
        defer { server.stop() }
        let client = client(server)
        let info = try await client.hello()
        #expect(info.server == "usherd 1" && info.roles == ["login"] && info.limits["frame"] == 65536)
        #expect(info.cluster == ServerInfo.Cluster(name: "corp", host: "a", lease: .seconds(10)))
        #expect(try await client.stats()["sessions"] == 3)
    }

    @Test("sends what it was asked to send")
    func requests() async throws {
        let seen = Box<[String]>([])
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                seen.change { $0.append(request.text) }
                let issued = #"{"token":"\#(Sample.otherToken)","session":\#(Sample.session())}"#
                let results = [
                    "session.rotate": issued, "session.create": issued, "session.update": #"{"version":2}"#,
                    "session.touch": "{}", "session.revoke": #"{"revoked":1}"#,
                ]
                peer.answer(request, results[request.method] ?? "{}")
            }
        }
        defer { server.stop() }
        let client = client(server)
        let token = try #require(token)
        let handle = try #require(SessionHandle(Sample.handle))
        #expect(try await client.rotate(token).token.text == Sample.otherToken)
        #expect(try await client.update(token, changes: ["b": nil, "a": "1"], ifVersion: 1) == 2)
        try await client.touch(Array(repeating: token, count: 1001))
        try await client.revoke(handle, as: token)
        _ = try await client.create(user: "u", methods: ["otp"])
        let texts = seen.current
        #expect(texts[1].contains(#""data":{"a":"1","b":null},"if_version":1"#))
        #expect(texts.count == 6)
        #expect(texts[4].contains(Sample.handle) && texts[4].contains(Sample.token))
        #expect(texts[5].contains(#""methods":["otp"]"#))
    }

    @Test("keeps keys of data apart that are the same text to Swift, but not the same bytes")
    func keysByBytes() async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                let data = #"{"caf\u00e9":"one","cafe\u0301":"two"}"#
                peer.answer(request, #"{"valid":true,"session":\#(Sample.session(data: data))}"#)
            }
        }
        defer { server.stop() }
        let token = try #require(token)
        let data = try #require(try await client(server).validate(token)).data
        #expect(data.count == 2 && "caf\u{E9}" == "cafe\u{301}")
        #expect(data["caf\u{E9}"] == "one" && data["cafe\u{301}"] == "two" && data["cafe"] == nil)
        #expect(data.map(\.value) == ["two", "one"])
        #expect(data == ["caf\u{E9}": "one", "cafe\u{301}": "two"] && data != ["caf\u{E9}": "one"])
    }

    @Test("refuses what no frame can hold, and sends nothing")
    func tooLarge() async throws {
        let server = ScriptedServer(echo(#"{"version":2}"#))
        defer { server.stop() }
        let client = client(server)
        let error = await #expect(throws: UsherError.self) {
            try await client.update(try #require(token), changes: ["k": String(repeating: "x", count: 70_000)])
        }
        #expect(error?.code == .tooLarge)
        #expect(server.connections == 0)
    }

    @Test("fails what is under way when it is closed, and all that comes later")
    func closing() async throws {
        let arrived = Box(0)
        let server = ScriptedServer { peer in
            while peer.next() != nil { arrived.change { $0 += 1 } }
        }
        defer { server.stop() }
        let client = client(server)
        let first = Task { try await client.ping() }
        let second = Box<UsherError.Code?>(nil)
        #expect(await arrived.waits { $0 == 1 })
        Thread.start {
            do throws(UsherError) { try client.blocking.ping() } catch { second.change { $0 = error.code } }
        }
        #expect(await arrived.waits { $0 == 2 })
        client.close()
        #expect(await #expect(throws: UsherError.self) { try await first.value }?.code == .closed)
        #expect(await second.waits { $0 == .closed })
        #expect(await #expect(throws: UsherError.self) { try await client.ping() }?.code == .closed)
    }

    @Test("lets its thread and its connection go with it")
    func letGo() async throws {
        let ended = Box(false)
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.answer(request, "{}") }
            ended.change { $0 = true }
        }
        defer { server.stop() }
        weak var driver: ConnectionDriver?
        do {
            let client = client(server)
            try await client.ping()
            driver = client.driver
        }
        #expect(await ended.waits { $0 })
        for _ in 0..<2000 where driver != nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(driver == nil)
    }
}
