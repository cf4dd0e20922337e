import Testing
import UsherCluster
import UsherEngine
import UsherTestKit

@Suite("Engine: codes that are good once")
struct EngineCodeTests {
    private static let code = String(repeating: "C", count: 42) + "A"
    private static let other = String(repeating: "D", count: 42) + "A"

    private static func era(_ client: Client) -> Int64 {
        if case .integer(let era)? = client.ask("server.hello", "{}").result?["era"] { era } else { -1 }
    }

    private static func params(_ code: String = code, era: Int64, until: Int64) -> String {
        #"{"code":"\#(code)","era":\#(era),"until":\#(until)}"#
    }

    @Test("without other hosts a code is claimed once, whoever asks, and a further one by itself")
    func once() throws {
        let bench = try EngineBench()
        let (one, two) = (bench.connect(Uid.all), bench.connect(Uid.login))
        let (era, until) = (Self.era(one), bench.unixNow + 120)
        #expect(era > 0)
        #expect(one.ask("code.claim", Self.params(era: era, until: until)).result == .object(["claimed": true]))
        for client in [one, two] {
            #expect(client.ask("code.claim", Self.params(era: era, until: until)).result == .object(["claimed": false]))
        }
        #expect(two.ask("code.claim", Self.params(Self.other, era: era, until: until)).result?["claimed"] == true)
    }

    @Test("a code whose time is over is gone, one that lives for longer than five minutes is no code")
    func times() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let era = Self.era(client)
        for until in [bench.unixNow, bench.unixNow - 1, 0] {
            #expect(client.ask("code.claim", Self.params(era: era, until: until)).result?["claimed"] == false)
        }
        let far = client.ask("code.claim", Self.params(era: era, until: bench.unixNow + 301))
        #expect(far.reason == "invalid_params")
        #expect(client.ask("code.claim", Self.params(era: era, until: bench.unixNow + 300)).result?["claimed"] == true)
    }

    @Test("a code of another era is cancelled: a daemon that was started anew does not know what was claimed")
    func eras() throws {
        let (before, after) = (try EngineBench(), try EngineBench())
        let era = Self.era(before.connect())
        #expect(era != Self.era(after.connect()))
        let answer = after.connect().ask("code.claim", Self.params(era: era, until: after.unixNow + 60))
        #expect(answer.reason == "cancelled")
    }

    // MARK: Several hosts

    @Test("a code that was claimed on one host is gone on the other, in the era that both tell")
    func shared() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let era = Self.era(one)
        #expect(Self.era(other) == era)
        let params = Self.params(era: era, until: pair.a.unixNow + 60)
        #expect(pair.ask(one, "code.claim", params).result?["claimed"] == true)
        #expect(pair.ask(other, "code.claim", params).result?["claimed"] == false)
        // The host that claimed it asks nobody for it again.
        let asked = pair.store.calls.count
        #expect(one.ask("code.claim", params).result?["claimed"] == false)
        #expect(pair.store.calls.count == asked)
        let foreign = one.ask("code.claim", Self.params(Self.other, era: era + 1, until: pair.a.unixNow + 60))
        #expect(foreign.reason == "cancelled")
    }

    @Test("a claim that the store does not answer in time is unavailable, and its code is used up")
    func away() throws {
        let pair = try ClusterBench()
        let client = pair.a.connect()
        let params = Self.params(era: Self.era(client), until: pair.a.unixNow + 60)
        pair.lines[0].isCut = true
        let id = client.send("code.claim", params)
        pair.pump()
        #expect(client.answer(to: id) == nil)
        pair.a.advance(.seconds(3))
        pair.a.engine.tick()
        #expect(client.answer(to: id)?.reason == "unavailable")
        pair.lines[0].isCut = false
        #expect(pair.ask(client, "code.claim", params).result?["claimed"] == false)
    }

    @Test("a peer whose sessions are not shared claims here, and needs no store")
    func local() throws {
        let pair = try ClusterBench(joins: false)
        let vault = pair.a.connect(Uid.vault)
        let (era, until) = (Self.era(vault), pair.a.unixNow + 60)
        #expect(era > 1)
        #expect(vault.ask("code.claim", Self.params(era: era, until: until)).result?["claimed"] == true)
        let own = pair.a.connect()
        #expect(Self.era(own) == 0)
        #expect(own.ask("code.claim", Self.params(Self.other, era: 0, until: until)).reason == "unavailable")
    }
}
