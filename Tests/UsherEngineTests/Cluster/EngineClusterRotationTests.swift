import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: rotations whose answers are late or lost")
struct EngineClusterRotationTests {
    private static func token(_ text: String) -> String { #"{"token":"\#(text)"}"# }

    /// Two hosts; the second one knows the session of `token`.
    private func held(
        _ change: (inout ClusterSettings) -> Void = { _ in }
    ) throws -> (pair: ClusterBench, token: String) {
        let pair = try ClusterBench(settings: change)
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        #expect(pair.isValid(pair.b.connect(), token) == true)
        return (pair, token)
    }

    /// Rotates on the first host, which cannot say whether that is done.
    private func rotate(_ pair: ClusterBench, _ token: String) {
        let one = pair.a.connect()
        let id = one.send("session.rotate", Self.token(token))
        pair.pump()
        pair.pass(.seconds(3))
        #expect(one.answer(to: id)?.reason == "unavailable")
        #expect(pair.a.engine.isBusy, "a daemon that ends now forgets the rotation")
    }

    private func mend(_ line: StoreLine, _ pair: ClusterBench) {
        (line.losesReplies, line.isDeaf) = (false, false)
        line.breakOff()
        pair.pump()
    }

    @Test(
        "the old token ends a session whose rotation the store has made, whether this host has heard of it or not",
        arguments: [true, false])
    func revokeLost(_ isDeaf: Bool) throws {
        let (pair, token) = try held()
        let one = pair.a.connect()
        (pair.lines[0].losesReplies, pair.lines[0].isDeaf) = (true, isDeaf)
        rotate(pair, token)
        #expect(pair.count { if case .move = $0 { true } else { false } } == 1)
        let id = one.send("session.revoke", Self.token(token))
        mend(pair.lines[0], pair)
        pair.pass(.seconds(1))
        #expect(one.answer(to: id)?.result?["revoked"] == 1)
        #expect(pair.store.records.isEmpty && !pair.a.engine.isBusy)
        #expect(pair.ask(one, "session.rotate", Self.token(token)).reason == "no_such_session")
        #expect(pair.isValid(one, token) == false)
    }

    @Test("a host that has not heard of a rotation ends the session by the old token")
    func revokeElsewhere() throws {
        let (pair, token) = try held()
        pair.lines[1].isHeld = true
        rotate(pair, token)
        let other = pair.b.connect()
        let id = other.send("session.revoke", Self.token(token))
        pair.lines[1].isHeld = false
        pair.pump()
        #expect(other.answer(to: id)?.result?["revoked"] == 1)
        #expect(pair.store.records.isEmpty)
        #expect(pair.ask(pair.a.connect(), "session.rotate", Self.token(token)).result == nil)
        for bench in pair.benches { #expect(pair.isValid(bench.connect(), token) == false) }
    }

    @Test("the old token of a rotation that the store has made and lost leads to the new one, where that is kept")
    func lost() throws {
        let (pair, token) = try held()
        (pair.lines[0].losesReplies, pair.lines[0].isDeaf) = (true, true)
        rotate(pair, token)
        pair.store.lose()
        pair.lines[0].isHeld = true
        mend(pair.lines[1], pair)
        pair.lines[0].isHeld = false
        mend(pair.lines[0], pair)
        for _ in 0..<15 { pair.pass(.seconds(1)) }
        let one = pair.a.connect()
        let fresh = try #require(pair.ask(one, "session.rotate", Self.token(token)).result?["token"]?.text)
        #expect(fresh != token)
        for bench in pair.benches {
            #expect(pair.isValid(bench.connect(), token) == false)
            #expect(pair.isValid(bench.connect(), fresh) == true)
        }
    }

    @Test("a token is kept for as long as its rotation may be made, and a while longer")
    func keptWhileUnderWay() throws {
        let (pair, token) = try held()
        let one = pair.a.connect()
        let (other, _) = try pair.create(one, "bob")
        pair.store.script = { if case .move = $0 { .refused(.unconfirmed) } else { nil } }
        rotate(pair, token)
        for _ in 0..<60 { pair.pass(.seconds(1)) }
        one.send("session.rotate", Self.token(other))
        pair.store.script = { _ in nil }
        for _ in 0..<39 { pair.pass(.seconds(1)) }
        let fresh = pair.ask(one, "session.rotate", Self.token(token)).result?["token"]?.text
        #expect(pair.isValid(one, try #require(fresh)) == true)
    }

    @Test("nothing is kept of a rotation that was not begun, and it is not paid for")
    func notBegun() throws {
        let (pair, token) = try held()
        let one = pair.a.connect()
        pair.lines[0].isCut = true
        pair.lines[0].breakOff()
        for _ in 0..<40 {
            #expect(one.ask("session.rotate", Self.token(token)).reason == "unavailable")
            let update = one.ask("session.update", #"{"token":"\#(token)","data":{}}"#)
            #expect(update.reason == "unavailable")
        }
        pair.lines[0].isCut = false
        pair.lines[0].breakOff()
        pair.pump()
        let answer = pair.ask(one, "session.rotate", Self.token(token))
        let fresh = try #require(answer.result?["token"]?.text, "\(answer)")
        pair.lines[0].isCut = true
        pair.lines[0].breakOff()
        #expect(one.ask("session.rotate", Self.token(fresh)).reason == "unavailable")
        let id = one.send("session.revoke", Self.token(fresh))
        pair.lines[0].isCut = false
        pair.lines[0].breakOff()
        pair.pump()
        #expect(one.answer(to: id)?.result?["revoked"] == 1)
        #expect(pair.isValid(one, fresh) == false)
    }

    @Test("who waits for a rotation that is under way does not pay for one")
    func joined() throws {
        let (pair, token) = try held()
        pair.lines[1].isHeld = true
        pair.lines[0].isHeld = true
        let one = pair.a.connect()
        let ids = (0..<40).map { _ in one.send("session.rotate", Self.token(token)) }
        pair.pump()
        #expect(ids.allSatisfy { one.answer(to: $0) == nil })
        for line in pair.lines { line.isHeld = false }
        pair.pump()
        let tokens = ids.map { one.answer(to: $0)?.result?["token"]?.text }
        #expect(tokens[0] != nil && tokens.allSatisfy { $0 == tokens[0] })
    }

    // MARK: Who gets the token

    @Test("a peer of another shared realm neither gets the token nor takes it away")
    func otherRealm() throws {
        let (pair, token) = try held { $0.realms = ["default", "vault"] }
        pair.lines[1].isHeld = true
        rotate(pair, token)
        pair.lines[1].isHeld = false
        pair.pump()
        let stranger = pair.a.connect(Uid.vault)
        #expect(pair.ask(stranger, "session.rotate", Self.token(token)).reason == "no_such_session")
        #expect(pair.isValid(stranger, token) == false)
        #expect(pair.ask(stranger, "session.revoke", Self.token(token)).result?["revoked"] == 0)
        #expect(pair.ask(pair.a.connect(), "session.rotate", Self.token(token)).result?["token"] != nil)
    }

    @Test("a token whose receiver has gone is kept for the next one")
    func gone() throws {
        let (pair, token) = try held()
        pair.lines[1].isHeld = true
        rotate(pair, token)
        let one = pair.a.connect()
        one.send("session.rotate", Self.token(token))
        pair.a.engine.closed(one.id)
        pair.lines[1].isHeld = false
        pair.pump()
        let answer = pair.ask(pair.a.connect(), "session.rotate", Self.token(token))
        #expect(answer.result?["token"] != nil, "\(answer)")
    }

    @Test("a token ends no session of a realm that its host does not share")
    func foreignRealm() throws {
        let pair = try ClusterBench(settings: { $0.realms = $0.host == "a" ? ["default", "vault"] : ["vault"] })
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        let answer = pair.ask(pair.b.connect(Uid.vault), "session.revoke", Self.token(token))
        #expect(answer.result?["revoked"] == 0)
        #expect(pair.isValid(one, token) == true)
    }
}
