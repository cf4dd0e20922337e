import Testing
import UsherCluster
import UsherTestKit

@testable import UsherEngine

@Suite("Engine: events of sessions of several hosts")
struct EngineClusterEventTests {
    private static func token(_ text: String) -> String { #"{"token":"\#(text)"}"# }

    /// Two hosts that hold a session of the host `a`, and a subscriber on each.
    private func watched(service: String = "web") throws -> (pair: ClusterBench, token: String, watches: [Client]) {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann", service: service)
        #expect(pair.isValid(pair.b.connect(), token) == true)
        let watches = pair.benches.map { $0.connect(Uid.watch) }
        for watch in watches { _ = watch.ask("events.subscribe") }
        return (pair, token, watches)
    }

    private func events(_ watch: Client) -> [JSONValue] { watch.takeInbox().compactMap { $0["params"] } }

    // MARK: The host

    @Test(
        "an end carries the host that did it, where that is another one",
        arguments: [
            ("session.revoke", #"{"token":"T"}"#), ("session.revoke", #"{"handle":"H"}"#),
            ("session.revoke_all", #"{"user":"ann"}"#), ("session.revoke_all", #"{"all":true}"#),
        ])
    func host(_ method: String, _ params: String) throws {
        let (pair, token, watches) = try watched()
        let handle = try #require(
            pair.ask(pair.a.connect(), "session.validate", Self.token(token)).session?["handle"]?.text)
        let filled = params.replacing("T\"", with: token + "\"").replacing("H\"", with: handle + "\"")
        #expect(pair.ask(pair.a.connect(), method, filled).result != nil)
        let (own, other) = (events(watches[0]), events(watches[1]))
        #expect(own.map { $0["kind"] } == ["revoked"] && own.first?["host"] == nil, "\(own)")
        #expect(other.map { $0["kind"] } == ["revoked"] && other.first?["host"] == "a", "\(other)")
        #expect(other.first?["handle"]?.text == handle && other.first?["reason"] == "request")
    }

    @Test("a session that makes room for a newer one says so on every host, with the host of the login")
    func evicted() throws {
        let (pair, token, watches) = try watched()
        let digest = try #require(pair.store.records.first?.key)
        pair.store.script = { call in
            guard case .put(_, _, _, _, _, let note) = call else { return nil }
            return pair.store.evict(digest, note)
        }
        _ = pair.a.connect().send("session.create", #"{"user":"ann","methods":["pwd"],"service":"web"}"#)
        pair.pump()
        let (own, other) = (events(watches[0]), events(watches[1]))
        #expect(own.filter { $0["kind"] == "revoked" }.map { $0["reason"] } == ["quota"])
        #expect(own.first { $0["kind"] == "revoked" }?["host"] == nil)
        #expect(other.map { $0["reason"] } == ["quota"] && other.first?["host"] == "a")
        #expect(pair.isValid(pair.b.connect(), token) == false)
    }

    @Test("a note that cannot be read, or names nobody, gives no host", arguments: [0, 1, 2])
    func noHost(_ kind: Int) throws {
        let (pair, _, watches) = try watched()
        let (digest, record) = try #require(pair.store.records.first)
        let seal = pair.seal
        let note = [[1, 2, 3], seal.seal(note: []), seal.seal(note: [UInt8](repeating: 65, count: 65))][kind]
        pair.store.tell(
            .ended(
                EndNotice(
                    digest: digest, tag: record.tag, bucket: record.bucket, absolute: record.absolute, reason: 1,
                    note: note)))
        pair.pump()
        for watch in watches {
            let all = events(watch)
            #expect(all.map { $0["kind"] } == ["revoked"] && all.first?["host"] == nil)
        }
    }

    // MARK: Ends by time

    @Test("the absolute end is told once, by the host of the login")
    func absolute() throws {
        let (pair, token, watches) = try watched(service: "mail")
        for _ in 0..<122 {
            for bench in pair.benches { _ = pair.ask(bench.connect(), "session.validate", Self.token(token)) }
            pair.pass(.seconds(5))
        }
        #expect(events(watches[1]).isEmpty)
        let own = events(watches[0])
        #expect(own.map { $0["kind"] } == ["expired"] && own.first?["reason"] == "absolute", "\(own)")
    }

    @Test("the end for want of use is told once, by the host of the login, when the store knows no later use")
    func idle() throws {
        let (pair, token, watches) = try watched(service: "mail")
        for _ in 0..<20 {
            pair.pass(.seconds(5))
            for (digest, var record) in pair.store.records {
                record.seen = UInt32(pair.a.unixNow)
                pair.store.records[digest] = record
            }
        }
        #expect(watches.allSatisfy { events($0).isEmpty })
        for _ in 0..<40 { pair.pass(.seconds(5)) }
        #expect(events(watches[1]).isEmpty)
        let own = events(watches[0])
        #expect(own.map { $0["kind"] } == ["expired"] && own.first?["reason"] == "idle", "\(own)")
        #expect(own.first?["user"] == "ann" && own.first?["service"] == "mail" && own.first?["realm"] == "default")
        #expect(pair.isValid(pair.a.connect(), token) == false)
    }

    @Test("an end for want of use that the store cannot confirm is not told, and costs nothing if nobody listens")
    func unknown() throws {
        let (pair, _, watches) = try watched(service: "mail")
        pair.store.script = { if case .get = $0 { .refused(.other) } else { nil } }
        let before = pair.fetches
        for _ in 0..<40 { pair.pass(.seconds(5)) }
        #expect(pair.fetches == before + 1 && watches.allSatisfy { events($0).isEmpty })
        let alone = try ClusterBench()
        _ = try alone.create(alone.a.connect(), "ann", service: "mail")
        for _ in 0..<40 { alone.pass(.seconds(5)) }
        #expect(alone.fetches == 0)
    }

    @Test("without a lease no end by time is told: the session may have been renewed")
    func noLease() throws {
        let (pair, _, watches) = try watched(service: "mail")
        pair.lines[0].isCut = true
        for _ in 0..<31 {
            pair.a.advance(.seconds(20))
            pair.a.engine.tick()
        }
        #expect(events(watches[0]).isEmpty)
    }
}
