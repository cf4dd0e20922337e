import CLinux
import Testing
import UsherClient
import UsherTestKit

/// A client library beside a running daemon, and what the daemon says it was asked.
struct RememberingClient {
    let client: UsherClient
    let token: Token

    /// Logs in, and validates once so that the session is remembered.
    init(
        _ daemon: DevDaemon, cache: Int = 64, service: String? = nil, deadline: Duration = .seconds(10)
    ) throws {
        var configuration = ClientConfiguration.development(directory: daemon.directory)
        configuration.patience = .seconds(1)
        configuration.cacheCapacity = cache
        configuration.deadline = deadline
        client = UsherClient(configuration)
        token = try client.blocking.login(
            user: daemon.user, password: Secret(daemon.password), service: service
        ).token
        try #require(try isValid)
    }

    /// What the client says, from memory or not.
    var isValid: Bool { get throws { try client.blocking.validate(token) != nil } }

    /// How often the daemon is asked while `body` runs, which must hold.
    func questions(to daemon: DevDaemon, _ body: () throws -> Bool) throws -> Int64 {
        let before = try Self.validations(daemon)
        let holds = try body()
        try #require(holds)
        return try Self.validations(daemon) - before
    }

    private static func validations(_ daemon: DevDaemon) throws -> Int64 {
        try #require(try daemon.client().call("server.stats")["validations"]?.integer)
    }
}

@Suite("A client that remembers, beside a running daemon")
struct ClientCacheTests {
    @Test("asks once, and sees at once what another client ended, changed or gave a new token")
    func changes() throws {
        let daemon = try DevDaemon()
        let other = try daemon.client()
        for method in ["session.revoke", "session.revoke_all", "session.rotate", "session.update"] {
            let client = try RememberingClient(daemon)
            let questions = try client.questions(to: daemon) { try (0..<100).allSatisfy { _ in try client.isValid } }
            #expect(questions == 0)
            let answer = try other.call(method, ["token": .text(client.token.text), "data": ["theme": "dark"]])
            #expect(answer.result != nil, "\(method)")
            let session = try client.client.blocking.validate(client.token)
            #expect(session?.data["theme"] == (method == "session.update" ? "dark" : nil), "\(method)")
        }
    }

    @Test("asks each time where remembering is switched off")
    func switchedOff() throws {
        let daemon = try DevDaemon()
        let client = try RememberingClient(daemon, cache: 0)
        let questions = try client.questions(to: daemon) { try (0..<10).allSatisfy { _ in try client.isValid } }
        #expect(questions == 10)
    }

    @Test("goes on while the daemon is stopped, which then cannot end a session either, and no longer than the session")
    func stopped() throws {
        let daemon = try DevDaemon([.init(name: "short", stack: Self.stack, keys: Self.times)])
        let client = try RememberingClient(daemon, service: "short", deadline: .milliseconds(300))
        daemon.process.signal(SIGSTOP)
        defer { daemon.process.signal(SIGCONT) }
        #expect(try client.isValid)
        let start = usher_boottime()
        var answered = 0
        while try remembers(client) {
            answered += 1
            try #require(usher_boottime() - start < 10_000_000_000, "the session went on beyond its time")
            usleep(50_000)
        }
        #expect(answered > 10 && usher_boottime() - start <= 3_500_000_000)
    }

    @Test("remembers without waiting while the daemon is stopped and another thread waits for its answer")
    func neverWaits() throws {
        let daemon = try DevDaemon()
        let (client, token) = try { ($0.client, $0.token) }(RememberingClient(daemon))
        daemon.process.signal(SIGSTOP)
        let waiting = TestThread { _ = try? client.blocking.ping() }
        let start = usher_boottime()
        while usher_boottime() - start < 200_000_000 {
            let before = usher_boottime()
            try #require(client.remembered(token)?.user == daemon.user)
            try #require(usher_boottime() - before < 5_000_000_000)
        }
        daemon.process.signal(SIGCONT)
        waiting.join()
    }

    /// Whether memory answers: the daemon itself does not.
    private func remembers(_ client: RememberingClient) throws -> Bool {
        do throws(UsherError) {
            return try client.client.blocking.validate(client.token, touch: false) != nil
        } catch {
            #expect(error.code == .answerTimedOut)
            return false
        }
    }

    private static let stack = "auth required DEV\naccount required DEV"
    private static let times = "idle = \"3s\"\nabsolute = \"10s\""

    @Test("accepts nothing once the daemon was killed")
    func killed() throws {
        let daemon = try DevDaemon()
        let client = try RememberingClient(daemon)
        daemon.process.kill()
        #expect(throws: UsherError.self) { try client.isValid }
    }

    @Test("goes on with what it knows when the daemon comes back with the same board, after asking nothing")
    func sameBoard() throws {
        let daemon = try DevDaemon(options: ["--keep-sessions"])
        let client = try RememberingClient(daemon)
        daemon.process.kill()
        try daemon.restart()
        let questions = try client.questions(to: daemon) {
            let before = try client.isValid
            try client.client.blocking.ping()
            return try before && client.isValid
        }
        #expect(questions == 0)
        let other = try daemon.client()
        #expect(try other.call("session.revoke", ["token": .text(client.token.text)])["revoked"] == 1)
        #expect(try !client.isValid)
        daemon.end()
    }

    @Test("accepts nothing of a daemon that comes back with another board")
    func otherBoard() throws {
        let daemon = try DevDaemon()
        let client = try RememberingClient(daemon)
        daemon.process.signal(SIGTERM)
        #expect(try daemon.process.wait() == .status(0))
        #expect(throws: UsherError.self) { try client.isValid }
        try daemon.restart()
        #expect(try !client.isValid)
        let again = try RememberingClient(daemon)
        let questions = try again.questions(to: daemon) { try again.isValid }
        #expect(questions == 0)
    }

    @Test("goes on while a second daemon is refused the same sessions")
    func secondDaemon() throws {
        let daemon = try DevDaemon(options: ["--keep-sessions"])
        let client = try RememberingClient(daemon)
        let directory = try TestDirectory()
        let (end, text) = try TestProcess.run(
            [Built.usherd, "--dev", "--directory", daemon.directory, "--keep-sessions"], in: directory)
        #expect(end == .status(1), "\(text)")
        let questions = try client.questions(to: daemon) { try client.isValid }
        #expect(questions == 0)
        #expect(try daemon.client().call("session.revoke", ["token": .text(client.token.text)])["revoked"] == 1)
        #expect(try !client.isValid)
        daemon.end()
    }

    @Test("begins with nothing in a forked child, and leaves the parent's memory alone")
    func forked() throws {
        let daemon = try DevDaemon()
        let client = try RememberingClient(daemon)
        let questions = try client.questions(to: daemon) {
            let status = inChild { (try? client.isValid) == true && (try? client.isValid) == true }
            return try status == 0 && client.isValid
        }
        #expect(questions == 1)
    }

    @Test("remembers nothing in a time namespace whose clock is another one", .enabled(if: Machine.isRoot))
    func timeNamespace() throws {
        let daemon = try DevDaemon()
        let client = try RememberingClient(daemon)
        let questions = try client.questions(to: daemon) {
            let status = inChild {
                guard unshare(CLONE_NEWTIME) == 0, shiftClock(bySeconds: -3) else { return false }
                // The namespace holds for children alone.
                return inChild { (try? client.isValid) == true && (try? client.isValid) == true } == 0
            }
            return status == 0
        }
        #expect(questions == 2)
    }

    private func shiftClock(bySeconds seconds: Int) -> Bool {
        (try? File.write("boottime \(seconds) 0\n", to: "/proc/self/timens_offsets")) != nil
    }

    /// Runs `body` in a child of fork(2); its exit status is 0 where `body` says yes.
    private func inChild(_ body: () -> Bool) -> Int32 {
        let child = CLinux.fork()
        if child == 0 { _exit(body() ? 0 : 1) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {}
        return status
    }

    @Test("keeps a session alive that is only ever used from memory, and lets one idle out that is only looked at")
    func idle() throws {
        let daemon = try DevDaemon([.init(name: "short", stack: Self.stack, keys: "idle = \"2s\"\nabsolute = \"1h\"")])
        let used = try RememberingClient(daemon, service: "short")
        let looked = try RememberingClient(daemon, service: "short")
        let start = usher_boottime()
        while usher_boottime() - start < 5_000_000_000 {
            #expect(try used.isValid)
            _ = try looked.client.blocking.validate(looked.token, touch: false)
            usleep(20_000)
        }
        #expect(try used.isValid)
        #expect(try looked.client.blocking.validate(looked.token, touch: false) == nil)
    }
}
