internal import CLinux

/// The event loop of a host program, as a connection sees it: one descriptor to wait for, and what to run once a turn
/// is over.
///
/// - Data structure: an epoll(7) set of the connection's socket and of the eventfd(2) by which other threads ask for a
///   turn. The set stays, whatever socket is in it, so that the program watches one descriptor for the client's whole
///   life. Completions wait in a queue until the program's thread runs them, one after the other, without any lock.
/// - Invariants: each completion runs once, in the thread that takes a turn or closes. A completion may begin further
///   calls, end calls and close the client. A completion that comes while no turn is running asks for one.
package final class HostLoop: Sendable {
    private struct State: Sendable {
        var completions: [@Sendable () -> Void] = []
        var isTurning = false
    }

    /// What is in the set; changed under the driver's lock alone.
    private struct Registration: Sendable {
        var descriptor: Int32 = -1
        var connection: UInt64 = 0
        var wantsOutput = false
    }

    /// The descriptor of epoll_create1(2): a turn is due when it is readable. -1 if the process has no descriptor left.
    package let descriptor: Int32
    let wake = WakeUp()
    private let state = Locked(State())
    private let registration = Locked(Registration())

    /// A loop without a connection.
    init() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if wake.descriptor >= 0 { _ = control(EPOLL_CTL_ADD, wake.descriptor, wantsOutput: false) }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Whether the process had the descriptors that a loop takes.
    package var isUsable: Bool { descriptor >= 0 && wake.descriptor >= 0 }

    private func control(_ operation: Int32, _ socket: Int32, wantsOutput: Bool) -> Int32 {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | (wantsOutput ? EPOLLOUT.rawValue : 0)
        return unsafe epoll_ctl(descriptor, operation, socket, &event)
    }

    /// Removes the socket, which is about to be closed, from the set. close(2) does not remove it while a forked child
    /// has it open too.
    func forget() {
        registration.withLock { known in
            if known.descriptor >= 0 { _ = control(EPOLL_CTL_DEL, known.descriptor, wantsOutput: false) }
            known.descriptor = -1
        }
    }

    /// The connection needs `watch` now.
    func watch(_ watch: ReaderRole.Watch) {
        registration.withLock { known in
            let isNew = known.connection != watch.connection || known.descriptor != watch.descriptor
            guard isNew || known.wantsOutput != watch.wantsOutput else { return }
            known = Registration(
                descriptor: watch.descriptor, connection: watch.connection, wantsOutput: watch.wantsOutput)
            guard watch.descriptor >= 0 else { return }
            _ = control(isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch.descriptor, wantsOutput: watch.wantsOutput)
        }
    }

    /// Queues `completion` for the end of the turn under way; outside of a turn it asks for one.
    func append(_ completion: @escaping @Sendable () -> Void) {
        let asks = state.withLock { state in
            state.completions.append(completion)
            return !state.isTurning && state.completions.count == 1
        }
        if asks { wake.signal() }
    }

    /// Runs `turn`, then the completions that wait by then; false, without effect, within a completion. Completions
    /// that are queued meanwhile wait for the next turn, so that the program's loop gets its own turns.
    func run(_ turn: () -> Void) -> Bool {
        let begins = state.withLock { state in
            defer { state.isTurning = true }
            return !state.isTurning
        }
        guard begins else { return false }
        wake.clearIfSignalled()
        turn()
        for _ in 0..<state.withLock({ $0.completions.count }) { runNext() }
        let asks = state.withLock { state in
            state.isTurning = false
            return !state.completions.isEmpty
        }
        if asks { wake.signal() }
        return true
    }

    /// Runs completions until none waits, including those that completions queue.
    func drain() {
        while runNext() {}
    }

    @discardableResult
    private func runNext() -> Bool {
        let next = state.withLock { $0.completions.isEmpty ? nil : $0.completions.removeFirst() }
        next?()
        return next != nil
    }
}
