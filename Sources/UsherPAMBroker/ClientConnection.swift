internal import CLinux
internal import UsherEventLoop
internal import UsherPAMWire

/// A connection of usherd. Reports that its socket does not take are kept, up to a bound; they hold no secrets.
final class ClientConnection {
    /// Reports kept for a client that does not read; more than all transactions can have at once by default.
    private static let bound = 256

    let socket: PeerSocket
    var source: EventSource?
    private var unsent: [[UInt8]] = []

    init(_ socket: consuming PeerSocket) { self.socket = socket }

    deinit { source = nil }

    /// Sends the bytes as one datagram, after those that wait; false when the client has gone or is hopelessly behind.
    func send(_ bytes: Span<UInt8>) -> Bool {
        if unsent.isEmpty, let sent = transmit(bytes) { return sent }
        guard unsent.count < Self.bound else { return false }
        unsent.append(bytes.indices.map { bytes[$0] })
        source?.wait(for: UInt32(EPOLLIN.rawValue) | UInt32(EPOLLOUT.rawValue))
        return true
    }

    /// Sends what waits; false when the client has gone.
    func flush() -> Bool {
        while let first = unsent.first {
            guard let sent = transmit(first.span) else { return true }
            guard sent else { return false }
            unsent.removeFirst()
        }
        source?.wait(for: UInt32(EPOLLIN.rawValue))
        return true
    }

    /// Nil: the socket is full.
    private func transmit(_ bytes: Span<UInt8>) -> Bool? {
        let sent = unsafe bytes.withUnsafeBytes { unsafe usher_send(socket.number, $0.baseAddress, $0.count, -1) }
        if sent < 0, usher_errno() == EAGAIN { return nil }
        return sent == bytes.count
    }
}
