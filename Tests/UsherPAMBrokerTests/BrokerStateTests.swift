import Testing
import UsherNames
import UsherPAMProcesses
import UsherPAMWire

@testable import UsherPAMBroker

private func worker(_ number: UInt64) -> WorkerID { WorkerID(number: number) }

@Suite("Broker state")
struct BrokerStateTests {
    @Test("gives the spare to a login at once, and starts the next spare after that")
    func spare() {
        var script = BrokerScript()
        #expect(script.start(1) == [.pass(worker(1)), .spawn(worker(2))])
    }

    @Test("starts a worker for a login where there is no spare")
    func noSpare() {
        var script = BrokerScript(spare: false)
        #expect(script.start(1) == [.spawn(worker(1)), .pass(worker(1))])
    }

    @Test("relays the verdict, frees the slot for who waits, and lets the worker end by itself")
    func verdict() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(script.start(2) == [.hold(script.key(2))])
        #expect(script.decide(1, 1) == [.relay(script.client), .deliver(script.key(2), worker(2)), .spawn(worker(3))])
        #expect(script.ended(1) == [])
    }

    @Test("does not count a worker that waits for a person")
    func conversing() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.start(2)
        #expect(script.ask(1, 1) == [.relay(script.client), .deliver(script.key(2), worker(2)), .spawn(worker(3))])
        #expect(script.state.computing == 1)
    }

    @Test("holds answers until a slot is free, before those who have not begun")
    func answersWait() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.ask(1, 1)
        #expect(script.start(2) == [.pass(worker(2)), .spawn(worker(3))])
        #expect(script.start(3) == [.hold(script.key(3))])
        #expect(script.answer(1) == [.hold(script.key(1))])
        #expect(script.decide(2, 2) == [.relay(script.client), .deliver(script.key(1), worker(1))])
        #expect(script.decide(1, 1) == [.relay(script.client), .deliver(script.key(3), worker(3)), .spawn(worker(4))])
    }

    @Test("passes answers on at once where a slot is free")
    func answersPass() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.ask(1, 1)
        #expect(script.answer(1) == [.pass(worker(1))])
    }

    @Test("bounds those who converse, and the queue")
    func bounds() {
        var script = BrokerScript(computing: 1, conversing: 1, waiting: 1)
        _ = script.start(1)
        _ = script.ask(1, 1)
        _ = script.start(2)
        #expect(script.ask(2, 2) == [.relay(script.client)])
        #expect(script.start(3) == [.hold(script.key(3))])
        #expect(script.start(4) == [.fail(script.key(4), .queueFull)])
    }

    @Test("tells who has waited too long for a worker to try again")
    func queueDeadline() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.start(2, timeout: .milliseconds(500))
        #expect(script.state.nextDeadline == script.now + .milliseconds(500))
        #expect(
            script.wait(.milliseconds(500)) == [
                .discard(script.key(2)), .fail(script.key(2), .busy(retryAfter: .seconds(1))),
            ])
    }

    @Test("ends a worker at its deadline: SIGTERM, a second later SIGKILL")
    func deadline() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(script.state.nextDeadline == script.now + script.state.limits.patience)
        #expect(script.wait(.milliseconds(9_999)) == [])
        #expect(script.wait(.milliseconds(1)) == [.fail(script.key(1), .timeout), .terminate(worker(1))])
        #expect(script.wait(.milliseconds(999)) == [])
        #expect(script.wait(.milliseconds(1)) == [.kill(worker(1))])
        #expect(
            script.ended(1, .killed(signal: 9)) == [
                .renew, .cancel(worker(2), transaction: 0), .spawn(worker(3)),
            ])
    }

    @Test("never gives a transaction more than the longest time")
    func longest() {
        var script = BrokerScript(spare: false)
        _ = script.start(1, timeout: .seconds(Int64(UInt32.max)))
        #expect(script.wait(script.state.limits.patience) == [])
        #expect(script.state.nextDeadline == script.now + script.state.limits.longest - script.state.limits.patience)
    }

    @Test("ends a worker that stays after its verdict")
    func lingering() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.decide(1, 1)
        #expect(script.wait(.seconds(1)) == [.terminate(worker(1))])
    }

    @Test(
        "says how a worker without a verdict ended",
        arguments: [
            (WorkerEnd.exited(status: 0), PAMFailure.exited(status: 0)), (.killed(signal: 11), .crashed(signal: 11)),
        ])
    func lost(_ end: WorkerEnd, _ failure: PAMFailure) {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(script.ended(1, end).contains(.fail(script.key(1), failure)))
    }

    @Test("lays the spare and what comes after it out anew when a worker died, not when it ended after its verdict")
    func distrust() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(
            script.ended(1, .killed(signal: 11)) == [
                .renew, .cancel(worker(2), transaction: 0), .fail(script.key(1), .crashed(signal: 11)),
                .spawn(worker(3)),
            ])
        #expect(script.ended(2) == [])
        #expect(script.start(2) == [.pass(worker(3)), .spawn(worker(4))])
        #expect(
            script.ended(3, .exited(status: 0)) == [
                .renew, .cancel(worker(4), transaction: 0), .fail(script.key(2), .exited(status: 0)),
                .spawn(worker(5)),
            ])
        _ = script.start(3)
        _ = script.decide(5, 3)
        #expect(script.ended(5) == [])
    }

    @Test("lays nothing out anew when a worker of an earlier zygote died")
    func trust() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(
            script.ended(1, .killed(signal: 11), isOfLatest: false) == [.fail(script.key(1), .crashed(signal: 11))])
    }

    @Test("tries no zygote for a while after two in a row were lost, and says so once; one that answers ends that")
    func zygotesLost() {
        var script = BrokerScript(spare: false)
        func loses(after time: Duration = .zero) -> (said: Bool, mayFork: Bool) {
            script.now += time
            return (script.state.zygoteLost(at: script.now), script.state.mayFork(at: script.now))
        }
        let pause = script.state.limits.pause
        #expect(loses() == (said: false, mayFork: true))
        #expect(loses() == (said: true, mayFork: false))
        #expect(!script.state.mayFork(at: script.now + pause - .milliseconds(1)))
        #expect(script.state.mayFork(at: script.now + pause))
        #expect(loses(after: pause) == (said: false, mayFork: false))
        script.state.zygoteAnswered()
        #expect(loses(after: pause) == (said: false, mayFork: true))
        #expect(loses() == (said: true, mayFork: false))
    }

    @Test("waits before it replaces a spare that died by a signal")
    func spareCrashed() {
        var script = BrokerScript()
        #expect(script.ended(1, .killed(signal: 11)) == [.renew])
        #expect(script.wait(.seconds(1)) == [.spawn(worker(2))])
    }

    @Test("takes a new zygote after so many workers, and after so long; a crash counts from the beginning")
    func zygoteLife() {
        var script = BrokerScript(spare: false) { $0.forks = 2 }
        #expect(script.start(1) == [.spawn(worker(1)), .pass(worker(1))])
        _ = script.decide(1, 1)
        #expect(script.start(2) == [.spawn(worker(2)), .pass(worker(2))])
        _ = script.decide(2, 2)
        #expect(script.start(3) == [.renew, .spawn(worker(3)), .pass(worker(3))])
        #expect(script.ended(3, .killed(signal: 9)) == [.renew, .fail(script.key(3), .crashed(signal: 9))])
        #expect(script.start(4) == [.spawn(worker(4)), .pass(worker(4))])
        _ = script.decide(4, 4)
        _ = script.wait(script.state.limits.zygoteLife)
        #expect(script.start(5) == [.renew, .spawn(worker(5)), .pass(worker(5))])
        _ = script.decide(5, 5)
        #expect(script.start(6) == [.spawn(worker(6)), .pass(worker(6))])
    }

    @Test("says that no worker could be started, and does not try a spare again at once")
    func spawnFailed() {
        var script = BrokerScript(spare: false)
        _ = script.start(1)
        #expect(script.state.spawnFailed(worker(1), at: script.now) == [.fail(script.key(1), .spawnFailed)])
        var spared = BrokerScript()
        #expect(spared.ended(1) == [])
        #expect(spared.state.nextDeadline == spared.now + .seconds(1))
        #expect(spared.wait(.seconds(1)) == [.spawn(worker(2))])
        #expect(spared.state.nextDeadline == spared.now + .seconds(60))
    }

    @Test("replaces a spare that nobody needed for a minute, as its libraries may be old")
    func oldSpare() {
        var script = BrokerScript()
        #expect(script.wait(.seconds(59)) == [])
        #expect(script.wait(.seconds(1)) == [.cancel(worker(1), transaction: 0), .spawn(worker(2))])
        #expect(script.ended(1) == [])
        #expect(script.start(1) == [.pass(worker(2)), .spawn(worker(3))])
    }

    @Test("cancels in the queue, in a worker, and not what is over")
    func cancel() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.start(2)
        #expect(
            script.state.cancelled(script.key(2), at: script.now) == [
                .discard(script.key(2)), .fail(script.key(2), .cancelled),
            ])
        #expect(
            script.state.cancelled(script.key(1), at: script.now) == [
                .fail(script.key(1), .cancelled), .cancel(worker(1), transaction: 1),
            ])
        #expect(script.state.cancelled(script.key(1), at: script.now) == [])
        #expect(script.decide(1, 1) == [])
        #expect(script.wait(.seconds(1)) == [.terminate(worker(1))])
    }

    @Test("ends the workers of a client that has gone, without a word to it")
    func clientGone() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.start(2)
        let actions = script.state.clientGone(script.client, at: script.now)
        #expect(
            Set(actions.map(\.description))
                == Set([BrokerAction.cancel(worker(1), transaction: 1), .discard(script.key(2))].map(\.description)))
    }

    @Test("ends a worker that says what it may not, and tells the client")
    func misbehaving() {
        for misbehave in [
            { $0.decide(1, 2) }, { $0.ask(1, 2) },
            { $0.state.reported(worker(1), .failed(transaction: 1, .timeout), at: $0.now) },
            { $0.state.reported(worker(1), .hello(BrokerLimits(computing: 1).hello), at: $0.now) },
            { $0.state.misbehaved(worker(1), at: $0.now) },
        ] as [(inout BrokerScript) -> [BrokerAction]] {
            var script = BrokerScript()
            _ = script.start(1)
            #expect(
                misbehave(&script) == [.fail(script.key(1), .protocolViolated), .cancel(worker(1), transaction: 1)])
        }
    }

    @Test("closes a client that breaks the protocol")
    func badClient() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(script.start(1) == [.cancel(worker(1), transaction: 1), .close(script.client)])
        var twice = BrokerScript()
        #expect(twice.state.greeted(twice.client, version: PAMLimits.version, at: twice.now) == [.close(twice.client)])
        var silent = BrokerScript()
        let other = ClientID(number: 2)
        _ = silent.state.clientConnected(other)
        #expect(silent.state.greeted(other, version: 99, at: silent.now) == [.close(other)])
    }

    @Test("ends a transaction whose answers come when nobody asked, and ignores those that come too late")
    func unasked() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(script.answer(1) == [.fail(script.key(1), .protocolViolated), .cancel(worker(1), transaction: 1)])
        #expect(script.answer(1) == [])
    }

    @Test("sends everybody away on a stop, and finishes when the last worker has ended")
    func stop() {
        var script = BrokerScript()
        _ = script.start(1)
        #expect(
            script.state.stopRequested(at: script.now) == [
                .fail(script.key(1), .busy(retryAfter: .seconds(1))), .cancel(worker(1), transaction: 1),
                .cancel(worker(2), transaction: 0),
            ])
        #expect(script.start(2) == [.fail(script.key(2), .busy(retryAfter: .seconds(1)))])
        #expect(script.ended(1) == [])
        #expect(script.ended(2) == [.finish])
    }

    @Test("leaves five seconds after a stop, though a worker that got SIGKILL has not ended")
    func stopOfWhatDoesNotEnd() {
        var script = BrokerScript()
        _ = script.start(1)
        _ = script.state.stopRequested(at: script.now)
        _ = script.ended(2)
        let end = script.now + .seconds(5)
        var actions: [BrokerAction] = []
        while let next = script.state.nextDeadline, next < end { actions += script.state.timePassed(to: next) }
        #expect(actions == [.terminate(worker(1)), .kill(worker(1))])
        #expect(script.state.nextDeadline == end)
        #expect(script.state.timePassed(to: end) == [.abandon])
    }

    @Test("keeps its bounds and ends every transaction exactly once, whatever happens in whatever order")
    func anyOrder() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var script = BrokerScript(computing: 2, conversing: 3, waiting: 4)
            var open: Set<UInt64> = []
            for step in 1...200 as ClosedRange<UInt64> {
                let worker = WorkerID(number: UInt64.random(in: 1...(step + 1), using: &random))
                let transaction =
                    script.state.workers[worker]?.occupation.key?.transaction
                    ?? UInt64.random(in: 1...step, using: &random)
                var actions: [BrokerAction]
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1:
                    open.insert(step)
                    actions = script.start(step, peer: UInt32(step % 3))
                case 2: actions = script.ask(worker.number, transaction)
                case 3:
                    let occupation = script.state.workers[worker]?.occupation
                    let decided = [.computing(script.key(transaction)), .stalled(script.key(transaction))]
                        .contains(occupation)
                    actions = script.decide(worker.number, transaction)
                    if decided { #expect(open.remove(transaction) != nil) }
                case 4: actions = script.answer(transaction)
                case 5: actions = script.state.cancelled(script.key(transaction), at: script.now)
                case 6: actions = script.ended(worker.number, .killed(signal: 9))
                default: actions = script.wait(.milliseconds(Int.random(in: 0..<2000, using: &random)))
                }
                for case .fail(let key, _) in actions { #expect(open.remove(key.transaction) != nil) }
                #expect(script.state.computing <= 2 && script.state.occupied <= 5 && script.state.waiting.count <= 4)
                #expect(Set(script.state.transactions.keys.map(\.transaction)) == open)
                #expect(Set(script.state.turns.keys) == Set(script.state.transactions.values.map(\.peer)))
            }
        }
    }
}

extension BrokerAction {
    fileprivate var description: String { "\(self)" }
}
