internal import CLinux
internal import UsherPAMWire

/// The worker's end of the socket to the broker (SOCK_SEQPACKET, descriptor 3).
///
/// A module may close or replace the descriptor. Then sending and receiving fail, and the worker ends without a verdict,
/// which is no success.
final class WorkerChannel {
    private let descriptor: Int32
    private var buffer = PAMDatagram()

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// The process that made the socket pair (SO_PEERCRED), nil if this is no socket.
    var peer: pid_t? {
        var (uid, gid, pid) = (uid_t(0), gid_t(0), pid_t(0))
        return unsafe usher_peer_credentials(descriptor, &uid, &gid, &pid) == 0 ? pid : nil
    }

    /// Waits for the next message. Nil when the broker has gone, or when what came is no message.
    func receive() -> PAMRequest? {
        guard receiveBytes() > 0 else { return nil }
        defer { buffer.wipe() }
        return try? buffer.withBytes { (bytes) throws(PAMWireError) in try PAMRequest.decode(bytes) }
    }

    private func receiveBytes() -> Int {
        while true {
            var passed: Int32 = -1
            let received = unsafe buffer.fill { unsafe usher_receive(descriptor, $0.baseAddress, $0.count, 0, &passed) }
            if passed >= 0 { close(passed) }
            guard received < 0, usher_errno() == EINTR else { return received }
        }
    }

    /// Sends `report`; whether the kernel took it.
    @discardableResult
    func send(_ report: PAMReport) -> Bool {
        guard (try? report.encode(into: &buffer)) != nil else { return false }
        defer { buffer.wipe() }
        return buffer.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe usher_send(descriptor, $0.baseAddress, $0.count, -1) } == bytes.count
        }
    }
}
