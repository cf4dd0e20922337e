import CLinux
import Testing

@testable import UsherClient

@Suite("Login")
struct LoginTests {
    /// A daemon that asks for a code after the password, and notes what it was asked.
    static func twoStep(_ seen: Box<[ScriptedServer.Received]>) -> ScriptedServer.Script {
        { peer in
            while let request = peer.next() {
                seen.change { $0.append(request) }
                switch request.method {
                case "auth.start": peer.answer(request, Sample.challenge(Sample.code))
                case "auth.respond": peer.answer(request, Sample.complete)
                default: peer.answer(request, #"{"revoked":1}"#)
                }
            }
        }
    }

    @Test("hands the daemon's questions to the caller and the answers to the daemon")
    func challenge() async throws {
        let seen = Box<[ScriptedServer.Received]>([])
        let server = ScriptedServer(Self.twoStep(seen))
        defer { server.stop() }
        let login = try await client(server).login(
            user: "dev", password: Secret("pass\"word"), service: "web", context: ["remote_ip": "192.0.2.7"],
            timeout: .seconds(30)
        ) { challenge in
            guard challenge.prompts.map(\.style) == [.info, .secret], let code = Secret("123456") else { return nil }
            var answers = Answers()
            answers.append(code)
            return answers
        }
        #expect(login.token.text == Sample.token && login.failuresSinceLast == 2 && login.lastLogin == nil)
        #expect(login.messages == [Challenge.Prompt(.info, "Ends soon\u{1B}")])
        let texts = seen.current.map(\.text)
        #expect(texts[0].contains(#""params":{"user":"dev","password":"pass\"word","service":"web","#))
        #expect(texts[0].contains(#""timeout_ms":30000"#))
        #expect(texts[1].contains(#""answers":["123456"]"#))
    }

    @Test("does the same for a thread, and again for a session")
    func blocking() throws {
        let seen = Box<[ScriptedServer.Received]>([])
        let server = ScriptedServer(Self.twoStep(seen))
        let token = try #require(Token(Sample.otherToken))
        defer { server.stop() }
        let login = try client(server).blocking.reauthenticate(token, password: nil) { _ in
            guard let code = Secret("123456") else { return nil }
            var answers = Answers()
            answers.append(code)
            return answers
        }
        #expect(login.session.user == "dev")
        #expect(seen.current[0].member("token") == Sample.otherToken)
        #expect(seen.current[0].member("password") == nil)
    }

    @Test("cancels a login whose questions are not answered")
    func givenUp() async throws {
        let seen = Box<[ScriptedServer.Received]>([])
        let server = ScriptedServer(Self.twoStep(seen))
        defer { server.stop() }
        let client = client(server)
        let error = await #expect(throws: UsherError.self) {
            try await client.login(user: "dev", password: Secret("secret"))
        }
        #expect(error?.code == .cancelled)
        #expect(await seen.waits { $0.last?.method == "auth.cancel" })
    }

    /// A daemon whose challenges want no answer.
    private static func endless(_ seen: Box<[ScriptedServer.Received]>) -> ScriptedServer.Script {
        { peer in
            while let request = peer.next() {
                seen.change { $0.append(request) }
                guard request.method != "auth.cancel" else { continue }
                peer.answer(request, Sample.challenge(#"{"style":"info","text":"Wait"}"#))
            }
        }
    }

    @Test("cancels a login that asks without end for nothing, after 32 rounds")
    func endless() async throws {
        let seen = Box<[ScriptedServer.Received]>([])
        let server = ScriptedServer(Self.endless(seen))
        defer { server.stop() }
        let client = client(server)
        let error = await #expect(throws: UsherError.self) {
            try await client.login(user: "dev", password: Secret("secret"))
        }
        #expect(error?.code == .protocolViolation)
        #expect(await seen.waits { $0.last?.method == "auth.cancel" })
        let rounds = Array(repeating: "auth.respond", count: 32)
        #expect(seen.current.map(\.method) == ["auth.start"] + rounds + ["auth.cancel"])
        let again = #expect(throws: UsherError.self) {
            try client.blocking.login(user: "dev", password: Secret("secret"))
        }
        #expect(again?.code == .protocolViolation)
    }

    @Test("gives up a login that asks without end when its time is over, however quick the answers are")
    func endlessInTime() async throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                poll(nil, 0, 200)
                if request.method != "auth.cancel" {
                    peer.answer(request, Sample.challenge(#"{"style":"info","text":"Wait"}"#))
                }
            }
        }
        defer { server.stop() }
        let client = client(server)
        let error = await #expect(throws: UsherError.self) {
            try await client.login(user: "dev", password: Secret("secret"), timeout: .milliseconds(1))
        }
        #expect(error?.code == .answerTimedOut)
    }

    @Test("cancels a login in the daemon when the task is cancelled while it waits for answers to be checked")
    func cancelledRespond() async throws {
        let seen = Box<[ScriptedServer.Received]>([])
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                seen.change { $0.append(request) }
                if request.method == "auth.start" { peer.answer(request, Sample.challenge(Sample.code)) }
            }
        }
        defer { server.stop() }
        let client = client(server)
        let task = Task {
            try await client.login(user: "dev", password: Secret("secret")) { _ in Answers() }
        }
        #expect(await seen.waits { $0.last?.method == "auth.respond" })
        task.cancel()
        #expect(await #expect(throws: UsherError.self) { try await task.value }?.code == .cancelled)
        #expect(await seen.waits { $0.last?.method == "auth.cancel" })
    }

    @Test("undoes what a login brought that was cancelled before its first answer", arguments: [true, false])
    func cancelledStart(succeeds: Bool) async throws {
        let seen = Box<[ScriptedServer.Received]>([])
        let mayAnswer = Box(false)
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                seen.change { $0.append(request) }
                guard request.method == "auth.start" else { continue }
                _ = mayAnswer.blocks { $0 }
                peer.answer(request, succeeds ? Sample.complete : Sample.challenge(Sample.code))
            }
        }
        defer { server.stop() }
        let client = client(server)
        let task = Task { try await client.login(user: "dev", password: Secret("secret")) }
        #expect(await seen.waits { $0.count == 1 })
        task.cancel()
        #expect(await #expect(throws: UsherError.self) { try await task.value }?.code == .cancelled)
        mayAnswer.change { $0 = true }
        #expect(await seen.waits { $0.last?.method == (succeeds ? "session.revoke" : "auth.cancel") })
        if succeeds { #expect(seen.current.last?.member("token") == Sample.token) }
    }

    @Test("does not start a login in a task that is cancelled already")
    func cancelledBefore() async throws {
        let server = ScriptedServer(Self.twoStep(Box([])))
        defer { server.stop() }
        let client = client(server)
        let mayGo = Box(false)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.login(user: "dev", password: Secret("secret"))
        }
        mayGo.change { $0 = true }
        task.cancel()
        #expect(await #expect(throws: UsherError.self) { try await task.value }?.code == .cancelled)
        #expect(server.connections == 0)
    }

    @Test("fails a login's next step when the connection it lives on is gone")
    func lostBetweenSteps() async throws {
        let server = ScriptedServer { peer in
            guard let request = peer.next(), request.method == "auth.start" else { return }
            peer.answer(request, Sample.challenge(Sample.code))
        }
        defer { server.stop() }
        let client = client(server)
        guard case .challenge(let challenge) = try await client.startLogin(user: "dev", password: nil) else {
            Issue.record("no challenge")
            return
        }
        let error = await #expect(throws: UsherError.self) { try await client.respond(to: challenge, with: Answers()) }
        #expect(error?.code == .connectionLost)
    }

    @Test("zeroes the frame of a login as soon as it is sent, and keeps one that may be repeated until it is answered")
    func wiped() throws {
        let answering = Box(false)
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                _ = answering.blocks { $0 }
                peer.answer(request, Sample.complete)
            }
        }
        defer { server.stop() }
        let client = client(server)
        let start = try client.driver.start(
            user: "dev", password: Secret("secret").released(), service: nil, context: [:], timeout: .seconds(5))
        let before = start.call.frame.count
        client.driver.post(start.call)
        let after = start.call.frame.count
        let ping = try client.driver.ping()
        client.driver.post(ping.call)
        #expect(before > 0 && after == 0 && ping.call.frame.count > 0)
        answering.change { $0 = true }
    }

    @Test(
        "refuses a name that no user can have, and sends nothing",
        arguments: ["", "a/b", "-x", "~x", "a\nb", "a\u{202E}b", String(repeating: "x", count: 257)])
    func names(user: String) async throws {
        let server = ScriptedServer(Self.twoStep(Box([])))
        defer { server.stop() }
        let client = client(server)
        let errors = [
            await #expect(throws: UsherError.self) { try await client.login(user: user, password: Secret("x")) },
            #expect(throws: UsherError.self) { try client.blocking.startLogin(user: user, password: nil) },
            #expect(throws: UsherError.self) { try client.blocking.create(user: user, methods: ["pwd"]) },
        ]
        #expect(errors.allSatisfy { $0?.code == .invalidArgument })
        #expect(server.connections == 0)
    }

    @Test("a secret holds what PAM takes and no more")
    func secrets() {
        let most = String(repeating: "x", count: Secret.capacity)
        let fits = Secret(most) != nil
        let isTooMuch = Secret(most + "x") == nil
        #expect(fits && isTooMuch)
        var answers = Answers()
        for _ in 0..<40 { answers.append(Secret()) }
        let count = answers.count
        #expect(count == 32)
    }
}
