import Testing
import UsherPAMWire

@testable import UsherPAMBroker

/// Starts, asks and verdicts of several peers, without spare workers; one that computes at a time.
private struct Host {
    var state: BrokerState
    var now = Duration.seconds(100)
    let client = ClientID(number: 1)

    init(computing: Int = 1, conversing: Int = 64, waiting: Int = 64, guesses: Int = 100) {
        var limits = BrokerLimits(computing: computing, conversing: conversing, waiting: waiting)
        limits.keepsSpare = false
        limits.guesses = guesses
        state = BrokerState(limits: limits)
        _ = state.clientConnected(client)
        _ = state.greeted(client, version: PAMLimits.version, at: now)
    }

    @discardableResult
    mutating func start(_ number: UInt64, peer: UInt32, user: String? = nil) -> [BrokerAction] {
        state.startRequested(
            TransactionKey(client: client, transaction: number), user: user ?? "user\(number)", peer: peer,
            timeout: .seconds(60), at: now)
    }

    /// The verdict of the one that computes; whose worker was started then.
    mutating func decideNext(denied: Bool = false) -> [UInt64] {
        guard let (worker, number) = computing.first else { return [] }
        let verdict = PAMVerdict(
            transaction: number, phase: denied ? .authentication : .account, code: denied ? 7 : 0)
        let actions = state.reported(worker, .verdict(verdict), at: now)
        return started(actions + state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: now))
    }

    /// The one that computes asks; whose worker was started then.
    mutating func askNext() -> [UInt64] {
        guard let (worker, number) = computing.first else { return [] }
        let challenge = PAMChallenge(transaction: number, purpose: .login, prompts: [PAMPrompt(.secret, "")])
        return started(state.reported(worker, .challenge(challenge), at: now))
    }

    private var computing: [(WorkerID, UInt64)] {
        state.workers.compactMap { worker, value in
            if case .computing(let key) = value.occupation { (worker, key.transaction) } else { nil }
        }
    }

    private func started(_ actions: [BrokerAction]) -> [UInt64] {
        actions.compactMap { if case .deliver(let key, _) = $0 { key.transaction } else { nil } }
    }
}

@Suite("Broker: fairness and the ceiling of guesses")
struct FairnessTests {
    @Test("peers take turns, however many one has in the queue")
    func turns() {
        var host = Host()
        for number in 1...10 as ClosedRange<UInt64> { host.start(number, peer: 1) }
        host.start(20, peer: 2)
        host.start(21, peer: 2)
        host.start(30, peer: 3)
        var order: [UInt64] = []
        while case let next = host.decideNext(), !next.isEmpty { order += next }
        #expect(order == [2, 20, 30, 3, 21, 4, 5, 6, 7, 8, 9, 10])
    }

    @Test("one who comes again and again does not get ahead of who waits")
    func newcomers() {
        var host = Host()
        host.start(1, peer: 1)
        for number in 2...4 as ClosedRange<UInt64> { host.start(number, peer: 1) }
        var order: [UInt64] = []
        for number in 100..<110 as Range<UInt64> {
            host.start(number, peer: UInt32(number))
            order += host.decideNext()
        }
        let own = order.filter { $0 < 100 }
        #expect(own == [2, 3, 4], "\(order)")
    }

    @Test("no peer gets more than half of the workers, nor of the queue, and others do")
    func half() {
        var host = Host(computing: 1, conversing: 9, waiting: 4)
        for number in 1...5 as ClosedRange<UInt64> {
            host.start(number, peer: 1)
            _ = host.askNext()
        }
        #expect(host.state.occupied == 5)
        host.start(6, peer: 1)
        host.start(7, peer: 1)
        #expect(host.state.waiting.count == 2 && host.state.occupied == 5)
        let third = TransactionKey(client: host.client, transaction: 8)
        #expect(host.start(8, peer: 1) == [.fail(third, .queueFull)])
        host.start(9, peer: 2)
        #expect(host.state.occupied == 6, "there is room for another")
    }

    @Test("a login that gets no worker in ten seconds is told to come again, one that has begun goes on")
    func queueing() {
        var host = Host(computing: 1, conversing: 1)
        host.start(1, peer: 1)
        host.start(2, peer: 1)
        host.now += .seconds(9)
        #expect(host.state.timePassed(to: host.now) == [])
        #expect(host.state.nextDeadline == host.now + .seconds(1))
        host.now += .seconds(1)
        let key = TransactionKey(client: host.client, transaction: 2)
        #expect(host.state.timePassed(to: host.now) == [.discard(key), .fail(key, .busy(retryAfter: .seconds(1)))])
        #expect(host.state.occupied == 1)
    }

    @Test("a worker that runs for a second gives its slot up, and its verdict counts all the same")
    func stalled() {
        var host = Host()
        host.start(1, peer: 1)
        host.start(2, peer: 2)
        #expect(host.state.nextDeadline == host.now + .seconds(1))
        host.now += .seconds(1)
        let key = TransactionKey(client: host.client, transaction: 2)
        #expect(
            host.state.timePassed(to: host.now) == [.spawn(WorkerID(number: 2)), .deliver(key, WorkerID(number: 2))])
        #expect(host.state.computing == 1 && host.state.occupied == 2)
        let late = PAMVerdict(transaction: 1, phase: .account, code: 0)
        #expect(host.state.reported(WorkerID(number: 1), .verdict(late), at: host.now) == [.relay(host.client)])
    }

    // MARK: The ceiling

    /// Guesses at `user` that were let through, of `count`.
    private func guesses(_ host: inout Host, _ count: Int, user: String, from first: UInt64 = 1) -> Int {
        var passed = 0
        for number in first..<first + UInt64(count) {
            if case .fail? = host.start(number, peer: UInt32(number % 7), user: user).first { continue }
            passed += 1
            _ = host.decideNext(denied: true)
        }
        return passed
    }

    @Test("a name is guessed a hundred times, then once in five minutes, whoever asks")
    func ceiling() {
        var host = Host()
        #expect(guesses(&host, 500, user: "ann") == 100)
        #expect(guesses(&host, 50, user: "ANN", from: 1000) == 0, "in other letters it is the same name")
        guard case .fail(_, .busy(let wait))? = host.start(2000, peer: 1, user: "ann").first else {
            Issue.record("not busy")
            return
        }
        #expect(wait == .seconds(300))
        host.now += .seconds(299)
        #expect(guesses(&host, 5, user: "ann", from: 3000) == 0)
        host.now += .seconds(1)
        #expect(guesses(&host, 5, user: "ann", from: 4000) == 1)
        host.now += .seconds(86_400)
        #expect(guesses(&host, 500, user: "ann", from: 5000) == 100)
        #expect(guesses(&host, 5, user: "bob", from: 6000) == 5)
    }

    @Test("names made up as fast as usherd can refuse them close out nobody who is real")
    func madeUp() {
        var ceiling = GuessCeiling(room: 10, interval: .seconds(300))
        for second in 1...1200 {
            for number in 0..<256 { _ = ceiling.take(ceiling.place(of: "\(second)-\(number)"), at: .seconds(second)) }
        }
        let closed = (0..<1000).count { ceiling.take(ceiling.place(of: "real-\($0)"), at: .seconds(1200)) != nil }
        #expect(closed < 10)
    }

    @Test("who proves the secret takes no room, also where the account says no")
    func proven() {
        var host = Host()
        for number in 1...1000 as ClosedRange<UInt64> {
            #expect(host.start(number, peer: 1, user: "ann").count > 1)
            _ = host.decideNext()
        }
        let expired = PAMVerdict(transaction: 5000, phase: .account, code: 13)
        for _ in 0..<200 {
            host.start(5000, peer: 1, user: "ann")
            let worker = host.state.workers.first { $0.value.occupation.key != nil }?.key ?? WorkerID(number: 0)
            #expect(host.state.reported(worker, .verdict(expired), at: host.now).contains(.relay(host.client)))
            _ = host.state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: host.now)
        }
        #expect(guesses(&host, 500, user: "ann", from: 6000) == 100)
    }

    @Test("a guess that is cut off counts, one that never ran does not")
    func cutOff() {
        var host = Host(guesses: 3)
        host.start(1, peer: 1, user: "ann")
        for number in 2...3 as ClosedRange<UInt64> {
            host.start(number, peer: 1, user: "ann")
            _ = host.state.cancelled(TransactionKey(client: host.client, transaction: number), at: host.now)
        }
        _ = host.state.cancelled(TransactionKey(client: host.client, transaction: 1), at: host.now)
        #expect(guesses(&host, 10, user: "ann", from: 10) == 2)
    }
}
