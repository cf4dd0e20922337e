internal import CLinux

/// A point of the monotonic clock. Cores take it as a parameter; `now` is read at the edge alone.
package struct MonotonicInstant: Comparable, Hashable, Sendable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    package let nanoseconds: Int64

    /// The instant `nanoseconds` after the clock's start.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// clock_gettime(2): what the clock says.
    package static var now: MonotonicInstant { MonotonicInstant(nanoseconds: usher_clock(CLOCK_MONOTONIC)) }
    /// Later than every other.
    package static let never = MonotonicInstant(nanoseconds: .max)

    /// Whether `left` is the earlier one.
    package static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` later; `never` where that is beyond the clock.
    package static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        let (seconds, attoseconds) = duration.components
        let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflowed else { return seconds > 0 ? .never : MonotonicInstant(nanoseconds: .min) }
        let (offset, beyond) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (sum, past) = instant.nanoseconds.addingReportingOverflow(offset)
        return beyond || past ? .never : MonotonicInstant(nanoseconds: sum)
    }

    /// Whole milliseconds until `other`, rounded up, as poll(2) takes them: 0 when it is past, at most 2³¹−1.
    package func milliseconds(until other: MonotonicInstant) -> Int32 {
        guard other > self else { return 0 }
        let (span, overflowed) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        guard !overflowed else { return .max }
        return Int32(clamping: span / 1_000_000 + (span % 1_000_000 > 0 ? 1 : 0))
    }
}
