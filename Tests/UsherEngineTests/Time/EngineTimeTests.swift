import Testing
import UsherEngine
import UsherTestKit

@Suite("Engine: time")
struct EngineTimeTests {
    @Test("an idle engine asks for no wake-up, and one with sessions for the first that ends")
    func deadlines() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        #expect(client.ask("server.ping").result != nil)
        #expect(bench.host.deadline == nil && bench.host.wakes == 0)
        _ = try client.create("ann")
        _ = try client.create("bob", service: "mail")
        let wakes = bench.host.wakes
        #expect(bench.tickAtDeadline() == .seconds(60))
        #expect(wakes == 2)
    }

    @Test("the sweep takes what expired, says how many, and asks for the next end")
    func sweep() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        for index in 0..<100 { _ = try client.create("user\(index)", service: "mail") }
        let kept = try client.create("ann")
        bench.runOut(.seconds(100_000))
        #expect(client.ask("server.stats").result?["sessions_expired"] == 101)
        #expect(!client.isValid(kept.token))
        #expect(
            bench.host.entries.filter { if case .expired = $0 { true } else { false } }
                == [.expired(count: 100), .expired(count: 1)])
        #expect(bench.tickAtDeadline() == nil)
    }

    @Test("sessions that all end in one second are ended in bounded ticks, with as much time between them")
    func manyEnds() throws {
        let bench = try EngineBench(.bench { ($0.capacity, $0.sessionsPerUser) = (8192, 8192) })
        let client = bench.connect()
        for _ in 0..<5000 { _ = try client.create("ann", service: "mail") }
        func left() -> Int64 { client.ask("server.stats").result?["sessions"]?.integer ?? -1 }
        #expect(bench.tickAtDeadline() == .seconds(60))
        var before: Int64 = 5000
        while left() > 0 {
            #expect(before - left() == 1024)
            before = left()
            #expect(bench.tickAtDeadline() == .milliseconds(1))
        }
        #expect(before == 5000 - 4 * 1024 && bench.host.deadline == nil)
    }

    @Test("once the last session was revoked no wake-up is left")
    func nothingLeft() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, _) = try client.create("ann")
        #expect(bench.host.deadline != nil)
        #expect(client.ask("session.revoke", #"{"token":"\#(token)"}"#).result?["revoked"] == 1)
        #expect(bench.host.deadline == nil)
    }

    @Test("a session that is used outlives the wake-up for its first end")
    func used() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, _) = try client.create("ann", service: "mail")
        bench.advance(.seconds(50))
        #expect(client.isValid(token))
        bench.tickAtDeadline()
        #expect(client.isValid(token, touch: false))
        #expect(try #require(bench.tickAtDeadline()) > .seconds(40))
    }

    @Test("the wake-up for a refusal is never before it is due")
    func refusals() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        for name in 0..<20 {
            let login = client.startLogin("user\(name)")
            bench.refuse(bench.lastTransaction)
            bench.tickAtDeadline()
            #expect(client.answer(to: login)?.reason == "denied" && bench.host.deadline == nil)
        }
    }

    @Test("a tick with nothing to do is harmless")
    func idleTick() throws {
        let bench = try EngineBench()
        bench.engine.tick()
        bench.advance(.seconds(-1))
        bench.engine.tick()
        #expect(bench.host.deadline == nil && bench.host.entries.isEmpty)
    }
}
