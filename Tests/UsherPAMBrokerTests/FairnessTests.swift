import Testing
import UsherPAMWire

@testable import UsherPAMBroker

@Suite("Broker: fairness")
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
}
