internal import CSystemd

/// What a service tells its manager: sd_notify(3). Outside systemd nothing happens.
package enum ServiceManager {
    /// Sends one state line, such as `READY=1` or `STATUS=...`.
    package static func notify(_ state: String) {
        unsafe sd_notify(0, state)
    }
}
