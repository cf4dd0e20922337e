internal import CLinux

/// The signal mask of the process.
package enum Signals {
    /// Blocks `signals` in the calling thread and all that it starts, so that only the event loop takes them; SIGPIPE
    /// is ignored. Call it before anything else starts (sigprocmask(2)).
    package static func block(_ signals: [CInt]) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        usher_ignore_signal(SIGPIPE)
    }

    /// Waits for `milliseconds`, or until one of `signals` arrives (sigtimedwait(2)). Returns whether one arrived. The
    /// signals must be blocked.
    package static func wait(for signals: [CInt], milliseconds: Int) -> Bool {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        return unsafe sigtimedwait(&set, nil, &time) > 0
    }
}
