import CLinux
import Testing
import UsherWire

@testable import UsherClient

/// What no daemon sends.
enum Garbage {
    static let frames: [[UInt8]] = [
        [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0, 1, 0, 1], Array("HTTP/1.1 200 OK\r\n\r\n".utf8),
        ScriptedServer.Connection.frame("{"), ScriptedServer.Connection.frame("[]"),
        ScriptedServer.Connection.frame("{}"),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":""}}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":null,"error":{"code":1008,"message":""}}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":99,"result":{}}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":"1","result":{}}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"1.0","id":1,"result":{}}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":1}"#),
        ScriptedServer.Connection.frame(#"{"jsonrpc":"2.0","id":1,"error":{"code":1e400}}"#),
        ScriptedServer.Connection.frame(String(repeating: "[", count: 60_000)),
    ]
}

@Suite("Connection")
struct ConnectionTests {
    let token = Token(Sample.token)

    @Test("sends nothing to a server that is not run by a trusted user, not even an id")
    func untrusted() async throws {
        let received = Box<Int?>(nil)
        let server = ScriptedServer { peer in
            var room = [UInt8](repeating: 0, count: 100)
            var polled = pollfd(fd: peer.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, -1)
            let got = recv(peer.descriptor, &room, room.count, 0)
            received.change { $0 = got }
        }
        defer { server.stop() }
        let client = client(server, trust: .nobody)
        let error = await #expect(throws: UsherError.self) {
            try await client.login(user: "dev", password: Secret("secret"))
        }
        #expect(error?.code == .untrustedServer)
        #expect(await received.waits { $0 == 0 })
    }

    @Test("trusts root and who was named, nobody else")
    func trust() {
        #expect(ServerTrust.root.accepts(uid: 0) && !ServerTrust.root.accepts(uid: 1))
        #expect(ServerTrust.user(7).accepts(uid: 0) && ServerTrust.user(7).accepts(uid: 7))
        #expect(!ServerTrust.user(7).accepts(uid: 8))
        #expect(ServerTrust.user(named: "root") == .user(0))
        #expect(ServerTrust.user(named: "no such user here") == .root)
    }

    @Test("asks once more on a new connection what may be asked twice")
    func repeats() async throws {
        let methods = Box<[String]>([])
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                methods.change { $0.append(request.method) }
                if peer.number == 1 { return }
                peer.answer(request, Sample.valid)
            }
        }
        defer { server.stop() }
        let client = client(server)
        #expect(try await client.validate(try #require(token))?.user == "dev")
        #expect(methods.current == ["session.validate", "session.validate"])
        #expect(server.connections == 2)
    }

    @Test("never sends a login, a rotation, a conditional update or a claim twice")
    func once() async throws {
        let methods = Box<[String]>([])
        let server = ScriptedServer { peer in
            if let request = peer.next() { methods.change { $0.append(request.method) } }
        }
        defer { server.stop() }
        let client = client(server)
        let token = try #require(token)
        let login = await #expect(throws: UsherError.self) {
            try await client.login(user: "dev", password: Secret("secret"))
        }
        let rotation = #expect(throws: UsherError.self) { try client.blocking.rotate(token) }
        let update = await #expect(throws: UsherError.self) {
            try await client.update(token, changes: [:], ifVersion: 3)
        }
        let claim = await #expect(throws: UsherError.self) { try await client.claim(token, era: 1, until: .now) }
        #expect([login, rotation, update, claim].allSatisfy { $0?.code == .connectionLost })
        #expect(methods.current == ["auth.start", "session.rotate", "session.update", "code.claim"])
    }

    @Test("logs in after a restart that it did not notice, as nothing had been sent yet")
    func loginAfterRestart() async throws {
        let hungUp = Box(false)
        let server = ScriptedServer { peer in
            guard let request = peer.next() else { return }
            peer.answer(request, peer.number == 1 ? "{}" : Sample.complete)
            shutdown(peer.descriptor, Int32(SHUT_RDWR))
            hungUp.change { $0 = true }
        }
        defer { server.stop() }
        let client = client(server)
        try client.blocking.ping()
        #expect(await hungUp.waits { $0 })
        #expect(try client.blocking.login(user: "dev", password: Secret("secret")).failuresSinceLast == 2)
        #expect(server.connections == 2)
    }

    @Test("waits for a daemon that restarts", arguments: [true, false])
    func restart(fromTask: Bool) async throws {
        let server = ScriptedServer(listening: false, echo())
        defer { server.stop() }
        let client = client(server)
        Thread.start {
            _ = client.driver.blocks { $0.core.breaker.nextInstant != .never }
            server.start()
        }
        if fromTask { try await client.ping() } else { try client.blocking.ping() }
        #expect(server.connections == 1)
    }

    @Test("waits once for a daemon that is away, then fails at once until it is back", arguments: [true, false])
    func outage(fromTask: Bool) async throws {
        let server = ScriptedServer(listening: false, echo())
        defer { server.stop() }
        var configuration = ClientConfiguration(socketPath: server.path, trust: .ownUser)
        configuration.requestPatience = .seconds(1)
        let client = UsherClient(configuration)
        let ping = { () async throws(UsherError) in
            if fromTask { try await client.ping() } else { try client.blocking.ping() }
        }
        let start = MonotonicInstant.now
        for _ in 0..<200 {
            #expect(await #expect(throws: UsherError.self) { try await ping() }?.code == .unreachable)
        }
        // Each of them waiting would be 200 seconds.
        #expect(MonotonicInstant.now >= start + .seconds(1) && MonotonicInstant.now < start + .seconds(100))
        server.start()
        var failures = 0
        while (try? await ping()) == nil {
            failures += 1
            try #require(failures < 100_000)
        }
        #expect(client.driver.state.withLock { !$0.core.breaker.isOpen && $0.core.link == .up })
    }

    @Test("says that there is no daemon, and why, when its patience is over")
    func nobodyThere() async throws {
        let server = ScriptedServer(listening: false, echo())
        defer { server.stop() }
        var configuration = ClientConfiguration(socketPath: server.path, trust: .ownUser)
        configuration.patience = .zero
        configuration.cacheCapacity = 0
        let client = UsherClient(configuration)
        let error = #expect(throws: UsherError.self) { try client.blocking.ping() }
        #expect(error?.code == .unreachable)
        #expect(error?.debugDescription.contains("connect(2) failed with errno 2") == true)
    }

    @Test("says which time was up")
    func deadlines() async throws {
        let server = ScriptedServer { peer in while peer.next() != nil {} }
        defer { server.stop() }
        let client = client(server, deadline: .milliseconds(50))
        #expect(await #expect(throws: UsherError.self) { try await client.ping() }?.code == .answerTimedOut)
        #expect(#expect(throws: UsherError.self) { try client.blocking.ping() }?.code == .answerTimedOut)
        let away = ScriptedServer(listening: false, echo())
        defer { away.stop() }
        let lost = self.lost(away)
        #expect(#expect(throws: UsherError.self) { try lost.blocking.ping() }?.code == .unreachable)
    }

    private func lost(_ server: ScriptedServer) -> UsherClient { client(server, deadline: .milliseconds(50)) }

    @Test("closes on what no daemon sends, and is well again afterwards", arguments: Garbage.frames)
    func garbage(bytes: [UInt8]) async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                if peer.number <= 2 { peer.send(bytes) } else { peer.answer(request, "{}") }
            }
        }
        defer { server.stop() }
        let client = client(server)
        #expect(await #expect(throws: UsherError.self) { try await client.ping() }?.code == .connectionLost)
        try await client.ping()
        #expect(server.connections == 3)
    }

    /// What a daemon says that has no place for a connection, before it closes it.
    private static let turnedAway =
        #"{"jsonrpc":"2.0","id":null,"error":{"code":1007,"message":"","data":{"reason":"busy","retry_after_ms":1000}}}"#

    @Test("says that the daemon has no place for it and when to try again, and does")
    func turnedAway() async throws {
        let server = ScriptedServer { peer in
            if peer.number == 1 { return peer.send(Self.turnedAway) }
            while let request = peer.next() { peer.answer(request, "{}") }
        }
        defer { server.stop() }
        let client = client(server)
        let error = await #expect(throws: UsherError.self) { try await client.ping() }
        #expect(error?.code == .busy && error?.retryAfter == .seconds(1))
        try await client.ping()
        #expect(server.connections == 2)
    }

    @Test("hears what the daemon said before it closed, although nothing can be sent any more")
    func lastWords() throws {
        var pair: [Int32] = [0, 0]
        precondition(usher_socketpair(Int32(SOCK_STREAM.rawValue), 1, &pair) == 0)
        let words = ScriptedServer.Connection.frame(Self.turnedAway)
        precondition(usher_send(pair[1], words, words.count, -1) == words.count)
        close(pair[1])
        let channel = Channel(socket: Socket(adopting: pair[0]))
        let driver = ConnectionDriver(ClientConfiguration(socketPath: "/nowhere"))
        defer { driver.close() }
        var frame = FrameBuffer(capacity: 64)
        _ = frame.writeRequest(.ping, id: 1)
        let call = PendingCall(id: 1, frame: frame, deadline: .never, repeatable: false)
        driver.state.withLock { state in
            state.core.submit(call.id, call, call.terms, at: .now)
            _ = state.core.takeActions()
            state.channel = channel
            state.core.connected(at: .now)
        }
        driver.update { _, _ in }
        guard case .failure(let error) = call.outcome else {
            Issue.record("did not fail")
            return
        }
        #expect(error.code == .busy && error.retryAfter == .seconds(1))
    }

    @Test(
        "takes a result of the wrong shape for what it is, and closes",
        arguments: [
            "7", "null", "[]", "{}", #"{"valid":1}"#, #"{"valid":true}"#, #"{"valid":false,"session":{}}"#,
            #"{"valid":true,"session":{"handle":"h_"}}"#, #"{"valid":true,"valid":true}"#,
            Sample.valid.replacing("1000", with: "4294967296"), Sample.valid.replacing(Sample.handle, with: "x"),
            Sample.valid.replacing(#""created":1"#, with: #""created":99999999999999999999"#),
            Sample.valid.replacing(#"["pwd"]"#, with: "[1]"),
        ])
    func wrongShape(result: String) async throws {
        let closed = Box(0)
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.answer(request, result) }
            closed.change { $0 += 1 }
        }
        defer { server.stop() }
        let client = client(server)
        let token = try #require(token)
        #expect(
            await #expect(throws: UsherError.self) { try await client.validate(token) }?.code == .protocolViolation)
        #expect(await closed.waits { $0 == 1 })
        #expect(#expect(throws: UsherError.self) { try client.blocking.validate(token) }?.code == .protocolViolation)
    }

    @Test("ignores notifications and members that it does not know")
    func notifications() async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.send(#"{"jsonrpc":"2.0","method":"event","params":{"kind":"gap","at":1}}"#)
                peer.send(#"{"jsonrpc":"2.0","method":"later"}"#)
                peer.send(#"{"jsonrpc":"2.0","id":\#(request.id),"later":[{}],"result":{"later":1}}"#)
            }
        }
        defer { server.stop() }
        try await client(server).ping()
    }

    @Test("gets large frames out and in, however slowly the peer takes them")
    func large() async throws {
        let big = String(repeating: "x", count: 60_000)
        let isFull = Box(false)
        let server = ScriptedServer { peer in
            _ = isFull.blocks { $0 }
            while let request = peer.next() { peer.answer(request, #"{"version":\#(request.text.utf8.count)}"#) }
        }
        defer { server.stop() }
        let client = client(server)
        let token = try #require(token)
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<64 { group.addTask { try await client.update(token, changes: ["k": big]) } }
            #expect(client.driver.blocks { $0.channel?.wantsOutput == true })
            isFull.change { $0 = true }
            for try await size in group { #expect(size > 60_000) }
        }
        #expect(server.connections == 1)
    }

    @Test("works without eventfd(2), of which the process may have no descriptor left")
    func noWakeUps() async throws {
        #expect(ConnectionDriver.timeout(until: .never, canBeWoken: false) == 100)
        #expect(ConnectionDriver.timeout(until: .now + .seconds(5), canBeWoken: false) == 100)
        #expect(ConnectionDriver.timeout(until: .now + .milliseconds(10), canBeWoken: false) <= 10)
        #expect(ConnectionDriver.timeout(until: .never, canBeWoken: true) == -1)
        let server = ScriptedServer(echo())
        defer { server.stop() }
        var configuration = ClientConfiguration(socketPath: server.path, trust: .ownUser)
        configuration.cacheCapacity = 0
        weak var weakly: ConnectionDriver?
        do {
            let driver = ConnectionDriver(configuration) { WakeUp(adopting: -1) }
            weakly = driver
            try await driver.ping().answer()
            try await driver.ping().answer()
            driver.close()
        }
        for _ in 0..<2000 where weakly != nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(weakly == nil)
    }

    @Test("has its thread ready before a task depends on it, also while a caller reads")
    func threadBehindCaller() async throws {
        let arrived = Box(0)
        let server = ScriptedServer { peer in
            while peer.next() != nil { arrived.change { $0 += 1 } }
        }
        defer { server.stop() }
        let client = client(server, deadline: .seconds(300))
        Thread.start { _ = try? client.blocking.ping() }
        #expect(await arrived.waits { $0 == 1 })
        #expect(client.driver.state.withLock { $0.role.reader == .caller && !$0.role.hasResident })
        let call = Task { try await client.ping() }
        #expect(await arrived.waits { $0 == 2 })
        #expect(client.driver.state.withLock { $0.role.reader == .caller && $0.role.hasResident })
        client.close()
        _ = await call.result
    }

    @Test("lets go of frames that are gone, also when there are always more")
    func outbox() throws {
        var pair: [Int32] = [0, 0]
        precondition(usher_socketpair(Int32(SOCK_STREAM.rawValue), 1, &pair) == 0)
        defer { close(pair[1]) }
        var small: Int32 = 4096
        setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, 4)
        let channel = Channel(socket: Socket(adopting: pair[0]))
        var room = [UInt8](repeating: 0, count: 1 << 20)
        var (sent, arrived): ([UInt8], [UInt8]) = ([], [])
        for id in 0..<4000 {
            var frame = FrameBuffer(capacity: 4096)
            _ = frame.writeRequest(.ping, id: Int64(id))
            let size = frame.count
            frame.withBytes { frame in sent += frame.indices.map { frame[$0] } }
            channel.enqueue(PendingCall(id: Int64(id), frame: frame, deadline: .never, repeatable: true))
            #expect(channel.flush())
            guard id >= 500 else { continue }
            arrived += room[..<max(0, recv(pair[1], &room, size, 0))]  // as much as is added, so that some always wait
        }
        #expect(channel.wantsOutput && channel.outbox.count < 2000)
        while case let got = recv(pair[1], &room, room.count, 0), got > 0 {
            arrived += room[..<got]
            #expect(channel.flush())
        }
        #expect(!channel.wantsOutput && channel.outbox.isEmpty && arrived == sent)
    }

    @Test("gives a forked child a connection of its own and leaves the parent's alone")
    func fork() throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() { peer.answer(request, #"{"revoked":\#(peer.number)}"#) }
        }
        defer { server.stop() }
        let client = client(server)
        #expect(try client.blocking.revokeAll(of: .user("u")) == 1)
        let child = CLinux.fork()
        if child == 0 {
            let connection = try? client.blocking.revokeAll(of: .user("u"))
            _exit(Int32(connection ?? 99))
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {}
        #expect(status == 2 << 8)
        #expect(try client.blocking.revokeAll(of: .user("u")) == 1)
    }
}

extension String {
    func replacing(_ part: String, with other: String) -> String {
        guard let end = range(ofText: part) else { return self }
        return String(self[..<index(end, offsetBy: -part.count)]) + other + String(self[end...])
    }
}
