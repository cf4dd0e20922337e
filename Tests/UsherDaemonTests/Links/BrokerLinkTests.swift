import CLinux
import Testing
import UsherEventLoop
import UsherPAMWire
import UsherPOSIX
import UsherTestKit

@testable import UsherDaemon

@Suite("Broker link")
struct BrokerLinkTests {
    private func bytes(_ report: PAMReport) throws -> [UInt8] {
        var datagram = Datagram(limit: PAMLimits.datagram)
        try report.encode(into: &datagram)
        return datagram.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// The kinds of the messages that wait, and the transactions of the starts.
    private func received(_ socket: TestSocket) throws -> [UInt64] {
        var transactions: [UInt64] = []
        while let bytes = socket.receive(1), !bytes.isEmpty { transactions.append(UInt64(bytes[0])) }
        return transactions
    }

    private func start(_ link: BrokerLink, _ transaction: UInt64) -> Bool {
        link.send(.start(PAMStart(transaction: transaction, service: "usher", user: "ann", timeout: .seconds(9))))
            == .sent
    }

    private func cancel(_ link: BrokerLink, _ transaction: UInt64) -> Bool {
        link.send(.cancel(transaction: transaction)) == .sent
    }

    @Test("connects for a start, greets first, and reports what comes until nonsense ends it")
    func conversation() throws {
        let broker = try ScriptedPeer()
        let loop = try EventLoop()
        let link = BrokerLink(path: broker.path, loop: loop)
        var (reports, losses): ([PAMReport], Int) = ([], 0)
        link.reported = { reports.append($0) }
        link.lost = {
            losses += 1
            #expect(!cancel(link, 2))
            #expect(start(link, 3))
            loop.exit(0)
        }
        #expect(!cancel(link, 1), "nothing was started")
        #expect(broker.accept() == nil)
        #expect(start(link, 1) && start(link, 2) && cancel(link, 1))
        let peer = try #require(broker.accept())
        #expect(try received(peer).count == 4)
        let failed = PAMReport.failed(transaction: 1, .cancelled)
        let hello = PAMReport.hello(PAMHello(computing: 2, conversing: 64, waiting: 8))
        peer.send(try bytes(hello))
        for _ in 0..<200 { peer.send(try bytes(failed)) }
        peer.send([0xFF, 1, 2, 3])
        _ = try loop.run()
        #expect(reports == [hello] + Array(repeating: failed, count: 200) && losses == 1)
        #expect(peer.isAtEnd)
        #expect(try received(try #require(broker.accept())).count == 2)
    }

    @Test("an end of the connection, and a datagram that is too large, are losses", arguments: [true, false])
    func loss(_ closes: Bool) throws {
        let broker = try ScriptedPeer()
        let loop = try EventLoop()
        let link = BrokerLink(path: broker.path, loop: loop)
        var losses = 0
        link.reported = { _ in Issue.record("there was no report") }
        link.lost = {
            losses += 1
            loop.exit(0)
        }
        #expect(start(link, 1))
        let peer = try #require(broker.accept())
        if closes { peer.close() } else { peer.send(Array(repeating: 0x84, count: PAMLimits.datagram + 1)) }
        _ = try loop.run()
        #expect(losses == 1)
    }

    @Test("a report may start another login, and a loss may start one on a new connection")
    func reentrance() throws {
        let broker = try ScriptedPeer()
        let loop = try EventLoop()
        let link = BrokerLink(path: broker.path, loop: loop)
        var started: [Bool] = []
        link.reported = { _ in started.append(start(link, 2)) }
        link.lost = {
            started.append(start(link, 3))
            loop.exit(0)
        }
        #expect(start(link, 1))
        let peer = try #require(broker.accept())
        peer.send(try bytes(.failed(transaction: 1, .timeout)))
        peer.finish()
        _ = try loop.run()
        #expect(started == [true, true])
        #expect(try received(try #require(broker.accept())).count == 2)
    }

    @Test("a broker that is not there, or takes nothing more, is no obstacle")
    func unavailable() throws {
        let loop = try EventLoop()
        let absent = BrokerLink(path: "/nowhere/pam.sock", loop: loop)
        #expect(!start(absent, 1))
        #expect(!start(BrokerLink(path: String(repeating: "x", count: 200), loop: loop), 1))
        let broker = try ScriptedPeer()
        let link = BrokerLink(path: broker.path, loop: loop)
        var sent: UInt64 = 0
        while sent < 100_000, start(link, sent) { sent += 1 }
        #expect(sent > 0 && sent < 100_000)
        #expect(!cancel(link, 0))
        let peer = try #require(broker.accept())
        #expect(try received(peer).count == Int(sent) + 1)
        #expect(start(link, sent))
    }

    @Test("a request that cannot be written is refused and nothing else happens")
    func unencodable() throws {
        let broker = try ScriptedPeer()
        let link = BrokerLink(path: broker.path, loop: try EventLoop())
        let request = PAMStart(
            transaction: 1, service: "usher", user: String(repeating: "x", count: 300), timeout: .seconds(9))
        let isSent = link.send(.start(request)) == .sent
        #expect(!isSent)
        #expect(start(link, 2))
    }
}
