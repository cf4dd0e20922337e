internal import CSystemd

/// What a service tells its manager: sd_notify(3). Outside systemd nothing happens.
package enum ServiceManager {
    /// How long the manager may take to work off what it was sent.
    private static let patience: UInt64 = 5_000_000

    /// Sends one state line, such as `READY=1` or `STATUS=...`.
    package static func notify(_ state: String) {
        unsafe sd_notify(0, state)
    }

    /// Gives the manager a descriptor to keep over a restart (FDSTORE=1 of sd_pid_notify_with_fds(3)); it comes back under
    /// `name` (``Activation``). Waits until the manager has it, so that a crash right after loses nothing.
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
