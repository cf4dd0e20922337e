import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: changes that all hosts know of")
struct EngineClusterChangeTests {
    private static func token(_ text: String, _ more: String = "") -> String { #"{"token":"\#(text)"\#(more)}"# }

    // MARK: Ends

    @Test("an end is in effect here at once, and is answered when every host knows it")
    func revoke() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, _) = try pair.create(one, "ann")
        #expect(pair.isValid(other, token) == true)
        pair.lines[1].isHeld = true
        let id = one.send("session.revoke", Self.token(token))
        #expect(!one.isValid(token))
        pair.pump()
        #expect(one.answer(to: id) == nil)
        #expect(other.isValid(token))
        pair.lines[1].isHeld = false
        pair.pump()
        #expect(one.answer(to: id)?.result?["revoked"] == 1)
        #expect(!other.isValid(token))
    }

    @Test("an end that not every host knows in time says that it goes on")
    func pending() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        pair.lines[1].isCut = true
        let id = one.send("session.revoke", Self.token(token))
        pair.pass(.seconds(3))
        let answer = try #require(one.answer(to: id))
        #expect(answer.reason == "unavailable" && answer["error"]?["data"]?["pending"] == true)
        #expect(!one.isValid(token))
    }

    @Test("a handle ends a session that this host has never seen, for a peer of all shared realms alone")
    func handle() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, handle) = try pair.create(one, "ann")
        let params = #"{"handle":"\#(handle)"}"#
        #expect(pair.b.connect(Uid.vault).ask("session.revoke", params).result?["revoked"] == 0)
        #expect(one.isValid(token))
        #expect(pair.ask(pair.b.connect(Uid.admin), "session.revoke", params).result?["revoked"] == 1)
        #expect(!one.isValid(token))
    }

    @Test("an end that a peer asks for is told to subscribers of every host, once each")
    func events() throws {
        let pair = try ClusterBench()
        let (token, handle) = try pair.create(pair.a.connect(), "ann")
        #expect(pair.isValid(pair.b.connect(), token) == true)
        let watches = pair.benches.map { $0.connect(Uid.watch) }
        for watch in watches { _ = watch.ask("events.subscribe") }
        _ = pair.ask(pair.a.connect(), "session.revoke", Self.token(token))
        for watch in watches {
            let events = watch.takeInbox().compactMap { $0["params"] }
            #expect(events.map { $0["kind"]?.text } == ["revoked"], "\(events)")
            #expect(events.first?["handle"]?.text == handle)
        }
    }

    @Test("all sessions of a user end everywhere but for one, and a session of another user stays")
    func revokeAll() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let sessions = try (0..<3).map { _ in try pair.create(one, "ann") }
        let (bob, _) = try pair.create(one, "bob")
        for session in sessions { #expect(pair.isValid(other, session.token) == true) }
        let answer = pair.ask(
            other, "session.revoke_all", #"{"user":"ann","except":"\#(sessions[0].handle)"}"#)
        #expect(answer.result?["revoked"] == 2)
        for client in [one, other] {
            #expect(pair.isValid(client, sessions[0].token) == true && pair.isValid(client, bob) == true)
            for session in sessions.dropFirst() { #expect(pair.isValid(client, session.token) == false) }
        }
    }

    @Test("everybody's sessions end everywhere; one that all hosts share cannot be spared then")
    func everybody() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, handle) = try pair.create(one, "ann")
        let (own, _) = try pair.create(one, "ann", service: "vault")
        #expect(pair.isValid(other, token) == true)
        let spared = one.ask("session.revoke_all", #"{"all":true,"except":"\#(handle)"}"#)
        #expect(spared.reason == "unsupported")
        #expect(one.isValid(token))
        let answer = pair.ask(one, "session.revoke_all", #"{"all":true}"#)
        #expect(answer.result?["revoked"] == 2)
        for client in [one, other] { #expect(pair.isValid(client, token) == false) }
        #expect(!one.isValid(own))
    }

    // MARK: Changes

    @Test("a rotation that is asked for twice is answered twice with the same token")
    func rotate() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, handle) = try pair.create(one, "ann")
        #expect(pair.isValid(other, token) == true)
        let ids = [one.send("session.rotate", Self.token(token)), one.send("session.rotate", Self.token(token))]
        pair.pump()
        let answers = ids.map { one.answer(to: $0) }
        let fresh = try #require(answers[0]?.result?["token"]?.text, "\(answers)")
        #expect(answers[1]?.result?["token"]?.text == fresh)
        #expect(answers[0]?.session?["handle"]?.text == handle)
        for client in [one, other] {
            #expect(pair.isValid(client, token) == false && pair.isValid(client, fresh) == true)
        }
    }

    @Test("a rotation is told as one, and not as an end")
    func rotationEvents() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        #expect(pair.isValid(pair.b.connect(), token) == true)
        let watches = pair.benches.map { $0.connect(Uid.watch) }
        for watch in watches { _ = watch.ask("events.subscribe") }
        _ = pair.ask(pair.a.connect(), "session.rotate", Self.token(token))
        #expect(watches[0].takeInbox().compactMap { $0["params"]?["kind"]?.text } == ["rotated"])
        #expect(watches[1].takeInbox().isEmpty)
    }

    @Test("an update that met another one is made anew from the newer data, unless it names a version")
    func update() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, _) = try pair.create(one, "ann")
        #expect(pair.isValid(other, token) == true)
        let ids = [
            one.send("session.update", Self.token(token, #","data":{"a":"1"}"#)),
            other.send("session.update", Self.token(token, #","data":{"b":"2"}"#)),
        ]
        pair.pump()
        #expect(one.answer(to: ids[0])?.result?["version"] == 2)
        #expect(other.answer(to: ids[1])?.result?["version"] == 3)
        for client in [one, other] {
            let answer = pair.ask(client, "session.validate", Self.token(token))
            #expect(answer.session?["data"] == .object(["a": "1", "b": "2"]))
        }
        let stale = pair.ask(one, "session.update", Self.token(token, #","data":{},"if_version":2"#))
        #expect(stale.reason == "conflict")
        let more = String(repeating: "x", count: 9_000)
        let large = pair.ask(one, "session.update", Self.token(token, #","data":{"m":"\#(more)"}"#))
        #expect(large.reason == "too_large")
    }

    @Test(
        "what the store refuses a new session with",
        arguments: [
            (StoreRefusal.quota, "quota_exceeded"), (.cancelled, "cancelled"), (.conflict, "unavailable"),
            (.memory, "unavailable"), (.other, "unavailable"), (.expelled, "unavailable"),
        ])
    func refusals(_ refusal: StoreRefusal, _ reason: String) throws {
        let pair = try ClusterBench()
        pair.store.script = { if case .put = $0 { .refused(refusal) } else { nil } }
        let create = #"{"user":"ann","methods":["pwd"],"service":"web"}"#
        #expect(pair.ask(pair.a.connect(), "session.create", create).reason == reason)
        let client = pair.a.connect(Uid.login)
        let id = client.startLogin("ann")
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        #expect(client.answer(to: id)?.reason == reason)
        #expect(client.ask("server.ping").result != nil)
        #expect(pair.a.connect().ask("server.stats").result?["sessions"] == 0)
    }

    @Test(
        "what the store refuses a change with",
        arguments: [
            (StoreRefusal.ended, "no_such_session"), (.absent, "no_such_session"), (.other, "unavailable"),
        ])
    func changeRefusals(_ refusal: StoreRefusal, _ reason: String) throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        pair.store.script = {
            switch $0 {
            case .move, .change: .refused(refusal)
            default: nil
            }
        }
        #expect(pair.ask(one, "session.rotate", Self.token(token)).reason == reason)
        #expect(pair.ask(one, "session.update", Self.token(token, #","data":{"a":"1"}"#)).reason == reason)
    }

    // MARK: Logins

    @Test("a login makes a session for all hosts, whose account is known where it logged in")
    func login() throws {
        let pair = try ClusterBench()
        let client = pair.a.connect(Uid.login)
        let id = client.startLogin("ann")
        pair.a.succeed(pair.a.lastTransaction, "ann", uid: 5_000)
        #expect(client.answer(to: id) == nil && pair.a.engine.isBusy)
        pair.pump()
        let answer = try #require(client.answer(to: id))
        let token = try #require(answer.result?["token"]?.text)
        #expect(answer.session?["uid"] == 5000 && !pair.a.engine.isBusy)
        let seen = pair.ask(pair.b.connect(), "session.validate", Self.token(token))
        #expect(seen.session?["user"] == "ann" && seen.session?["uid"] == .null)
        // The account's number survives a change that another host makes.
        let changed = pair.ask(pair.b.connect(), "session.update", Self.token(token, #","data":{"a":"1"}"#))
        #expect(changed.result?["version"] == 2)
        let again = pair.ask(pair.a.connect(), "session.validate", Self.token(token))
        #expect(again.session?["uid"] == 5000 && again.session?["version"] == 2)
    }

    @Test("a proof that is given anew is in effect on all hosts, under another token")
    func reauthentication() throws {
        let pair = try ClusterBench()
        let client = pair.a.connect(Uid.login)
        let id = client.startLogin("ann")
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        let token = try #require(client.answer(to: id)?.result?["token"]?.text)
        #expect(pair.isValid(pair.b.connect(), token) == true)
        pair.pass(.seconds(60))
        let again = pair.a.connect()
        let second = again.send("auth.start", Self.token(token, #","password":"correct horse""#))
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        let answer = try #require(again.answer(to: second))
        let fresh = try #require(answer.result?["token"]?.text, "\(answer)")
        #expect(answer.session?["authenticated"] == .integer(pair.a.unixNow))
        for bench in pair.benches {
            #expect(pair.isValid(bench.connect(), token) == false)
            let seen = pair.ask(bench.connect(), "session.validate", Self.token(fresh))
            #expect(seen.session?["authenticated"] == .integer(pair.a.unixNow))
        }
    }
}
