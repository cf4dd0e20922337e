internal import CLinux
internal import Synchronization

/// An eventfd(2) that ends somebody's poll(2).
final class WakeUp: Sendable {
    let descriptor: Int32
    /// Whether ``signal()`` was called since ``clearIfSignalled()`` last looked. ``signal()`` sets it after its write;
    /// a look in between leaves the descriptor readable, and the next look clears it.
    private let isSignalled = Atomic(false)

    /// Creates the eventfd. `descriptor` is -1 if the process has no descriptor left; waiters then look every tenth of
    /// a second.
    init() { descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) }

    /// One over that descriptor, which it closes; -1 for none.
    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Ends the poll that waits for it, or the next one.
    func signal() {
        _ = eventfd_write(descriptor, 1)
        isSignalled.store(true, ordering: .releasing)
    }

    /// Takes the signals so far.
    func clear() {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor, &count)
    }

    /// As ``clear()``, without a system call where there was no signal.
    func clearIfSignalled() { if isSignalled.exchange(false, ordering: .acquiringAndReleasing) { clear() } }
}
