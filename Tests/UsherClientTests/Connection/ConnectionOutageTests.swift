import Testing

@testable import UsherClient

@Suite("Connection core, while the daemon is away")
struct ConnectionOutageTests {
    typealias Rig = ConnectionCoreTests.Rig

    /// A rig whose breaker is open, at the instant at which it opened: call 1 has failed, and no try was made just now.
    private func opened() -> Rig {
        var rig = Rig(patience: .seconds(5), connected: false)
        rig.submit(1)
        rig.endure(.seconds(1))
        return rig
    }

    @Test("tries again and again, pausing longer each time, and gives up after a second")
    func backoff() {
        var rig = Rig(patience: .seconds(5), connected: false)
        rig.submit(1, after: .seconds(20))
        var pauses: [Int32] = []
        while rig.log.last != "fail 1 unreachable" {
            if rig.core.link == .connecting { rig.failToConnect() }
            let next = rig.clock.milliseconds(until: rig.core.nextInstant)
            pauses.append(next)
            rig.pass(.milliseconds(Int64(next)))
        }
        #expect(pauses == [10, 20, 40, 80, 160, 320, 370])
        #expect(rig.clock == MonotonicInstant(nanoseconds: 1_000_000_000))
    }

    @Test("fails the calls that come then at once, with a try where the last one is not just over")
    func failsFast() {
        var rig = opened()
        #expect(rig.news().last == "fail 1 unreachable")
        rig.submit(2)
        #expect(rig.news() == ["connect"])
        rig.failToConnect()
        #expect(rig.news() == ["fail 2 unreachable"])
        rig.submit(3)
        #expect(rig.news() == ["fail 3 unreachable"])
        rig.pass(.milliseconds(10))
        rig.submit(4)
        #expect(rig.news() == ["connect"])
        rig.connect()
        rig.submit(5)
        #expect(rig.news() == ["send 4", "send 5"])
    }

    @Test("fails what waits when the breaker opens, however late it came")
    func opensForAll() {
        var rig = Rig(patience: .seconds(5), connected: false)
        rig.submit(1)
        rig.endure(.milliseconds(990))
        rig.submit(2)
        rig.submit(3, isPatient: true)
        rig.endure(.milliseconds(10))
        #expect(rig.news().filter { $0 != "connect" } == ["fail 1 unreachable", "fail 2 unreachable"])
    }

    @Test("waits again after an outage that is over")
    func secondOutage() {
        var rig = opened()
        rig.pass(.seconds(1))
        rig.connect()
        rig.lose()
        _ = rig.news()
        rig.submit(2)
        rig.endure(.milliseconds(990))
        #expect(!rig.log.contains { $0.hasPrefix("fail") })
        rig.endure(.milliseconds(10))
        #expect(rig.news().last == "fail 2 unreachable")
    }

    @Test("keeps patience with each login, whatever the breaker says")
    func logins() {
        var rig = opened()
        for id in Int64(2)...4 {
            _ = rig.news()
            rig.submit(id, after: .seconds(120), isPatient: true)
            rig.endure(.milliseconds(4990))
            #expect(!rig.log.contains { $0.hasPrefix("fail") })
            rig.endure(.milliseconds(10))
            #expect(rig.news().contains("fail \(id) unreachable"))
            rig.endure(.seconds(3))
        }
    }

    @Test("gives each of two logins patience of its own, and a deadline that is sooner its due")
    func loginsTogether() {
        var rig = opened()
        rig.submit(2, after: .seconds(120), isPatient: true)
        rig.endure(.seconds(2))
        rig.submit(3, after: .seconds(120), isPatient: true)
        rig.submit(4, after: .seconds(1), isPatient: true)
        _ = rig.news()
        for (time, id) in [(1, 4), (2, 2), (2, 3)] {
            rig.endure(.seconds(time))
            #expect(rig.news().filter { $0 != "connect" } == ["fail \(id) unreachable"])
        }
    }

    @Test("sends a login that waits as soon as a try succeeds, and lets the calls after it through")
    func loginWaits() {
        var rig = opened()
        rig.submit(2, isPatient: true)
        rig.endure(.seconds(2))
        _ = rig.news()
        rig.pass(.milliseconds(500))
        rig.connect()
        rig.submit(3)
        #expect(rig.news() == ["connect", "send 2", "send 3"])
    }

    @Test("counts the patience of a login that waits for its turn from the loss of the connection")
    func loginBehindOthers() {
        var rig = Rig(inFlight: 1, patience: .seconds(5))
        rig.submit(1, after: .seconds(300))
        rig.submit(2, after: .seconds(300), isPatient: true)
        rig.pass(.seconds(60))
        rig.lose()
        rig.endure(.milliseconds(4990))
        #expect(!rig.log.contains("fail 2 unreachable"))
        rig.endure(.milliseconds(10))
        #expect(rig.news().last == "fail 2 unreachable")
    }

    @Test("goes on trying for a minute after the last call, then waits for the next one, which is waited with")
    func background() {
        var rig = opened()
        _ = rig.news()
        rig.endure(.seconds(58))
        #expect(rig.news().allSatisfy { $0 == "connect" } && rig.core.nextInstant <= rig.clock + .milliseconds(500))
        rig.endure(.seconds(2))
        _ = rig.news()
        rig.endure(.seconds(60))
        #expect(rig.news() == [] && rig.core.nextInstant == .never)
        rig.submit(2)
        #expect(rig.news() == ["connect"])
        rig.endure(.milliseconds(990))
        #expect(!rig.log.contains("fail 2 unreachable"))
    }

    @Test("connects in the background, so that the next call finds a connection")
    func foundAgain() {
        var rig = opened()
        _ = rig.news()
        rig.pass(.milliseconds(500))
        rig.connect()
        rig.submit(2)
        #expect(rig.news() == ["connect", "send 2"])
    }

    @Test("tries once for each call where it has no patience, for logins too")
    func impatient() {
        var rig = Rig(patience: .zero, connected: false)
        for id in Int64(1)...4 {
            rig.submit(id, isPatient: id % 2 == 0)
            rig.failToConnect()
            #expect(rig.news() == ["connect", "fail \(id) unreachable"])
            rig.clock = rig.clock + .milliseconds(10)
        }
    }

    @Test("does not count a refusal that waiting does not mend as an outage")
    func hopeless() {
        var rig = opened()
        _ = rig.news()
        for id in Int64(2)...3 {
            rig.submit(id)
            rig.core.connectFailed(UsherError(.untrustedServer), transient: false, at: rig.clock)
            rig.drain()
            #expect(rig.news() == ["connect", "fail \(id) untrusted_server"])
        }
    }

    @Test("says why it is away")
    func detail() {
        var rig = opened()
        let terms = Rig.Core.Terms(deadline: rig.clock + .seconds(1), repeatable: true)
        rig.core.submit(2, 2, terms, at: rig.clock)
        rig.core.connectFailed(UsherError(.unreachable, detail: "errno 111"), transient: true, at: rig.clock)
        rig.core.submit(3, 3, terms, at: rig.clock)
        let details = rig.core.takeActions().compactMap { action in
            if case .fail(_, let error) = action { error.detail } else { nil }
        }
        #expect(details == ["errno 111", "errno 111"])
    }
}
