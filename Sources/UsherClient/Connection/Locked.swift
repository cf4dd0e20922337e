internal import CLinux

/// A value behind a pthread_mutex_t.
///
/// Rejected: `Mutex` of Synchronization, which takes three times as long to lock on Linux and which ThreadSanitizer
/// does not see, so that nothing could check the driver.
@safe package final class Locked<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// Guards `value`.
    package init(_ value: Value) {
        unsafe mutex = .allocate(capacity: 1)
        let failed = unsafe pthread_mutex_init(mutex, nil)
        precondition(failed == 0)
        self.value = value
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the value while nobody else does. Not to be nested.
    package func withLock<R>(_ body: (inout Value) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Runs `body` with the value. Nil if pthread_mutex_trylock(3) fails 256 times in a row, some microseconds. Never
    /// waits.
    func withLockUnlessBusy<R>(_ body: (inout Value) -> R) -> R? {
        for _ in 0..<256 where unsafe pthread_mutex_trylock(mutex) == 0 {
            defer { unsafe pthread_mutex_unlock(mutex) }
            return body(&value)
        }
        return nil
    }
}
