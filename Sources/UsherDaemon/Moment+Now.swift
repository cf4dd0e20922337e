internal import CLinux
package import UsherEngine

extension Moment {
    /// Now.
    package static var now: Moment {
        let boot = usher_boottime()
        return Moment(nanoseconds: boot, unixOffset: (usher_realtime() - boot) / 1_000_000_000)
    }
}
