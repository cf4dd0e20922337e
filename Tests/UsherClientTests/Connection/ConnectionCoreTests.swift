import Testing
import UsherTestKit

@testable import UsherClient

@Suite("Connection core")
struct ConnectionCoreTests {
    typealias Core = ConnectionCore<Int64>

    /// A core with the actions that it has asked for, in words.
    struct Rig {
        typealias Core = ConnectionCore<Int64>

        var core: Core
        var clock = MonotonicInstant(nanoseconds: 0)
        var log: [String] = []

        init(inFlight: Int = 2, queued: Int = 4, patience: Duration = .seconds(1), connected: Bool = true) {
            var limits = Core.Limits()
            limits.inFlight = inFlight
            limits.queued = queued
            limits.patience = patience
            limits.breaker.patience = min(patience, .seconds(1))
            core = Core(limits: limits)
            guard connected else { return }
            submit(0)
            core.connected(at: clock)
            answer(0)
            log = []
        }

        mutating func submit(
            _ id: Int64, after deadline: Duration = .seconds(5), repeatable: Bool = true, isPatient: Bool = false,
            on connection: UInt64? = nil
        ) {
            let terms = Core.Terms(
                deadline: clock + deadline, repeatable: repeatable, isPatient: isPatient, connection: connection,
                size: 100)
            core.submit(id, id, terms, at: clock)
            drain()
        }

        mutating func answer(_ id: Int64) {
            _ = core.answered(id, at: clock)
            drain()
        }

        mutating func pass(_ time: Duration) {
            clock = clock + time
            core.timePassed(at: clock)
            drain()
        }

        mutating func lose(flushed: UInt64 = .max) {
            core.connectionLost(flushed: flushed, at: clock)
            drain()
        }

        @discardableResult
        mutating func turnAway() -> Bool {
            defer { drain() }
            return core.turnedAway(UsherError(.busy))
        }

        mutating func connect() {
            core.connected(at: clock)
            drain()
        }

        mutating func failToConnect(transient: Bool = true) {
            core.connectFailed(UsherError(.unreachable, detail: "errno 2"), transient: transient, at: clock)
            drain()
        }

        /// Lets time pass while every try to connect fails.
        mutating func endure(_ time: Duration) {
            let end = clock + time
            while clock < end {
                if core.link == .connecting { failToConnect() }
                pass(
                    min(
                        .milliseconds(Int64(clock.milliseconds(until: core.nextInstant))),
                        .milliseconds(Int64(clock.milliseconds(until: end)))))
            }
            if core.link == .connecting { failToConnect() }
        }

        mutating func drain() {
            for action in core.takeActions() {
                switch action {
                case .connect: log.append("connect")
                case .disconnect: log.append("disconnect")
                case .send(let id): log.append("send \(id)")
                case .fail(let id, let error): log.append("fail \(id) \(error.code.name)")
                }
            }
        }

        /// The actions since the last time.
        mutating func news() -> [String] {
            defer { log = [] }
            return log
        }
    }

    @Test("connects for the first call, not before, and sends once it is connected")
    func firstCall() {
        var rig = Rig(connected: false)
        rig.pass(.seconds(1))
        #expect(rig.news() == [])
        rig.submit(1)
        rig.submit(2)
        #expect(rig.news() == ["connect"])
        rig.connect()
        #expect(rig.news() == ["send 1", "send 2"])
    }

    @Test("keeps calls beyond the limit until an answer makes room, in order")
    func pipelining() {
        var rig = Rig()
        for id in 1...4 { rig.submit(Int64(id)) }
        #expect(rig.news() == ["send 1", "send 2"])
        rig.answer(2)
        #expect(rig.news() == ["send 3"])
        rig.answer(3)
        rig.answer(1)
        #expect(rig.news() == ["send 4"])
        #expect(rig.core.inFlight == 1)
    }

    @Test("refuses what the queue has no room for")
    func fullQueue() {
        var rig = Rig(inFlight: 1, queued: 2)
        for id in 1...4 { rig.submit(Int64(id)) }
        #expect(rig.news() == ["send 1", "fail 4 busy"])
    }

    @Test("says which time was up: sent, waiting for its turn, or without a connection")
    func deadlines() {
        var rig = Rig(inFlight: 1)
        rig.submit(1)
        rig.submit(2)
        rig.pass(.seconds(5))
        #expect(rig.news() == ["send 1", "fail 1 answer_timed_out", "fail 2 queue_timed_out", "disconnect"])
        var away = Rig(connected: false)
        away.submit(1, after: .milliseconds(500))
        away.failToConnect()
        away.pass(.milliseconds(500))
        #expect(away.news().contains("fail 1 unreachable"))
    }

    @Test(
        "fails each call at its own deadline and tells the next one", arguments: [[1, 2, 3], [3, 1, 2], [2, 3, 1]])
    func order(of seconds: [Int]) {
        var rig = Rig(inFlight: 4)
        for second in seconds { rig.submit(Int64(second), after: .seconds(second)) }
        _ = rig.news()
        for second in 1...3 {
            #expect(rig.core.nextInstant <= rig.clock + .seconds(1))
            rig.pass(.seconds(1))
            #expect(rig.news() == ["fail \(second) answer_timed_out"])
        }
        #expect(rig.core.nextInstant == .never)
    }

    @Test("keeps the place of a call that nobody waits for until its answer comes")
    func lateAnswer() {
        var rig = Rig(inFlight: 2)
        rig.submit(1, after: .seconds(1))
        rig.submit(2)
        rig.submit(3)
        rig.pass(.seconds(1))
        #expect(rig.news() == ["send 1", "send 2", "fail 1 answer_timed_out"])
        guard case .late(1) = rig.core.answered(1, at: rig.clock) else {
            Issue.record("not late")
            return
        }
        rig.drain()
        #expect(rig.news() == ["send 3"])
    }

    @Test("gives a connection up whose places are all taken by calls that nobody waits for")
    func stuck() {
        var rig = Rig(inFlight: 2)
        rig.submit(1, after: .seconds(1))
        rig.submit(2, after: .seconds(1))
        rig.submit(3)
        rig.pass(.seconds(1))
        #expect(rig.news().suffix(2) == ["disconnect", "connect"])
        rig.connect()
        #expect(rig.news() == ["send 3"])
    }

    @Test("repeats once what may be repeated when the connection is lost, and nothing else")
    func lostConnection() {
        var rig = Rig(inFlight: 3)
        rig.submit(1)
        rig.submit(2, repeatable: false)
        rig.submit(3)
        _ = rig.news()
        rig.lose()
        #expect(rig.news() == ["disconnect", "fail 2 connection_lost", "connect"])
        rig.connect()
        #expect(rig.news() == ["send 1", "send 3"])
        rig.lose()
        #expect(rig.news() == ["disconnect", "fail 1 connection_lost", "fail 3 connection_lost"])
    }

    @Test("sends anew what never left whole, whatever it is")
    func unsent() {
        var rig = Rig(inFlight: 3)
        rig.submit(1, repeatable: false)
        rig.submit(2, repeatable: false)
        _ = rig.news()
        rig.lose(flushed: 299)  // the rig's first call and call 1 are 200 bytes
        #expect(rig.news() == ["disconnect", "fail 1 connection_lost", "connect"])
        rig.connect()
        #expect(rig.news() == ["send 2"])
    }

    @Test("puts repeated calls before those that still wait")
    func orderAfterLoss() {
        var rig = Rig(inFlight: 1)
        for id in 1...3 { rig.submit(Int64(id)) }
        rig.lose()
        rig.connect()
        for id in 1...3 { rig.answer(Int64(id)) }
        #expect(rig.news() == ["send 1", "disconnect", "connect", "send 1", "send 2", "send 3"])
    }

    @Test("never moves a call to another connection than the one it belongs to")
    func boundCall() {
        var rig = Rig(inFlight: 1)
        rig.submit(1, repeatable: false, on: 1)
        rig.submit(2, repeatable: false, on: 1)
        rig.submit(3, repeatable: false, on: 7)
        #expect(rig.news() == ["send 1", "fail 3 connection_lost"])
        rig.lose(flushed: 0)
        #expect(rig.news() == ["disconnect", "fail 1 connection_lost", "fail 2 connection_lost"])
        rig.submit(4, on: 1)
        #expect(rig.news() == ["fail 4 connection_lost"])
    }

    @Test("sends what it is given for a new connection before all that waits")
    func firstCallOfConnection() {
        var rig = Rig(inFlight: 2, connected: false)
        for id in 1...3 { rig.submit(Int64(id)) }
        let terms = Core.Terms(deadline: rig.clock + .seconds(1), repeatable: false, connection: 1, size: 10)
        rig.core.connected(first: (9, 9, terms), at: rig.clock)
        rig.drain()
        #expect(rig.news() == ["connect", "send 9", "send 1"])
        rig.lose()
        #expect(rig.news() == ["disconnect", "fail 9 connection_lost", "connect"])
    }

    @Test("fails at once when the peer is not to be trusted, and tries again for the next call")
    func hopeless() {
        var rig = Rig(connected: false)
        rig.submit(1)
        rig.core.connectFailed(UsherError(.untrustedServer), transient: false, at: rig.clock)
        rig.drain()
        #expect(rig.news() == ["connect", "fail 1 untrusted_server"])
        rig.submit(2)
        #expect(rig.news() == ["connect"])
    }

    @Test("forgets a cancelled call that was not sent, and does not fail it")
    func cancelQueued() {
        var rig = Rig(inFlight: 1)
        rig.submit(1)
        rig.submit(2)
        let wasSent = rig.core.cancel(2, at: rig.clock)
        #expect(!wasSent)
        rig.answer(1)
        #expect(rig.news() == ["send 1"])
    }

    @Test("knows an id that it never gave, and one that it has not sent")
    func unknownID() {
        var rig = Rig(inFlight: 1)
        rig.submit(1)
        rig.submit(2)
        for id: Int64 in [2, 99, -1, .min] {
            guard case .unknown = rig.core.answered(id, at: rig.clock) else {
                Issue.record("\(id) was taken")
                continue
            }
        }
    }

    @Test("fails everything once it is closed")
    func closing() {
        var rig = Rig(inFlight: 1)
        rig.submit(1)
        rig.submit(2)
        rig.core.close()
        rig.drain()
        rig.submit(3)
        #expect(rig.news() == ["send 1", "fail 1 closed", "fail 2 closed", "disconnect", "fail 3 closed"])
        #expect(rig.core.nextInstant == .never)
    }

    @Test("fails all that wait when the daemon has no place for the connection; the next call tries again")
    func turnedAway() {
        var rig = Rig(connected: false)
        for id in 1...3 { rig.submit(Int64(id)) }
        rig.connect()
        #expect(rig.news() == ["connect", "send 1", "send 2"])
        rig.turnAway()
        #expect(rig.news() == ["fail 1 busy", "fail 2 busy", "fail 3 busy", "disconnect"])
        #expect(rig.core.inFlight == 0 && rig.core.nextInstant == .never)
        rig.submit(4)
        #expect(rig.news() == ["connect"])
    }

    @Test("is not turned away once it was answered: what was sent may have taken effect")
    func turnedAwayLate() {
        var rig = Rig()
        rig.submit(1, repeatable: false)
        let isTurnedAway = rig.turnAway()
        #expect(!isTurnedAway)
        #expect(rig.news() == ["send 1"])
        rig.lose()
        #expect(rig.news() == ["disconnect", "fail 1 connection_lost"])
        rig.submit(2)
        rig.connect()
        let isTurnedAwayThen = rig.turnAway()
        #expect(isTurnedAwayThen)
    }

    @Test("gives every call exactly one end, whatever happens", arguments: 0..<20)
    func walk(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var rig = Rig(inFlight: 4, queued: 8, connected: false)
        var ends: [Int64: Int] = [:]
        var next: Int64 = 1
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                rig.submit(
                    next, after: .milliseconds(Int.random(in: 1...300, using: &random)),
                    repeatable: .random(using: &random), isPatient: .random(using: &random),
                    on: Bool.random(using: &random) ? nil : rig.core.connection)
                next += 1
            case 4...5:
                let id = Int64.random(in: max(1, next - 12)...next, using: &random)
                if case .awaited = rig.core.answered(id, at: rig.clock) { ends[id, default: 0] += 1 }
                rig.drain()
            case 6: rig.pass(.milliseconds(Int.random(in: 0...100, using: &random)))
            case 7: rig.lose(flushed: UInt64.random(in: 0...1000, using: &random))
            default:
                guard rig.core.link == .connecting else { continue }
                if .random(using: &random) { rig.connect() } else { rig.failToConnect() }
            }
            #expect(rig.core.inFlight <= 4 && rig.core.inFlight >= 0)
            if rig.core.breaker.isOpen, rig.core.link != .connecting {
                let isWaiting = rig.core.queue[rig.core.head...].contains {
                    rig.core.calls[$0]?.terms.isPatient == false
                }
                #expect(!isWaiting, "a call waits although the breaker is open")
            }
        }
        rig.core.close()
        rig.drain()
        for line in rig.news() where line.hasPrefix("fail") {
            ends[Int64(line.split(separator: " ")[1]) ?? 0, default: 0] += 1
        }
        #expect(ends.count == Int(next) - 1)
        #expect(ends.values.allSatisfy { $0 == 1 })
    }
}
