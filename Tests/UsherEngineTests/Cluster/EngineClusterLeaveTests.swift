import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: a host that leaves")
struct EngineClusterLeaveTests {
    private static func token(_ text: String) -> String { #"{"token":"\#(text)"}"# }

    @Test("a host that has left answers for no shared session, and nobody waits for it")
    func leave() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, _) = try pair.create(one, "ann")
        let (own, _) = try pair.create(other, "ann", service: "vault")
        #expect(pair.isValid(other, token) == true)
        #expect(pair.ask(other, "cluster.leave", "{}").result == .object([:]))
        #expect(pair.b.board.lease == 0 && pair.b.host.entries.contains(.cluster(.left)))
        #expect(pair.isValid(other, token) == nil && pair.isValid(other, own) == true)
        pair.lines[1].isCut = true
        #expect(pair.ask(one, "session.revoke", Self.token(token)).result?["revoked"] == 1)
        pair.lines[1].isCut = false
        #expect(pair.ask(other, "cluster.leave", "{}").result == .object([:]), "it has left")
    }

    @Test("a host whose ends or changes are under way does not leave before")
    func busy() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        pair.lines[1].isHeld = true
        one.send("session.revoke", Self.token(token))
        pair.pump()
        let answer = one.ask("cluster.leave", "{}")
        #expect(answer.reason == "busy" && answer["error"]?["data"]?["retry_after_ms"] == 1000)
        pair.lines[1].isHeld = false
        pair.pump()
        #expect(pair.ask(one, "cluster.leave", "{}").result != nil)
    }

    @Test("a host that cannot tell the store has left within 3 s, and says that the others wait")
    func away() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        pair.lines[0].isCut = true
        let id = one.send("cluster.leave", "{}")
        #expect(pair.a.board.lease == 0 && one.answer(to: id) == nil && pair.a.engine.isBusy)
        pair.pass(.seconds(3))
        #expect(one.answer(to: id)?.reason == "unavailable" && !pair.a.engine.isBusy)
        #expect(pair.isValid(one, token) == nil)
    }

    @Test("only an administrator of all shared realms lets a host leave, and only one that shares sessions")
    func rights() throws {
        let pair = try ClusterBench()
        for uid in [Uid.vault, Uid.login, Uid.watch] {
            #expect(pair.a.connect(uid).ask("cluster.leave", "{}").reason == "forbidden")
        }
        #expect(pair.a.board.lease > 0)
        #expect(try EngineBench().connect().ask("cluster.leave", "{}").reason == "unsupported")
    }
}
