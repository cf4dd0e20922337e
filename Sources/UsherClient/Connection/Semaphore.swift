internal import CLinux

/// A sem_t(3) of this process: one thread waits, another posts.
@safe final class Semaphore: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<sem_t>

    /// A semaphore at 0.
    init() {
        unsafe storage = .allocate(capacity: 1)
        let failed = unsafe sem_init(storage, 0, 0)
        precondition(failed == 0)
    }

    deinit {
        unsafe sem_destroy(storage)
        unsafe storage.deallocate()
    }

    /// sem_post(3).
    func post() { _ = unsafe sem_post(storage) }

    /// sem_wait(3), signals or not.
    func wait() {
        while unsafe sem_wait(storage) != 0 {}
    }
}
