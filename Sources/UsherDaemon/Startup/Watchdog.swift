internal import CLinux
internal import UsherEventLoop
internal import UsherPOSIX

/// Feeds the service manager's watchdog (`WatchdogSec=`) from the event loop, after a self-check each time: a loop that
/// hangs feeds nothing, and a daemon that finds itself unsound asks to be started anew.
final class Watchdog {
    private let interval: Int64
    private let check: (Int64) -> String?
    private let failed: (String) -> Void
    private var timer: EventTimer?

    /// Nil if the service has no watchdog. `check` gets the timer's lateness in nanoseconds, and returns what is wrong,
    /// or nil. `failed` gets what is wrong.
    init?(
        _ loop: EventLoop, check: @escaping (Int64) -> String?, failed: @escaping (String) -> Void
    ) throws(SystemError) {
        guard let time = ServiceManager.watchdogInterval else { return nil }
        interval = time / 2
        self.check = check
        self.failed = failed
        // Before the clients: however many there are, the watchdog is not kept waiting.
        timer = try loop.timer(priority: -5) { [unowned self] in feed() }
        timer?.arm(at: usher_boottime() + interval)
    }

    private func feed() {
        if let fault = check(timer?.fired() ?? 0) {
            failed(fault)
            return ServiceManager.notify("WATCHDOG=trigger")
        }
        ServiceManager.notify("WATCHDOG=1")
        timer?.arm(at: usher_boottime() + interval)
    }
}
