import CLinux
import Testing
import UsherEngine
import UsherEventLoop
import UsherPOSIX
import UsherTestKit
import UsherWire

@testable import UsherServer

@Suite("Listener")
struct ListenerTests {
    private static func listen(_ path: String) throws -> FileDescriptor {
        let socket = try FileDescriptor(usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1), "socket")
        _ = try SystemError.check(usher_bind(socket.number, path), "bind")
        _ = try SystemError.check(CLinux.listen(socket.number, 16), "listen")
        return socket
    }

    private static func connect(_ path: String) throws -> TestSocket {
        let socket = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1)
        _ = try SystemError.check(usher_connect(socket, path), "connect")
        return TestSocket(owning: socket)
    }

    @Test("takes clients in with the kernel's word on who they are, and turns away whom the limit excludes")
    func accepting() throws {
        let directory = try TestDirectory()
        let path = "\(directory.path)/socket"
        let loop = try EventLoop()
        var limits = Limits()
        limits.connections = 2
        limits.connectionsForRoot = 0
        limits.connectionsPerUID = 2
        var isServed = false
        let handler = CountingHandler(until: 2) { isServed = true }
        let server = try SocketServer(
            limits: limits, shares: PlaceShares(limits, entries: 0), loop: loop, handler: handler, board: -1)
        var turnedAway = 0
        let listener = try Listener(Self.listen(path), loop: loop, server: server) { socket, code in
            turnedAway += 1
            #expect(code == .busy)
            _ = "no".withCString { usher_send(socket, $0, 2, -1) }
        }
        let clients = try (0..<4).map { _ in try Self.connect(path) }
        clients[0].send(frame("a"))
        clients[1].send(frame("b"))
        while !isServed || listener.refused < 2 { try loop.turn() }
        #expect(clients[0].receive() == frame("a") && clients[1].receive() == frame("b"))
        for client in clients.suffix(2) {
            #expect(client.receive() == Array("no".utf8))
            #expect(client.isAtEnd)
        }
        #expect(turnedAway == 2 && listener.refused == 2)
        #expect(handler.peers.allSatisfy { $0.uid == geteuid() && $0.gid == getegid() && $0.pid == getpid() })
        #expect(handler.peers.count == 2)
        listener.stop()
        server.closeAll()
    }

    @Test(
        "tells a caller that is in more than 1024 groups that it is forbidden, and the journal who that was",
        .enabled(if: geteuid() == 0, "takes setgroups(2)"))
    func groups() async {
        await #expect(processExitsWith: .success) {
            let directory = try TestDirectory()
            let path = "\(directory.path)/socket"
            let loop = try EventLoop()
            let limits = Limits()
            let handler = EchoHandler()
            defer { withExtendedLifetime(handler) {} }
            let server = try SocketServer(
                limits: limits, shares: PlaceShares(limits, entries: 0), loop: loop, handler: handler, board: -1)
            var told: [String] = []
            server.cutOff = { what, caller in told.append("\(what) \(caller.uid) \(caller.pid == getpid())") }
            let listener = try Listener(Self.listen(path), loop: loop, server: server) { socket, code in
                told.append("\(code.reason)")
                _ = "no".withCString { usher_send(socket, $0, 2, -1) }
                loop.exit(0)
            }
            try #require(setgroups(1025, (0..<1025).map { 100_000 + $0 }) == 0)
            let client = try Self.connect(path)
            _ = try loop.run()
            #expect(client.receive() == Array("no".utf8) && client.isAtEnd)
            #expect(told == ["groups 0 true", "forbidden"] && listener.refused == 1 && server.count == 0)
            listener.stop()
            server.closeAll()
        }
    }
}

extension ListenerTests {
    @Test("a turn takes one caller in, or turns a few away, however many wait", arguments: [(64, 1), (0, 4)])
    func turn(_ places: Int, _ callers: Int) throws {
        let directory = try TestDirectory()
        let path = "\(directory.path)/socket"
        let loop = try EventLoop()
        var limits = Limits()
        (limits.connections, limits.connectionsForRoot) = (places, 0)
        let handler = CountingHandler(until: .max) {}
        let server = try SocketServer(
            limits: limits, shares: PlaceShares(limits, entries: 0), loop: loop, handler: handler, board: -1)
        let listener = try Listener(Self.listen(path), loop: loop, server: server) { _, _ in }
        let clients = try (0..<12).map { _ in try Self.connect(path) }
        for turn in 1...2 {
            try loop.turn()
            #expect(server.count + Int(listener.refused) == turn * callers)
        }
        #expect(clients.count == 12)
        listener.stop()
        server.closeAll()
    }

    @Test("callers may cost half of what a busy peer's turn did, so that they wait for fewer of its turns")
    func besideBusyPeers() throws {
        let directory = try TestDirectory()
        let path = "\(directory.path)/socket"
        let loop = try EventLoop()
        let limits = Limits()
        let handler = EchoHandler()
        handler.work = 200_000
        let server = try SocketServer(
            limits: limits, shares: PlaceShares(limits, entries: 1), loop: loop, handler: handler, board: -1)
        let listener = try Listener(Self.listen(path), loop: loop, server: server) { _, _ in }
        let peer = try Self.connect(path)
        while server.count == 0 { try loop.turn() }
        peer.send(frame("dear"))
        while handler.handled == 0 { try loop.turn() }
        let callers = try (0..<12).map { _ in try Self.connect(path) }
        try loop.turn()
        #expect(server.count == 5, "the peer, and four callers of 20 microseconds each")
        #expect(peer.receive() == frame("dear") && callers.count == 12)
        listener.stop()
        server.closeAll()
    }
}

/// An echo that ends after so many frames.
private final class CountingHandler: FrameHandler {
    private let echo = EchoHandler()
    private let until: Int
    private let end: () -> Void
    var peers: [PeerCredentials] = []

    init(until: Int, end: @escaping () -> Void) {
        self.until = until
        self.end = end
    }

    func receivedLast() {}
    func beginTurn() {}
    func endTurn() { if echo.handled == until { end() } }
    func user(of uid: UInt32) -> UInt32 { uid }
    func owner(of credentials: PeerCredentials) -> ConnectionOwner { echo.owner(of: credentials) }
    func connected(_ id: ConnectionID, _ credentials: PeerCredentials) { peers.append(credentials) }
    func received(
        _ body: Range<Int>, of bytes: Span<UInt8>, in batch: inout FrameBatch, from id: ConnectionID,
        answers: inout FrameBuffer
    ) -> FrameResult {
        echo.received(body, of: bytes, in: &batch, from: id, answers: &answers)
    }
    func refusedLength(from id: ConnectionID, answers: inout FrameBuffer) {}
    func owesAnswers(to id: ConnectionID) -> Bool { false }
    func closed(_ id: ConnectionID) {}
    func takeSensitivity() -> Bool { false }
}
