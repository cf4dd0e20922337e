import CLinux
import Testing
import UsherTestKit

@Suite("usherd and its broker")
struct BrokerTests {
    @Test("end together, also when usherd is killed", arguments: [SIGTERM, SIGKILL])
    func together(_ signal: Int32) throws {
        let daemon = try DevDaemon()
        _ = try daemon.login(daemon.client())
        let family = [daemon.broker, daemon.zygote] + daemon.workers
        #expect(family.count >= 3 && !family.contains(0))
        daemon.process.signal(signal)
        #expect(try daemon.process.wait() == (signal == SIGKILL ? .signal(SIGKILL) : .status(0)))
        for pid in family { try eventually("\(pid) ends") { !ProcessTable.isRunning(pid) } }
    }

    @Test("a broker that is killed fails the logins that it had, and is replaced")
    func replaced() throws {
        let daemon = try DevDaemon([.chaos("hang", "hang"), .chaos("ask", "prompts=1")])
        let client = try daemon.client()
        let token = try daemon.login(client)
        let challenge = try client.call("auth.start", ["user": "asked", "service": "ask"])
        let transaction = try #require(challenge["transaction"])
        let hanging = try client.start("auth.start", ["user": "hung", "password": "x", "service": "hang"])
        try client.call("server.ping")
        let broker = daemon.broker
        let workers = daemon.workers
        kill(broker, SIGKILL)
        #expect(try client.answer(to: hanging).reason == "unavailable")
        #expect(try daemon.accepts(token))
        let late = try client.call("auth.respond", ["transaction": transaction, "answers": ["x"]])
        #expect(["unavailable", "no_such_transaction"].contains(late.reason))
        #expect(try daemon.accepts(daemon.login(client)))
        try eventually("there is a new broker") { ![0, broker].contains(daemon.broker) }
        for pid in workers { try eventually("worker \(pid) ends") { !ProcessTable.isRunning(pid) } }
    }

    @Test("a worker that is killed fails its own login")
    func worker() throws {
        let daemon = try DevDaemon([.chaos("hang", "hang")])
        let client = try daemon.client()
        try eventually("there is a spare worker") { daemon.workers.count == 1 }
        let spare = Set(daemon.workers)
        let hanging = try client.start("auth.start", ["user": "hung", "password": "x", "service": "hang"])
        try eventually("the spare worker has been replaced") { Set(daemon.workers).subtracting(spare).count == 1 }
        spare.forEach { kill($0, SIGKILL) }
        #expect(try client.answer(to: hanging).reason == "unavailable")
        #expect(try daemon.accepts(daemon.login(client)))
        try daemon.waitUntilIdle()
    }

    @Test("two hundred logins that are left before a password was given do not close the name")
    func leftUnguessed() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        for _ in 0..<200 {
            let step = try client.call("auth.start", ["user": .text(daemon.user), "service": "default"])
            try #require(step["state"] == "challenge")
            try client.call("auth.cancel", ["transaction": step["transaction"] ?? .null])
        }
        #expect(try daemon.accepts(daemon.login(client)))
    }

    @Test("a login ends with the connection that began it")
    func orphaned() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=1"), .chaos("hang", "hang")])
        for service in ["ask", "hang"] {
            let client = try daemon.client()
            _ = try client.start("auth.start", ["user": "x", "password": "x", "service": .text(service)])
            try client.call("server.ping")
        }
        try daemon.waitUntilIdle()
        let admin = try daemon.client()
        try eventually("no login is open") { try admin.call("server.stats")["logins_open"] == 0 }
    }
}

@Suite("usherd ends")
struct EndTests {
    @Test("leaving no request without its answer that came before it")
    func lastRequests() throws {
        let daemon = try DevDaemon()
        let clients = try (0..<3).map { _ in try daemon.client() }
        for client in clients { try client.call("server.ping") }
        kill(daemon.process.pid, SIGSTOP)
        let requests = (0..<1000).flatMap {
            TestClient.frame(#"{"jsonrpc":"2.0","id":\#($0),"method":"server.ping"}"#)
        }
        for client in clients { #expect(try client.sendSome(requests) == requests.count) }
        daemon.process.signal(SIGTERM)
        kill(daemon.process.pid, SIGCONT)
        for client in clients {
            let ids = try (0..<1000).compactMap { _ in try client.receive()?["id"]?.integer }
            #expect(Set(ids) == Set(0..<1000) && client.isClosed())
        }
        #expect(try daemon.process.wait() == .status(0))
    }

    @Test("after it has answered the login that is under way, and takes no new client meanwhile")
    func duringLogin() throws {
        let manager = try ServiceManagerSocket()
        let daemon = try DevDaemon(floor: "1500ms", environment: ["NOTIFY_SOCKET=\(manager.path)"])
        try manager.wait(for: "READY=1")
        let client = try daemon.client()
        let token = try daemon.login(client)
        let login = try client.start("auth.start", ["user": .text(daemon.user), "password": "wrong"])
        try client.call("server.ping")
        daemon.process.signal(SIGTERM)
        try manager.wait(for: "STOPPING=1")
        let late = try daemon.client()
        _ = try late.start("server.ping")
        // Who is there already is still answered.
        #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
        #expect(try client.call("auth.start", daemon.credentials(for: "default")).reason == "unavailable")
        #expect(try client.answer(to: login).reason == "denied")
        #expect(try daemon.process.wait(within: .seconds(6)) == .status(0))
        #expect(throws: TestFailure.self) { try late.answer(to: 1) }
    }

    @Test("without waiting for a person")
    func duringChallenge() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=2")])
        let client = try daemon.client()
        #expect(try client.call("auth.start", ["user": "x", "service": "ask"])["state"] == "challenge")
        daemon.process.signal(SIGTERM)
        #expect(try daemon.process.wait(within: .seconds(4)) == .status(0))
        #expect(client.isClosed())
    }

    @Test("within a bound when a module hangs")
    func duringHang() throws {
        let daemon = try DevDaemon([.chaos("hang", "stubbornhang")])
        let client = try daemon.client()
        _ = try client.start("auth.start", ["user": "x", "password": "x", "service": "hang"])
        try client.call("server.ping")
        let workers = daemon.workers
        daemon.process.signal(SIGTERM)
        #expect(try daemon.process.wait(within: .seconds(9)) == .status(0))
        for pid in workers { try eventually("worker \(pid) ends") { !ProcessTable.isRunning(pid) } }
    }

    @Test("by a kill: the next one serves the same clients, and knows none of the old tokens")
    func killed() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        let token = try daemon.login(client)
        for _ in 0..<3 {
            daemon.process.signal(SIGKILL)
            #expect(try daemon.process.wait() == .signal(SIGKILL))
            #expect(client.isClosed())
            try daemon.restart()
            #expect(try !daemon.accepts(token))
            #expect(try daemon.accepts(daemon.login(daemon.client())))
        }
    }

    @Test("by a kill, with --keep-sessions: the next one goes on with the sessions, until one ends by its own will")
    func kept() throws {
        let daemon = try DevDaemon(options: ["--keep-sessions"])
        let token = try daemon.login(daemon.client())
        let revoked = try daemon.login(daemon.client())
        try daemon.client().call("session.revoke", ["token": .text(revoked)])
        for _ in 0..<3 {
            daemon.process.signal(SIGKILL)
            #expect(try daemon.process.wait() == .signal(SIGKILL))
            try daemon.restart()
            #expect(try daemon.accepts(token) && !daemon.accepts(revoked))
        }
        daemon.process.signal(SIGTERM)
        #expect(try daemon.process.wait() == .status(0))
        try daemon.restart()
        #expect(try !daemon.accepts(token))
        daemon.end()
    }
}
