import CLinux
import Testing
import UsherEventLoop
import UsherPOSIX
import UsherTestKit

/// What is passed here was passed before the socket was accepted, so that no kernel refuses it.
@Suite("Peer socket")
struct PeerSocketTests {
    static let types = [SOCK_STREAM, SOCK_SEQPACKET]
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    private func pair(_ type: __socket_type = SOCK_STREAM) throws -> (peer: CInt, own: CInt) {
        var pair: [CInt] = [-1, -1]
        _ = try SystemError.check(usher_socketpair(CInt(type.rawValue), 1, &pair), "socketpair")
        return (pair[0], pair[1])
    }

    private func receive(_ socket: borrowing PeerSocket) -> (PeerSocket.Arrival, [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes { socket.receive(into: $0) }
        return (PeerSocket.Arrival(count), Array(bytes.prefix(max(count, 0))))
    }

    private func send(_ bytes: [UInt8], on socket: CInt) { _ = usher_send(socket, bytes, bytes.count, -1) }

    /// Lets the loop turn until the pipe whose writing end was passed has ended, and so nobody has that end any more.
    private func expectClosed(_ reading: CInt) throws {
        var isOver = false
        let source = try loop.watch(reading) { _ in isOver = true }
        let patience = Patience()
        while !isOver, !patience.isOver { try loop.turn() }
        var byte: UInt8 = 0
        #expect(read(reading, &byte, 1) == 0)
        withExtendedLifetime(source) {}
    }

    @Test("gives bytes as they come, and nothing once a descriptor is among them", arguments: types)
    func receiving(_ type: __socket_type) throws {
        let (peer, own) = try pair(type)
        defer { close(peer) }
        send([1, 2], on: peer)
        #expect(pass([peer], with: [3], on: peer))
        let socket = PeerSocket(accepted: own, closer: nil)
        if type == SOCK_SEQPACKET { #expect(receive(socket) == (.bytes, [1, 2])) }
        #expect(receive(socket) == (.descriptor, []))
        #expect(receive(socket) == (.descriptor, []))
    }

    @Test("without descriptors it is a socket like any other", arguments: types, [false, true])
    func ordinary(_ type: __socket_type, _ isAccepted: Bool) throws {
        let (peer, own) = try pair(type)
        let socket =
            isAccepted
            ? PeerSocket(accepted: own, closer: nil) : PeerSocket(fresh: FileDescriptor(owning: own), closer: nil)
        #expect(receive(socket) == (.nothing, []))
        send([1, 2, 3], on: peer)
        #expect(receive(socket) == (.bytes, [1, 2, 3]))
        #expect(receive(socket) == (.nothing, []))
        close(peer)
        #expect(receive(socket) == (.ended, []))
    }

    @Test("a datagram that does not fit is the end", arguments: [false, true])
    func tooLarge(_ isAccepted: Bool) throws {
        let (peer, own) = try pair(SOCK_SEQPACKET)
        defer { close(peer) }
        let socket =
            isAccepted
            ? PeerSocket(accepted: own, closer: nil) : PeerSocket(fresh: FileDescriptor(owning: own), closer: nil)
        send([UInt8](repeating: 0, count: 65), on: peer)
        #expect(receive(socket).0 == .ended)
    }

    @Test("finds the descriptor of urgent data")
    func urgent() throws {
        let (peer, own) = try pair()
        defer { close(peer) }
        #expect(pass([peer], with: [3], on: peer, flags: CInt(MSG_OOB)))
        send([4], on: peer)
        let socket = PeerSocket(accepted: own, closer: nil)
        #expect(receive(socket) == (.descriptor, []))
    }

    @Test("is closed at once where no descriptor waits in it, whatever was not read", arguments: types)
    func unread(_ type: __socket_type) throws {
        let (peer, own) = try pair(type)
        defer { close(peer) }
        for _ in 0..<20 { send([UInt8](repeating: 1, count: 4000), on: peer) }
        do { _ = PeerSocket(accepted: own, closer: loop.closer) }
        #expect(loop.closer.isIdle)
        var byte: UInt8 = 0
        #expect(recv(peer, &byte, 1, 0) == 0)
    }

    @Test("with descriptors in it is closed by another process, which does not linger", arguments: types)
    func closing(_ type: __socket_type) throws {
        let (peer, own) = try pair(type)
        defer { close(peer) }
        var pipe: [CInt] = [-1, -1]
        #expect(usher_pipe(&pipe) == 0)
        defer { close(pipe[0]) }
        let lingering = try LingeringSocket(seconds: 8)
        // Behind bytes, and behind an empty datagram, which looks like an end.
        send([1, 2, 3], on: peer)
        if type == SOCK_SEQPACKET { send([], on: peer) }
        #expect(pass([lingering.descriptor, pipe[1]], with: [4], on: peer))
        lingering.letGo()
        close(pipe[1])
        let time = try elapsed {
            do { _ = PeerSocket(accepted: own, closer: loop.closer) }
            try expectClosed(pipe[0])
        }
        #expect(time < .seconds(4), "\(time)")
        // What turns the loop is the closer's own timer.
        while !loop.closer.isIdle { try loop.turn() }
    }

    @Test("a socket that was never connected is closed at once")
    func unconnected() throws {
        let own = usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1)
        do { _ = PeerSocket(accepted: own, closer: loop.closer) }
        #expect(loop.closer.isIdle)
    }
}
