internal import Synchronization

/// Uses of remembered sessions, on their way from the threads that accepted them to the reader, which tells the daemon.
///
/// The lock is held for an append or for an exchange of arrays, never across a system call. `append` tries to take it
/// 256 times and then drops the use, so that no caller waits for a suspended thread.
final class TouchQueue: Sendable {
    /// The most uses that wait to be reported. A use beyond it is dropped; the next use of that session is reported a
    /// twentieth of the idle timeout later.
    static let capacity = 4096

    private let tokens = Locked<[Token]>([])
    private let isFilled = Atomic<Bool>(false)

    /// An empty queue.
    init() {}

    /// Whether something is in it. Takes no lock.
    var isEmpty: Bool { !isFilled.load(ordering: .acquiring) }

    /// Adds a use of the session of `token`. True if the queue was empty, so that the reader must be woken. Never
    /// waits.
    func append(_ token: Token) -> Bool {
        tokens.withLockUnlessBusy { tokens in
            if tokens.count < Self.capacity { tokens.append(token) }
            return !isFilled.exchange(true, ordering: .acquiringAndReleasing)
        } ?? false
    }

    /// Removes and returns all uses.
    func takeAll() -> [Token] {
        tokens.withLock { tokens in
            isFilled.store(false, ordering: .releasing)
            defer { tokens = [] }
            return tokens
        }
    }
}
