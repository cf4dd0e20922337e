import Testing
import UsherClient
import UsherTesting

/// What a tool does that has to decide something by a session, an error or an event.
private protocol Sessions {
    func validate(_ token: Token) throws(UsherError) -> Session?
}

@Suite("Values for tests of tools")
struct ValuesForTestsTests {
    private struct Fake: Sessions {
        var known: [Token: Session] = [:]
        var error: UsherError?

        func validate(_ token: Token) throws(UsherError) -> Session? {
            if let error { throw error }
            return known[token]
        }
    }

    @Test("stand for what a daemon sends")
    func sessions() throws {
        let (token, handle) = (Token.random(), SessionHandle.random())
        let session = Session(
            handle: handle, user: "ada", uid: 1000, created: UnixTime(seconds: 100),
            idleExpires: UnixTime(seconds: 400),
            methods: ["pwd", "otp"], context: ["remote_ip": "192.0.2.7"], data: ["theme": "dark"])
        let fake = Fake(known: [token: session])
        let found = try #require(try fake.validate(token))
        #expect(found.handle == handle && found.user == "ada" && found.uid == 1000 && found.realm == "default")
        #expect(found.authenticated == found.created && found.lastSeen == found.created && found.version == 1)
        #expect(found.idleExpires == UnixTime(seconds: 400) && found.expires == UnixTime(seconds: 86_500))
        #expect(found.data == ["theme": "dark"] && found.methods == ["pwd", "otp"])
        #expect(try fake.validate(.random()) == nil)
        #expect(throws: UsherError.self) { try found.require(maxAge: .seconds(300)) }
    }

    @Test("stand for errors, challenges, logins and events")
    func others() {
        let refused = Fake(error: UsherError(.rateLimited, retryAfter: .seconds(3), messages: [.init(.info, "Wait")]))
        let error = #expect(throws: UsherError.self) { try refused.validate(.random()) }
        #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(3))
        #expect(error?.messages == [.init(.info, "Wait")])
        let challenge = Challenge([.init(.secret, "New password: ")], purpose: .passwordChange)
        #expect(challenge.prompts[0].wantsAnswer && challenge.purpose == .passwordChange)
        let session = Session(handle: .random(), user: "ada", created: UnixTime(seconds: 1))
        let login = Login(token: .random(), session: session, failuresSinceLast: 2)
        #expect(login.failuresSinceLast == 2 && login.messages.isEmpty && login.lastLogin == nil)
        #expect(IssuedSession(token: login.token, session: session).token == login.token)
        let event = SessionEvent(
            .revoked, at: UnixTime(seconds: 5), handle: session.handle, user: "ada", reason: "admin")
        #expect(event.kind == .revoked && event.handle == session.handle && event.realm == "default")
        #expect(SessionPage(sessions: [session]).next == nil)
        let limited = LimitedName(user: "ada", realm: "default", failures: 7, retryAfter: .seconds(3))
        #expect(LimiterReport(names: [limited]).names[0].retryAfter == .seconds(3) && !limited.isCapped)
        #expect(ServerStatistics(counters: ["sessions": 3])["sessions"] == 3)
        let peer = ServerInfo.Peer(uid: 1, gid: 2, pid: 3)
        #expect(ServerInfo(peer: peer, roles: ["login"], services: ["default"]).protocolVersion == 1)
    }

    @Test("a challenge that no daemon has sent is answered by none")
    func challenge() async throws {
        let daemon = try TestDaemon()
        let challenge = Challenge([.init(.visible, "Code: ")])
        let error = await #expect(throws: UsherError.self) {
            _ = try await daemon.client.respond(to: challenge, with: Answers())
        }
        #expect(error?.code == .connectionLost)
    }
}
