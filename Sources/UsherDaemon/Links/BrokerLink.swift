internal import CLinux
package import UsherEventLoop
package import UsherPAMWire
internal import UsherPOSIX

/// The connection to the PAM broker: one SOCK_SEQPACKET socket, made when a login needs it and made anew after a loss.
///
/// It never waits. A broker that does not take a message at once (its socket is full, it is not there) is `unavailable`
/// for that login alone. When the connection ends, every transaction on it has ended with it.
package final class BrokerLink {
    /// What the broker says.
    package var reported: (PAMReport) -> Void = { _ in }
    /// The connection has ended; no report will come for any transaction started on it.
    package var lost: () -> Void = {}

    /// Reports taken in one go, so that a broker gone mad does not keep the loop from the clients.
    private static let reportsPerTurn = 64

    private let path: String
    private let loop: EventLoop
    private var socket: PeerSocket?
    private var source: EventSource?
    private var datagram = PAMDatagram()
    /// The broker's figures, once it has greeted.
    package private(set) var hello: PAMHello?

    /// A link to the broker that listens at `path`.
    package init(path: String, loop: EventLoop) {
        self.path = path
        self.loop = loop
    }

    /// Sends `request`; false where the broker cannot take it. A start connects first where that is needed; anything
    /// else is about a transaction that has ended with its connection. A failure is reported by ``lost`` later, never
    /// from here.
    package func send(_ request: borrowing PAMRequest) -> Bool {
        switch request {
        case .start: connect() && transmit(request)
        default: source != nil && transmit(request)
        }
    }

    private func connect() -> Bool {
        guard source == nil else { return true }
        do throws(SystemError) {
            let descriptor = try FileDescriptor(usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1), "socket")
            let socket = PeerSocket(fresh: descriptor, closer: loop.closer)
            _ = try SystemError.check(unsafe path.withCString { unsafe usher_connect(socket.number, $0) }, "connect")
            source = try loop.watch(socket.number) { [unowned self] _ in receiveAll() }
            self.socket = consume socket
        } catch {
            return false
        }
        if transmit(.hello(version: PAMLimits.version)) { return true }
        source = nil
        socket = nil
        return false
    }

    private func transmit(_ request: borrowing PAMRequest) -> Bool {
        defer { datagram.wipe() }
        guard (try? request.encode(into: &datagram)) != nil else { return false }
        let sent = datagram.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe usher_send(descriptor, $0.baseAddress, $0.count, -1) }
        }
        return sent >= 0
    }

    private var descriptor: CInt { socket?.number ?? -1 }

    private func receiveAll() {
        for _ in 0..<Self.reportsPerTurn where source != nil {
            let count = unsafe datagram.fill { buffer in
                switch socket {
                case .some(let socket): unsafe socket.receive(into: buffer)
                case .none: 0
                }
            }
            let arrival = PeerSocket.Arrival(count)
            if arrival == .nothing { return }
            guard arrival == .bytes, let report = try? datagram.withBytes(PAMReport.decode) else { return drop() }
            take(report)
        }
    }

    private func take(_ report: PAMReport) {
        if case .hello(let hello) = report {
            self.hello = hello
        } else {
            reported(report)
        }
    }

    private func drop() {
        source = nil
        socket = nil
        hello = nil
        lost()
    }
}
