import Testing
import UsherEngine
import UsherPAMWire
import UsherTestKit

@Suite("Engine: status and self-check")
struct EngineStatusTests {
    @Test("tells the host what there is when it has changed, and only then")
    func told() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        #expect(bench.host.status.connections == 1 && bench.host.changes == 1)
        let token = try client.create("ann").token
        #expect(bench.host.status.sessions == 1 && bench.host.changes == 2)
        for _ in 0..<5 { #expect(client.isValid(token)) }
        #expect(bench.host.changes == 2)
        _ = client.startLogin("bob")
        #expect(bench.host.status.logins == 1)
        bench.succeed(1, "bob")
        #expect(bench.host.status.sessions == 2 && bench.host.status.logins == 0)
        bench.runOut(.seconds(100_000))
        #expect(bench.host.status.sessions == 0)
        client.close()
        #expect(bench.host.status == EngineStatus())
    }

    @Test("a sound engine finds nothing wrong with itself, and nothing changes by looking")
    func sound() throws {
        let bench = try EngineBench()
        _ = try bench.connect().create("ann")
        let status = bench.engine.status
        #expect(bench.engine.selfCheck() == nil && bench.engine.status == status)
    }
}
