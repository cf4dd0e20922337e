internal import CLinux

/// The signal mask of the process.
package enum Signals {
    /// Blocks `signals` in the calling thread and all that it starts, so that only the event loop takes them; SIGPIPE is
    /// ignored. Call it before anything else starts (sigprocmask(2)).
    package static func block(_ signals: [CInt]) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        usher_ignore_signal(SIGPIPE)
    }
}
