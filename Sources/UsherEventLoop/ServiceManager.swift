internal import CLinux
internal import CSystemd

/// What a service tells its manager: sd_notify(3). Outside systemd nothing happens.
package enum ServiceManager {
    /// How long the manager may take to work off its messages, in microseconds.
    private static let patience: UInt64 = 5_000_000

    /// Sends one state line, such as `READY=1` or `STATUS=...`.
    package static func notify(_ state: String) {
        unsafe sd_notify(0, state)
    }

    /// How often the manager expects WATCHDOG=1, in nanoseconds (sd_watchdog_enabled(3)); nil if it does not.
    package static var watchdogInterval: Int64? {
        var time: UInt64 = 0
        guard unsafe sd_watchdog_enabled(0, &time) > 0 else { return nil }
        return Int64(clamping: min(time, UInt64.max / 1000) * 1000)
    }

    /// A reload begins; `READY=1` ends it (RELOADING=1 of sd_notify(3)).
    package static func notifyReloading() {
        notify("RELOADING=1\nMONOTONIC_USEC=\(usher_clock(CLOCK_MONOTONIC) / 1000)")
    }

    /// Gives the manager a descriptor to keep over a restart (FDSTORE=1 of sd_pid_notify_with_fds(3)); it comes back
    /// under `name` (``Activation``). Waits until the manager has it, up to ``patience``: a crash right after loses
    /// nothing.
    package static func store(_ descriptor: CInt, as name: String) {
        var descriptor = descriptor
        unsafe sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", &descriptor, 1)
        sd_notify_barrier(0, patience)
    }

    /// Lets the manager close what it keeps under `name`.
    package static func forget(_ name: String) {
        notify("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }
}
