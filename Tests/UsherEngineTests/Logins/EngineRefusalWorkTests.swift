import Testing
import UsherPAMWire

@Suite("Engine: work of refusals")
struct EngineRefusalWorkTests {
    let bench: EngineBench
    let client: Client

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
    }

    @Test("a refusal is to take what logins of the same PAM service take, and no login of another moves that")
    func work() {
        _ = client.startLogin("ann")
        #expect(bench.host.lastWork == .none)
        bench.succeed(1, "ann", work: PAMWork(microseconds: 25_000))
        _ = client.startLogin("bob")
        #expect(bench.host.lastWork == PAMWork(microseconds: 25_000))
        bench.refuse(2)
        _ = client.startLogin("cay", #","service":"mail""#)
        #expect(bench.host.lastWork == .none)
        bench.succeed(3, "cay", work: PAMWork(microseconds: .max))
        _ = client.startLogin("dot", #","service":"mail""#)
        #expect(bench.host.lastWork == PAMLimits.work)
        _ = client.startLogin("eve")
        #expect(bench.host.lastWork == PAMWork(microseconds: 25_000))
    }
}
