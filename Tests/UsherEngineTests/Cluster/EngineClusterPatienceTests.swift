import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: answers while another host is silent")
struct EngineClusterPatienceTests {
    private static func token(_ text: String, _ more: String = "") -> String { #"{"token":"\#(text)"\#(more)}"# }

    /// Two hosts; the second one knows the session of `token` and is silent from now on.
    private func silent(user: String = "ann") throws -> (pair: ClusterBench, token: String, handle: String) {
        let pair = try ClusterBench()
        let (token, handle) = try pair.create(pair.a.connect(), user)
        #expect(pair.isValid(pair.b.connect(), token) == true)
        pair.lines[1].isHeld = true
        return (pair, token, handle)
    }

    /// Lets the silent host speak again.
    private func wake(_ pair: ClusterBench) {
        pair.lines[1].isHeld = false
        pair.pump()
    }

    // MARK: Ends

    @Test(
        "an end is answered within 3 s, by when all have stopped; asked for again it waits for the same end",
        arguments: ["token", "handle"])
    func revoke(by name: String) throws {
        let (pair, token, handle) = try silent()
        let one = pair.a.connect()
        let params = name == "token" ? Self.token(token) : #"{"handle":"\#(handle)"}"#
        for turn in 0..<2 {
            let id = one.send("session.revoke", params)
            pair.pump()
            #expect(one.answer(to: id) == nil, "\(turn)")
            pair.pass(.seconds(3))
            let data = try #require(one.answer(to: id)?["error"]?["data"])
            #expect(data["reason"] == "unavailable" && data["pending"] == true)
            // Three leases and margins, less what has passed.
            #expect(data["until_ms"] == .integer(33_990 - 3_000 * (Int64(turn) + 1)))
        }
        let last = one.send("session.revoke", params)
        wake(pair)
        #expect(one.answer(to: last)?.result?["revoked"] == 1)
        #expect(pair.count { if case .end = $0 { true } else { false } } == 1)
        #expect(pair.ask(one, "session.revoke", params).result?["revoked"] == 0)
        #expect(pair.a.host.entries.count { if case .ended(.request, _, _, _) = $0 { true } else { false } } == 1)
    }

    @Test("an end that the store has not got says that it goes on, also to who asks again, and not by when")
    func noStore() throws {
        let (pair, token, _) = try silent()
        let one = pair.a.connect()
        pair.lines[0].isHeld = true
        for seconds in [3, 3, 3, 3, 3] {
            let id = one.send("session.revoke", Self.token(token))
            pair.pass(.seconds(seconds))
            let data = try #require(one.answer(to: id)?["error"]?["data"])
            #expect(data["pending"] == true && data["until_ms"] == nil)
        }
    }

    @Test("without a lease a token of no copy is ended too, and its host hears of it later")
    func unseen() throws {
        let (pair, token, _) = try silent()
        pair.pass(.seconds(11))
        let other = pair.b.connect()
        let (fresh, _) = try pair.create(pair.a.connect(), "bob")
        let (third, _) = try pair.create(pair.a.connect(), "bob")
        let id = other.send("session.revoke", Self.token(fresh))
        pair.pass(.seconds(3))
        #expect(other.answer(to: id)?["error"]?["data"]?["pending"] == true)
        let partial = pair.b.connect(Uid.vault)
        #expect(partial.ask("session.revoke", Self.token(third)).result?["revoked"] == 0)
        wake(pair)
        #expect(pair.isValid(pair.a.connect(), fresh) == false)
        #expect(pair.isValid(pair.a.connect(), token) == true)
    }

    @Test("a revocation of all that waits says by when all have stopped")
    func revokeAll() throws {
        let (pair, _, _) = try silent()
        let one = pair.a.connect()
        for params in [#"{"user":"ann"}"#, #"{"all":true}"#] {
            let id = one.send("session.revoke_all", params)
            pair.pump()
            pair.pass(.seconds(3))
            let data = try #require(one.answer(to: id)?["error"]?["data"])
            #expect(data["pending"] == true && data["until_ms"] == 30_990, "\(params)")
        }
    }

    // MARK: Other tokens

    @Test("a rotation is answered within 3 s; sent again it is answered with the token, early or late")
    func rotate() throws {
        for isLate in [false, true] {
            let (pair, token, handle) = try silent()
            let one = pair.a.connect()
            let id = one.send("session.rotate", Self.token(token))
            pair.pump()
            pair.pass(.seconds(3))
            #expect(one.answer(to: id)?.reason == "unavailable")
            // Nobody may throw the old token away meanwhile.
            for method in ["session.validate", "session.list", "session.revoke_all"] {
                #expect(one.ask(method, Self.token(token)).reason == "unavailable", "\(method)")
            }
            if isLate { wake(pair) }
            let again = one.send("session.rotate", Self.token(token))
            pair.pump()
            #expect(isLate || one.answer(to: again) == nil)
            wake(pair)
            let answer = try #require(one.answer(to: again))
            let fresh = try #require(answer.result?["token"]?.text, "\(answer)")
            #expect(answer.session?["handle"]?.text == handle)
            for bench in pair.benches {
                #expect(pair.isValid(bench.connect(), fresh) == true)
                #expect(pair.isValid(bench.connect(), token) == false)
            }
            #expect(pair.ask(one, "session.rotate", Self.token(token)).reason == "no_such_session")
            #expect(pair.count { if case .move = $0 { true } else { false } } == 1)
        }
    }

    @Test("a rotation whose token nobody has fetched is over after a while, and the old token with it")
    func rotateTooLate() throws {
        let (pair, token, _) = try silent()
        let one = pair.a.connect()
        one.send("session.rotate", Self.token(token))
        pair.pass(.seconds(3))
        wake(pair)
        for _ in 0..<41 { pair.pass(.seconds(1)) }
        #expect(pair.isValid(one, token) == false)
        #expect(pair.ask(one, "session.rotate", Self.token(token)).reason == "no_such_session")
    }

    @Test("the old token of a rotation that was not answered ends its session")
    func revokeRotated() throws {
        let (pair, token, handle) = try silent()
        let one = pair.a.connect()
        one.send("session.rotate", Self.token(token))
        pair.pump()
        pair.pass(.seconds(3))
        let id = one.send("session.revoke", Self.token(token))
        wake(pair)
        #expect(one.answer(to: id)?.result?["revoked"] == 1)
        #expect(!pair.store.records.values.contains { _ in true })
        #expect(pair.ask(one, "session.rotate", Self.token(token)).reason == "no_such_session")
        #expect(handle.isEmpty == false)
    }

    @Test("an update is answered within 3 s, and may be sent again")
    func update() throws {
        let (pair, token, _) = try silent()
        let one = pair.a.connect()
        let id = one.send("session.update", Self.token(token, #","data":{"a":"1"}"#))
        pair.pump()
        pair.pass(.seconds(3))
        #expect(one.answer(to: id)?.reason == "unavailable")
        let again = one.send("session.update", Self.token(token, #","data":{"a":"1"}"#))
        wake(pair)
        #expect(one.answer(to: again)?.result?["version"] == 3)
        #expect(pair.ask(one, "session.validate", Self.token(token)).session?["data"] == .object(["a": "1"]))
    }

    @Test("a rotation is never answered with the token of a proof, under way or done", arguments: [false, true])
    func rotateProven(isDone: Bool) throws {
        let pair = try ClusterBench()
        let client = pair.a.connect(Uid.login)
        let id = client.startLogin("ann")
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        let token = try #require(client.answer(to: id)?.result?["token"]?.text)
        pair.lines[1].isHeld = true
        let one = pair.a.connect()
        one.send("auth.start", Self.token(token, #","password":"correct horse""#))
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        pair.pass(.seconds(3))
        if isDone { wake(pair) }
        #expect(pair.ask(one, "session.rotate", Self.token(token)).reason == "unavailable")
    }

    @Test("a proof that is given anew is answered within 3 s, and given again it renews the same session")
    func reauthentication() throws {
        let pair = try ClusterBench()
        let client = pair.a.connect(Uid.login)
        let id = client.startLogin("ann")
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        let first = try #require(client.answer(to: id))
        let token = try #require(first.result?["token"]?.text)
        pair.lines[1].isHeld = true
        let one = pair.a.connect()
        let prove = Self.token(token, #","password":"correct horse""#)
        let second = one.send("auth.start", prove)
        pair.a.succeed(pair.a.lastTransaction, "ann")
        pair.pump()
        pair.pass(.seconds(3))
        #expect(one.answer(to: second)?.reason == "unavailable")
        #expect(one.ask("session.rotate", Self.token(token)).reason == "unavailable")
        let third = one.send("auth.start", prove)
        pair.a.succeed(pair.a.lastTransaction, "ann")
        wake(pair)
        let answer = try #require(one.answer(to: third))
        let fresh = try #require(answer.result?["token"]?.text, "\(answer)")
        #expect(answer.session?["handle"] == first.session?["handle"])
        for bench in pair.benches { #expect(pair.isValid(bench.connect(), fresh) == true) }
    }
}
