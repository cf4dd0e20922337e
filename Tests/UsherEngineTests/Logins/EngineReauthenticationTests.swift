import Testing
import UsherEngine
import UsherPAMWire
import UsherTestKit

@Suite("Engine: re-authentication")
struct EngineReauthenticationTests {
    let bench: EngineBench
    let client: Client
    let token: String
    let session: JSONValue

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
        (token, session) = try client.create("ann", service: "mail")
        bench.advance(.seconds(30))
    }

    private func start(_ client: Client, token: String? = nil) -> Int64 {
        client.send("auth.start", #"{"token":"\#(token ?? self.token)","password":"x"}"#)
    }

    @Test("a proven session keeps its handle and gets a new token, time and methods")
    func renewed() throws {
        _ = client.ask("session.update", #"{"token":"\#(token)","data":{"a":"b"}}"#)
        let login = start(client)
        #expect(
            bench.host.messages.last == .start(transaction: 1, service: "mail", user: "ann", password: "x"))
        #expect(client.isValid(token), "the session lives on while it is proven")
        bench.succeed(1, "ann")
        let answer = try #require(client.answer(to: login)?.result)
        let fresh = try #require(answer["token"]?.text)
        let renewed = try #require(answer["session"])
        #expect(renewed["handle"] == session["handle"] && renewed["user"] == "ann")
        #expect(renewed["methods"] == .array(["pwd", "otp"]) && renewed["data"] == .object(["a": "b"]))
        #expect(renewed["authenticated"] == .integer(bench.unixNow) && renewed["created"] == session["created"])
        #expect(renewed["expires"] == .integer(bench.unixNow + 600))
        #expect(renewed["idle_expires"] == .integer(bench.unixNow + 60))
        #expect(!client.isValid(token) && client.isValid(fresh))
        #expect(client.ask("server.stats").result?["sessions"] == 1)
    }

    @Test("a refusal leaves the session as it was")
    func refused() throws {
        let login = start(client)
        bench.refuse(1)
        bench.runOut(.seconds(10))
        #expect(client.answer(to: login)?.reason == "denied")
        #expect(client.isValid(token))
    }

    @Test("whom PAM calls otherwise is denied")
    func otherUser() throws {
        let login = start(client)
        bench.succeed(1, "bob")
        bench.tickAtDeadline()
        #expect(client.answer(to: login)?.reason == "denied")
        #expect(client.isValid(token))
    }

    /// What can happen to the session meanwhile.
    enum Meanwhile: CaseIterable { case revoked, rotated, expired }

    @Test("a session that ended meanwhile is not made anew", arguments: Meanwhile.allCases)
    func ended(_ meanwhile: Meanwhile) throws {
        let login = start(client)
        switch meanwhile {
        case .revoked: _ = client.ask("session.revoke", #"{"token":"\#(token)"}"#)
        case .rotated: _ = client.ask("session.rotate", #"{"token":"\#(token)"}"#)
        case .expired: bench.advance(.seconds(60))
        }
        bench.succeed(1, "ann")
        #expect(client.answer(to: login)?.reason == "no_such_session")
        #expect(!client.isValid(token))
    }

    @Test("revoke_all of the user ends it as well")
    func revokedAll() throws {
        let login = start(client)
        _ = client.ask("session.revoke_all", #"{"token":"\#(token)"}"#)
        #expect(client.answer(to: login)?.reason == "cancelled")
    }

    @Test("it runs in the session's own service, which the peer must be allowed")
    func services() throws {
        #expect(bench.connect(Uid.vault).ask("auth.start", #"{"token":"\#(token)"}"#).reason == "no_such_session")
        #expect(bench.connect(Uid.login).ask("auth.start", #"{"token":"\#(token)"}"#).reason == "unknown_service")
        #expect(client.ask("auth.start", #"{"token":"\#(token)","service":"web"}"#).reason == "invalid_params")
    }
}
