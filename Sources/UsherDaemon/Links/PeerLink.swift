internal import CLinux
package import UsherEventLoop
package import UsherPOSIX

/// A message that a ``PeerLink`` sends.
package protocol LinkRequest: ~Copyable {
    /// The size of the protocol's largest message, in bytes, in either direction.
    static var largest: Int { get }
    /// The first message of each connection.
    static var greeting: Self { get }
    /// Whether the link connects for this message. Any other message is about a transaction, which ended with its
    /// connection.
    var connects: Bool { get }
    /// Replaces the content of `datagram` by this message. Throws where the message cannot be written.
    func encode(into datagram: inout Datagram) throws
}

/// A message that a ``PeerLink`` receives.
package protocol LinkReport {
    /// The message that takes up all of `bytes`. Throws if there is none.
    static func decode(_ bytes: Span<UInt8>) throws -> Self
}

/// What became of a message that a ``PeerLink`` was to send.
package enum LinkSending: Equatable, Sendable {
    /// The peer can receive it.
    case sent
    /// The peer's socket has no room for it now.
    case full
    /// There is no connection, or the message cannot be written.
    case refused
}

/// The connection to another process of this host: one SOCK_SEQPACKET socket, made when a request needs it and made
/// anew after a loss.
///
/// The link never waits. A peer that does not take a message at once (its socket is full, it does not listen) does not
/// get that message, but may get later ones. When the connection ends, every transaction on it has ended with it.
package final class PeerLink<Request: LinkRequest & ~Copyable, Report: LinkReport> {
    /// Called with each message of the peer.
    package var reported: (Report) -> Void = { _ in }
    /// Called when the connection has ended: no report will come for any transaction started on it.
    package var lost: () -> Void = {}

    /// Reports taken in one turn, so that a peer that floods the link does not keep the loop from the clients.
    private static var reportsPerTurn: Int { 64 }

    private let path: String
    private let loop: EventLoop
    private var socket: PeerSocket?
    private var source: EventSource?
    private var datagram = Datagram(limit: Request.largest)

    /// A link to the peer that listens at `path`.
    package init(path: String, loop: EventLoop) {
        self.path = path
        self.loop = loop
    }

    /// Whether there is a connection.
    package var isConnected: Bool { source != nil }

    /// Sends `request`, and connects first only for a request that ``LinkRequest/connects``. ``lost`` reports the end
    /// of the connection later, never during this call.
    package func send(_ request: borrowing Request) -> LinkSending {
        source != nil || request.connects && connect() ? transmit(request) : .refused
    }

    private func connect() -> Bool {
        do throws(SystemError) {
            let descriptor = try FileDescriptor(usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1), "socket")
            let socket = PeerSocket(fresh: descriptor, closer: loop.closer)
            _ = try SystemError.check(unsafe path.withCString { unsafe usher_connect(socket.number, $0) }, "connect")
            source = try loop.watch(socket.number) { [unowned self] _ in receiveAll() }
            self.socket = consume socket
        } catch {
            return false
        }
        if transmit(Request.greeting) == .sent { return true }
        close()
        return false
    }

    private func transmit(_ request: borrowing Request) -> LinkSending {
        defer { datagram.wipe() }
        guard (try? request.encode(into: &datagram)) != nil else { return .refused }
        if datagram.send(on: socket?.number ?? -1) { return .sent }
        return [EAGAIN, ENOBUFS, ENOMEM].contains(usher_errno()) ? .full : .refused
    }

    private func receiveAll() {
        for _ in 0..<Self.reportsPerTurn where source != nil {
            let arrival = receive()
            if arrival == .nothing { return }
            guard arrival == .bytes, let report = try? datagram.withBytes(Report.decode) else { return drop() }
            reported(report)
        }
    }

    private func receive() -> PeerSocket.Arrival {
        switch socket {
        case .some(let socket): datagram.receive(from: socket)
        case .none: .ended
        }
    }

    private func close() {
        source = nil
        socket = nil
    }

    private func drop() {
        close()
        lost()
    }
}
