internal import CLinux
internal import UsherEngine
package import UsherEventLoop
package import UsherPOSIX
package import UsherWire

/// A listening socket whose connections go to a ``SocketServer``.
///
/// It takes turns with the lanes of the established clients: with a lower priority, a handful of busy clients would
/// keep everybody else out. A turn has as much work as a turn of the outsiders' lane, or half of the peers' last turn
/// if that is more: where a busy peer makes the turns long, callers wait for fewer of them. A caller with all its
/// connections is turned away before any other check, so that a backlog full of such callers (net.core.somaxconn) lasts
/// some tenths of a second.
///
/// When the process is out of descriptors (EMFILE, ENFILE; accept(2)), it spends the one in reserve on taking a caller
/// off the backlog and turning it away: the caller sees a closed connection instead of a silent queue, the loop does
/// not spin on a ready socket, and no established client is touched.
///
/// While the closer has all the sockets that it may have, nobody is accepted: each caller may bring another such
/// socket.
package final class Listener {
    /// The least work after which a turn ends, in the unit of ``Work``: one caller who is taken in, or a few who are
    /// not. With eight who are, callers who come and go without end made the p99 of a peer's validation 6 times as
    /// long, with two 2 to 3.5 times.
    private static let turn = 16_000
    /// Callers may cost the work of the peers' last turn divided by this.
    private static let part = 2
    /// How long it rests when not even the reserve helps, in nanoseconds.
    private static let pause: Int64 = 100_000_000

    private let socket: CInt
    private let server: SocketServer
    private var reserve: CInt
    private var source: EventSource?
    private var rest: EventTimer?
    /// Writes the frame that a turned-away client gets: `busy`, or `forbidden` where no entry can be matched.
    private let refusal: (CInt, ErrorCode) -> Void
    /// Callers turned away because a table was full, descriptors ran out, or the kernel names too many groups of
    /// theirs.
    package private(set) var refused: UInt64 = 0

    /// Accepts from `socket`, which listens and does not block.
    package init(
        _ socket: consuming FileDescriptor, loop: EventLoop, server: SocketServer,
        refusal: @escaping (CInt, ErrorCode) -> Void
    ) throws(SystemError) {
        _ = usher_refuse_descriptors(socket.number)
        self.socket = socket.release()
        self.server = server
        self.refusal = refusal
        reserve = Self.spareDescriptor()
        source = try loop.watch(self.socket) { [unowned self] _ in acceptAll() }
        rest = try loop.timer { [unowned self] in
            rest?.fired()
            source?.isEnabled = true
        }
    }

    /// The closer closes it: the last close(2) of the socket ends descriptors that callers in the backlog have passed.
    deinit {
        source = nil
        server.closer.take(socket)
        if reserve >= 0 { CLinux.close(reserve) }
    }

    /// Takes no more connections.
    package func stop() { source = nil }

    private static func spareDescriptor() -> CInt { unsafe usher_open("/dev/null", O_RDONLY, 0) }

    private func acceptAll() {
        var spent = 0
        let busy = min(server.peers.scheduler.spent, server.peers.bounds.budget.turn)
        let budget = max(Self.turn, busy / Self.part)
        while spent < budget {
            guard !server.closer.isFull else { return awaitCloser() }
            let accepted = usher_accept(socket)
            spent += Work.refusedCaller
            if accepted >= 0 {
                if take(PeerSocket(accepted: accepted, closer: server.closer)) { spent += Work.caller }
            } else if !goesOn(after: usher_errno()) {
                return
            }
        }
    }

    /// What to do about an error of accept(2); whether to try the next caller.
    private func goesOn(after error: CInt) -> Bool {
        switch error {
        case ECONNABORTED, EINTR: return true
        case EAGAIN: break
        case EMFILE, ENFILE: turnAwayOne()
        default: takeRest()
        }
        return false
    }

    /// Looks at the socket again when the closer has room.
    private func awaitCloser() {
        source?.isEnabled = false
        server.closer.whenRoom { [weak self] in self?.source?.isEnabled = true }
    }

    /// Looks at the socket again a little later.
    private func takeRest() {
        source?.isEnabled = false
        rest?.arm(at: usher_boottime() + Self.pause)
    }

    /// Takes a caller in, if there is a place; whether there was one.
    private func take(_ socket: consuming PeerSocket) -> Bool {
        guard var caller = PeerCredentials.withoutGroups(of: socket.number), server.admits(uid: caller.uid) else {
            return turnAway(socket.number, .busy)
        }
        do throws(SystemError) { caller.groups = try PeerCredentials.groups(of: socket.number) } catch {
            if error.code == ERANGE { server.cutOff("groups", caller) }
            return turnAway(socket.number, .forbidden)
        }
        guard let admission = server.admit(caller) else { return turnAway(socket.number, .busy) }
        server.add(socket, admission)
        return true
    }

    /// Tells a caller who has no place; false.
    private func turnAway(_ socket: CInt, _ code: ErrorCode) -> Bool {
        refused += 1
        refusal(socket, code)
        return false
    }

    private func turnAwayOne() {
        if reserve >= 0 { CLinux.close(reserve) }
        let accepted = usher_accept(socket)
        if accepted >= 0 {
            _ = turnAway(accepted, .busy)
            _ = PeerSocket(accepted: accepted, closer: server.closer)
        } else {
            takeRest()
        }
        reserve = Self.spareDescriptor()
    }
}
