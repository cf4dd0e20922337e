internal import CLinux

/// Closes sockets in which passed descriptors wait, without waiting for the release of those descriptors.
///
/// The last owner of such a socket pays for closing the descriptors in its queue. A child of this process becomes that
/// owner: it is forked with a copy of each socket, this process closes its own copies, and the child is killed. The
/// kernel does not linger in a process that ends, and any other delay is the child's. The next batch does not wait for
/// an earlier child, up to ``mostChildren`` of them. Rejected: a thread, in which close(2) does linger, and which keeps
/// the process from ending while it is in the kernel; passing the sockets to a helper, which the kernel refuses
/// (ETOOMANYREFS) for a socket that holds sockets that hold sockets.
package final class SocketCloser {
    /// The part of the descriptors that the process may have open (RLIMIT_NOFILE) that may wait before ``isFull``, and
    /// the most sockets that may, where it may have any number open.
    private static let (part, most) = (4, 4096)
    /// The most children that have not ended: the release of a file may hang.
    private static let mostChildren = 8
    /// The time between two forks, in nanoseconds: a fork takes a few percent of it, where memory is large.
    private static let pause: Int64 = 50_000_000
    /// The time between two forks, in nanoseconds, while it is full. So many sockets take longer to come than a fork.
    private static let shortPause: Int64 = 5_000_000

    private weak var loop: EventLoop?
    private var timer: EventTimer?
    private var children: [pid_t] = []
    /// Sockets to be closed. The end of the process closes the sockets that are left, and does not linger.
    private var waiting: [CInt] = []
    private let limit: Int
    /// When the timer last fired.
    private var settled: Int64 = 0
    /// Called once each when it is not full any more.
    private var callers: [() -> Void] = []

    convenience init(_ loop: EventLoop) { self.init(loop, limit: Self.limitOfProcess) }

    /// One that is full with `limit` sockets.
    init(_ loop: EventLoop, limit: Int) { (self.loop, self.limit) = (loop, limit) }

    /// A part of what getrlimit(2) says.
    private static var limitOfProcess: Int {
        var limit = rlimit()
        guard unsafe getrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1 }
        return max(min(Int(clamping: limit.rlim_cur) / part, most), 1)
    }

    /// Whether so many sockets wait that no new connection may be accepted.
    package var isFull: Bool { waiting.count >= limit }

    /// Whether no socket waits and no child is left.
    package var isIdle: Bool { waiting.isEmpty && children.isEmpty }

    /// Takes over a socket that no event loop watches any more. It stays open if the loop does not turn again.
    package func take(_ socket: CInt) {
        waiting.append(socket)
        if timer == nil {
            timer = try? loop?.timer { [unowned self] in
                timer?.fired()
                settle()
            }
        }
        arm()
    }

    /// Calls `body` once, when it is full no more.
    package func whenRoom(_ body: @escaping () -> Void) { callers.append(body) }

    /// Sockets that come later do not put the next fork off.
    private func arm() {
        timer?.arm(at: isIdle ? nil : settled + (isFull ? Self.shortPause : Self.pause))
    }

    private func settle() {
        settled = usher_boottime()
        // If somebody else has reaped a child, waitpid(2) fails, and the child is gone too.
        children.removeAll { waitpid($0, nil, WNOHANG) != 0 }
        if !waiting.isEmpty, children.count < Self.mostChildren { closeAll() }
        arm()
        if !isFull { wakeCallers() }
    }

    private func wakeCallers() {
        let woken = callers
        callers = []
        for body in woken { body() }
    }

    private func closeAll() {
        let child = usher_fork_owner()
        guard child > 0 else { return }
        for socket in waiting { close(socket) }
        waiting.removeAll(keepingCapacity: true)
        kill(child, SIGKILL)
        children.append(child)
    }
}
