import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: administrators of several hosts")
struct EngineClusterAdministrationTests {
    private func members(_ answer: JSONValue, _ key: String = "members") -> [JSONValue] {
        if case .array(let members) = answer.result?[key] { members } else { [] }
    }

    @Test("the status shows both hosts, the lease and the epoch, and that the store is reached")
    func status() throws {
        let pair = try ClusterBench()
        _ = try pair.create(pair.a.connect(), "ann")
        let answer = pair.ask(pair.a.connect(), "cluster.status", "{}")
        let status = try #require(answer.result)
        #expect(status["name"] == "test" && status["host"] == "a" && status["state"] == "member")
        #expect(status["link"] == true && status["store"] == true && status["fault"] == nil && status["whole"] == true)
        #expect(status["epoch"] == "00000007" && status["ordinal"] == 1 && status["lease_ms"] == 10_000)
        #expect(status["sessions"] == 1 && status["doubtful"] == 0 && status["ends_pending"] == 0)
        #expect(members(answer).map { $0["host"] } == ["a", "b"])
        #expect(members(answer).first?["member"] == status["member"] && members(answer, "awaited").isEmpty)
    }

    @Test("the status says why the store is away, and what it is refused for")
    func faults() throws {
        let pair = try ClusterBench()
        for line in pair.lines { line.isCut = true }
        #expect(pair.a.connect().ask("cluster.status").result?["fault"] == "the store is cut off")
        let late = try ClusterBench(joins: false)
        late.store.seconds += 7
        late.pump()
        let refused = late.a.connect().ask("cluster.status").result
        #expect(refused?["state"] == "joining" && refused?["lease_left_ms"] == 0)
        #expect(refused?["fault"]?.text == ClusterRefusal.otherClock.text)
        #expect(late.a.host.entries.contains(.cluster(.refused(.otherClock))))
    }

    @Test("a clock that differs by 5 s is good enough")
    func clocks() throws {
        let pair = try ClusterBench(joins: false)
        pair.store.seconds += 5
        pair.pump()
        #expect(pair.a.connect().ask("cluster.status").result?["state"] == "member")
    }

    @Test("a host that may live is not forgotten, one that is gone is, and the journal names it and who asked")
    func forget() throws {
        let pair = try ClusterBench()
        let admin = pair.a.connect()
        let status = pair.ask(admin, "cluster.status", "{}")
        let gone = try #require(members(status).last?["member"]?.text)
        let early = pair.ask(admin, "cluster.forget", #"{"member":"\#(gone)"}"#)
        #expect(early.reason == "conflict")
        pair.lines[1].isCut = true
        for _ in 0..<16 { pair.pass(.seconds(1)) }
        let answer = pair.ask(admin, "cluster.forget", #"{"member":"\#(gone)"}"#)
        #expect(answer.result == [:], "\(answer)")
        #expect(pair.count { if case .forget = $0 { true } else { false } } == 1)
        let isTold = pair.a.host.entries.contains {
            if case .memberForgotten("b", let peer) = $0 { peer.uid == Uid.all } else { false }
        }
        #expect(isTold)
    }

    @Test("all that are waited for are forgotten at once, and the journal says so")
    func all() throws {
        let pair = try ClusterBench()
        #expect(pair.ask(pair.a.connect(), "cluster.forget", #"{"all":true}"#).result == [:])
        #expect(pair.count { if case .forget(nil) = $0 { true } else { false } } == 1)
        let isTold = pair.a.host.entries.contains {
            if case .memberForgotten("all that are waited for", _) = $0 { true } else { false }
        }
        #expect(isTold)
    }

    @Test("an administrator of one realm lets no host be forgotten, and without a cluster there is none")
    func others() throws {
        let pair = try ClusterBench()
        #expect(pair.ask(pair.a.connect(Uid.vault), "cluster.forget", #"{"all":true}"#).reason == "forbidden")
        let none = #"{"member":"\#(String(repeating: "0", count: 32))"}"#
        #expect(pair.ask(pair.a.connect(Uid.vault), "cluster.forget", none).reason == "forbidden")
        let alone = try EngineBench().connect()
        #expect(alone.ask("cluster.status").reason == "unsupported")
        #expect(alone.ask("cluster.forget", none).reason == "unsupported")
    }
}
