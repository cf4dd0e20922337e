internal import CLinux

/// A time of day as the protocol writes it: whole seconds since 1970-01-01T00:00:00Z.
public struct UnixTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int64

    /// The time that many seconds after 1970 began.
    public init(seconds: Int64) { self.seconds = seconds }

    /// The time of the host's clock.
    package static var now: UnixTime { UnixTime(seconds: usher_realtime() / 1_000_000_000) }

    /// Whether `left` is the earlier one.
    public static func < (left: UnixTime, right: UnixTime) -> Bool { left.seconds < right.seconds }

    /// UTC, as RFC 3339 writes it: `2026-01-31T08:05:09Z`. Years have more than four digits where they need them.
    public var description: String {
        var (time, parts) = unsafe (time_t(seconds), tm())
        // A year beyond 32 bits.
        guard unsafe gmtime_r(&time, &parts) != nil else { return "\(seconds) s" }
        let date = unsafe [parts.tm_mon + 1, parts.tm_mday].map(Self.twoDigits).joined(separator: "-")
        let clock = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map(Self.twoDigits).joined(separator: ":")
        return unsafe "\(Int(parts.tm_year) + 1900)-\(date)T\(clock)Z"
    }

    private static func twoDigits(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
