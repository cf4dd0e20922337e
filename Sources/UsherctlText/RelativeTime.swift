import CLinux
package import UsherClient

/// Times as people read them in a table: how long ago, or in how long.
package struct RelativeTime {
    /// The time now.
    let now: UnixTime

    /// Times as they are read at `now`.
    package init(now: UnixTime) { self.now = now }

    /// By the clock of this host.
    package static var current: RelativeTime { RelativeTime(now: UnixTime(seconds: usher_realtime() / 1_000_000_000)) }

    /// How long ago `time` was: `12s`, `5m`, `3h`, `2d`.
    package func age(of time: UnixTime) -> String { Self.text(max(0, now.seconds - time.seconds)) }

    /// In how long `time` is: `in 28m`; `now` where it has passed.
    package func wait(until time: UnixTime) -> String {
        let seconds = time.seconds - now.seconds
        return seconds > 0 ? "in \(Self.text(seconds))" : "now"
    }

    /// A length of time in its greatest unit, rounded down.
    package static func text(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86_400: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    /// A length of time in its two greatest units, as systemctl(1) writes it: `1min 48s`, `3h 12min`, `2 days 4h`.
    package static func long(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)min \(seconds % 60)s"
        case ..<86_400: "\(seconds / 3600)h \(seconds / 60 % 60)min"
        default: "\(seconds / 86_400) days \(seconds / 3600 % 24)h"
        }
    }
}

extension Duration {
    /// Whole seconds, rounded up.
    package var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
