import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: sessions of several hosts")
struct EngineClusterTests {
    private static func token(_ text: String, _ more: String = "") -> String { #"{"token":"\#(text)"\#(more)}"# }

    // MARK: Sharing

    @Test("a session that another host has made is fetched once, and asks the store no more")
    func share() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, handle) = try pair.create(one, "ann")
        let first = other.send("session.validate", Self.token(token))
        #expect(other.answer(to: first) == nil)
        pair.pump()
        let answer = try #require(other.answer(to: first))
        #expect(answer.result?["valid"] == true && answer.session?["handle"]?.text == handle)
        #expect(answer.session?["user"] == "ann" && answer.session?["service"] == "web")
        #expect(pair.fetches == 1)
        #expect(other.isValid(token) && one.isValid(token))
        #expect(pair.fetches == 1)
    }

    @Test("a use is told to the store, and a question that is no use is not")
    func uses() throws {
        let pair = try ClusterBench()
        let client = pair.a.connect()
        let (token, _) = try pair.create(client, "ann")
        let touches = { pair.count { if case .touch = $0 { true } else { false } } }
        // Beyond a twentieth of the idle time.
        for _ in 0..<25 { pair.pass(.seconds(4)) }
        #expect(pair.ask(client, "session.validate", Self.token(token, #","touch":false"#)).result?["valid"] == true)
        pair.pass(.seconds(2))
        #expect(touches() == 0)
        for _ in 0..<3 { #expect(pair.isValid(client, token) == true) }
        pair.pass(.seconds(2))
        #expect(touches() == 1)
        for _ in 0..<25 { pair.pass(.seconds(4)) }
        #expect(pair.ask(client, "session.touch", #"{"tokens":["\#(token)"]}"#).result == .object([:]))
        pair.pass(.seconds(2))
        #expect(touches() == 2)
    }

    @Test("requests that show a token which is being fetched take effect in their order")
    func order() throws {
        let pair = try ClusterBench()
        let other = pair.b.connect()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        let ids = [
            other.send("session.validate", Self.token(token)),
            other.send("session.update", Self.token(token, #","data":{"a":"1"}"#)),
            other.send("session.list", Self.token(token)),
        ]
        pair.pump()
        let answers = ids.map { other.answer(to: $0) }
        #expect(answers[0]?.session?["data"] == .object([:]))
        #expect(answers[1]?.result?["version"] == 2)
        #expect(answers[2]?.result?["sessions"]?.array?.count == 1)
        #expect(pair.fetches == 1)
    }

    @Test("a guess is answered at once, is counted against its peer, and costs the store nothing")
    func guess() throws {
        let pair = try ClusterBench()
        let other = pair.b.connect()
        let before = pair.store.calls.count
        for _ in 0..<100 { #expect(!other.isValid(EngineSessionTests.unknown)) }
        #expect(pair.store.calls.count == before)
        #expect(pair.b.host.entries.contains { if case .tokensRefused(100, _) = $0 { true } else { false } })
    }

    @Test("a peer without a shared realm finds nothing of it, and the store is not asked for it")
    func realm() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        let vault = pair.b.connect(Uid.vault)
        #expect(!vault.isValid(token))
        #expect(pair.fetches == 0)
        let (own, _) = try pair.create(pair.a.connect(), "ann", service: "vault")
        #expect(pair.a.connect(Uid.vault).isValid(own) && !vault.isValid(own))
    }

    @Test("a request that waits is forgotten with its connection, and its place is free again")
    func closed() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        let other = pair.b.connect()
        other.send("session.validate", Self.token(token))
        other.close()
        pair.pump()
        #expect(other.takeInbox().isEmpty)
        #expect(pair.b.connect().isValid(token))
    }

    @Test("more requests than may wait are told to come again")
    func full() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        let other = pair.b.connect()
        let ids = (0..<33).map { _ in other.send("session.validate", Self.token(token)) }
        #expect(other.answer(to: ids[32])?.reason == "busy")
        pair.pump()
        for id in ids.dropLast() { #expect(other.answer(to: id)?.result?["valid"] == true) }
    }

    @Test("a store that does not answer in time makes a request come again, and a late answer is kept")
    func slowStore() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        let other = pair.b.connect()
        let id = other.send("session.validate", Self.token(token))
        pair.b.advance(.milliseconds(300))
        pair.b.engine.tick()
        let answer = try #require(other.answer(to: id))
        #expect(answer.reason == "unavailable")
        #expect(answer["error"]?["data"]?["retry_after_ms"] == 1000)
        pair.pump()
        #expect(other.isValid(token))
    }

    // MARK: The lease

    @Test("without a lease shared sessions are neither valid nor not, and this host's own are")
    func leaseOver() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        let (own, _) = try pair.create(one, "ann", service: "vault")
        #expect(pair.a.board.lease > 0)
        pair.lines[0].isCut = true
        pair.a.advance(.seconds(11))
        for (method, more) in [
            ("session.validate", ""), ("session.rotate", ""), ("session.update", #","data":{}"#), ("session.list", ""),
            ("session.revoke_all", ""),
        ] {
            let answer = one.ask(method, Self.token(token, more))
            #expect(answer.reason == "unavailable", "\(method): \(answer)")
            #expect(answer["error"]?["data"]?["retry_after_ms"] == 1000)
        }
        #expect(one.ask("auth.start", Self.token(token, #","password":"x""#)).reason == "unavailable")
        #expect(one.ask("session.create", #"{"user":"bob","methods":["pwd"]}"#).reason == "unavailable")
        #expect(one.ask("auth.start", #"{"user":"bob","password":"x","service":"web"}"#).reason == "unavailable")
        #expect(pair.a.host.messages.isEmpty)
        #expect(one.isValid(own))
        #expect(try one.create("bob", service: "vault").token.isEmpty == false)
        pair.a.engine.tick()
        #expect(pair.a.host.entries.contains(.cluster(.leaseLost)))
        #expect(pair.a.board.lease == 0)
    }

    @Test("before the first lease nothing of the cluster is accepted")
    func noLease() throws {
        let pair = try ClusterBench(joins: false)
        #expect(pair.a.board.lease == 0)
        let client = pair.a.connect()
        #expect(client.ask("session.create", #"{"user":"bob","methods":["pwd"]}"#).reason == "unavailable")
        #expect(try client.create("bob", service: "vault").token.isEmpty == false)
    }

    // MARK: What a record must be

    @Test("a session of root is not taken in, nor one that was sealed with another key")
    func unfit() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "carol")
        _ = try pair.b.reload(.bench(), rootNames: ["root", "carol"])
        let other = pair.b.connect()
        #expect(pair.isValid(other, token) == false)
        _ = try pair.b.reload(.bench(), rootNames: ["root"])
        #expect(pair.isValid(other, token) == true)
        let second = try pair.create(pair.a.connect(), "dave")
        for (digest, var record) in pair.store.records where record.version == 1 {
            record.sealed[record.sealed.count - 1] ^= 1
            pair.store.records[digest] = record
        }
        #expect(pair.isValid(other, second.token) == false)
        #expect(pair.b.host.entries.contains(.clusterRecordUnread(.damaged)))
    }

    @Test("a copy that idles here is fetched again, and no event says that the session expired")
    func idle() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (token, _) = try pair.create(one, "ann", service: "mail")
        #expect(pair.isValid(other, token) == true)
        let watch = pair.b.connect(Uid.watch)
        _ = watch.ask("events.subscribe")
        for _ in 0..<12 {
            pair.pass(.seconds(5))
            #expect(one.isValid(token))
            for (digest, var record) in pair.store.records {
                record.seen = UInt32(pair.a.unixNow)
                pair.store.records[digest] = record
            }
        }
        pair.pass(.seconds(5))
        #expect(watch.takeInbox().isEmpty)
        #expect(pair.isValid(other, token) == true)
        #expect(pair.fetches == 2)
    }

    @Test("server.hello and server.stats tell of the cluster, and of none without it")
    func told() throws {
        let pair = try ClusterBench()
        let client = pair.a.connect()
        #expect(client.ask("server.hello").result?["cluster"] == ["name": "test", "host": "a", "lease_ms": 10_000])
        let stats = try #require(client.ask("server.stats").result)
        #expect(stats["cluster_members"] == 2 && stats["cluster_waiting"] == 0)
        #expect((stats["cluster_lease_ms"]?.integer ?? 0) > 5_000)
        let alone = try EngineBench().connect()
        #expect(alone.ask("server.hello").result?["cluster"] == nil)
        #expect(alone.ask("server.stats").result?["cluster_members"] == nil)
    }

    @Test("a change of [cluster] takes a restart, and the rest of the configuration takes effect")
    func reload() throws {
        let pair = try ClusterBench()
        var fresh = Configuration.bench { $0.sessionsPerUser = 7 }
        fresh.cluster = ClusterSettings(name: "other", host: "a")
        #expect(try pair.a.reload(fresh).unchanged == ["cluster"])
        #expect(pair.a.connect().ask("server.hello").result?["limits"]?["sessions_per_user"] == 7)
        #expect(pair.a.connect().ask("server.hello").result?["cluster"]?["name"] == "test")
    }
}
