import Testing
import UsherTestKit

@testable import UsherEngine

@Suite("Work of requests")
struct MethodWorkTests {
    private let bench: EngineBench
    private let admin: Client

    init() throws {
        bench = try EngineBench()
        admin = bench.connect(Uid.all)
    }

    @Test(
        "requests that cost as much as many usual ones say so",
        arguments: [
            ("server.ping", "{}", 0), ("server.stats", "{}", 100_000), ("server.hello", "{}", 1000),
            ("limiter.list", "{}", EngineBench.limiterNames * MethodWork.limitedAccount),
            ("limiter.clear", "{}", EngineBench.limiterNames * MethodWork.clearedLimitedAccount),
            ("session.list", #"{"all":true}"#, MethodWork.everybody),
            ("session.revoke_all", #"{"all":true}"#, MethodWork.everybody),
        ])
    func dear(_ method: String, _ params: String, _ least: Int) {
        #expect(admin.ask(method, params)["error"] == nil)
        #expect(least == 0 ? bench.lastWork == 0 : bench.lastWork >= least)
        _ = admin.ask("server.ping")
        #expect(bench.lastWork == 0, "what a frame costs is charged to nobody else")
    }

    @Test("a refused request costs no more than a usual one")
    func refused() {
        let stranger = bench.connect(Uid.stranger)
        #expect(stranger.ask("server.stats")["error"] != nil)
        #expect(bench.lastWork == 0)
    }

    @Test("a change of data pays for all that the session has, however short the request")
    func data() throws {
        let token = try admin.create("ann").token
        let value = String(repeating: "x", count: 8000)
        _ = admin.ask("session.update", #"{"token":"\#(token)","data":{"a":"\#(value)"}}"#)
        _ = admin.ask("session.update", #"{"token":"\#(token)","data":{"b":null}}"#)
        #expect(bench.lastWork >= 2 * 8000 * MethodWork.dataByte)
    }

    @Test("whoever causes an event pays for each subscriber that it is offered to")
    func events() throws {
        let token = try admin.create("ann").token
        let update = #"{"token":"\#(token)","data":{"a":"b"}}"#
        for _ in 0..<2 { _ = admin.ask("session.update", update) }
        let alone = bench.lastWork
        let watchers = (0..<10).map { _ in bench.connect(Uid.watch) }
        for watcher in watchers { _ = watcher.ask("events.subscribe") }
        _ = admin.ask("session.update", update)
        #expect(bench.lastWork == alone + 10 * MethodWork.event)
    }
}
