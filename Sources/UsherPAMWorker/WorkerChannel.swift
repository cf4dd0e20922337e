internal import CLinux
internal import UsherPAMWire
internal import UsherPOSIX

/// The worker's end of the socket to the broker (SOCK_SEQPACKET, descriptor 3).
///
/// A module may close or replace the descriptor. Then sending and receiving fail, and the worker ends without a
/// verdict, which is no success.
final class WorkerChannel {
    private let descriptor: Int32
    private var buffer = Datagram(limit: PAMLimits.datagram)
    /// The descriptor that came with the last message; -1 for none.
    private var passed: Int32 = -1

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// The process that made the socket pair (SO_PEERCRED), nil if this is no socket.
    var peer: pid_t? {
        var (uid, gid, pid) = (uid_t(0), gid_t(0), pid_t(0))
        return unsafe usher_peer_credentials(descriptor, &uid, &gid, &pid) == 0 ? pid : nil
    }

    /// Waits for the next message. Nil when the broker has gone, or when what came is no message.
    func receive() -> PAMRequest? {
        closePassed()
        guard receiveBytes() > 0 else { return nil }
        defer { buffer.wipe() }
        return try? buffer.withBytes { (bytes) throws(PAMWireError) in try PAMRequest.decode(bytes) }
    }

    /// Waits for the next message and says whether it is `fork`.
    func receivesFork() -> Bool {
        if case .fork = receive() { true } else { false }
    }

    private func receiveBytes() -> Int {
        while true {
            let received = unsafe buffer.fill { unsafe usher_receive(descriptor, $0.baseAddress, $0.count, 0, &passed) }
            guard received < 0, usher_errno() == EINTR else { return received }
        }
    }

    /// Closes the descriptor that came with the last message.
    func closePassed() {
        if passed >= 0 { close(passed) }
        passed = -1
    }

    /// Becomes the channel that came with the last message, in the place of this one (dup3(2)); false where none came.
    func replaceByPassed() -> Bool {
        guard passed >= 0, usher_replace(descriptor, passed) >= 0 else { return false }
        closePassed()
        return true
    }

    /// Sends `report`; whether the kernel took it.
    @discardableResult
    func send(_ report: PAMReport) -> Bool {
        guard (try? report.encode(into: &buffer)) != nil else { return false }
        defer { buffer.wipe() }
        return buffer.send(on: descriptor)
    }
}
