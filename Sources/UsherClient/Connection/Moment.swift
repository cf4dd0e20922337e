internal import CLinux

/// A point of the monotonic clock. Cores take it as a parameter; `now` is read at the edge alone.
package struct Moment: Comparable, Hashable, Sendable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    package let nanoseconds: Int64

    /// The moment `nanoseconds` after the clock's start.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// clock_gettime(2): what the clock says.
    package static var now: Moment { Moment(nanoseconds: usher_clock(CLOCK_MONOTONIC)) }
    /// Later than every other.
    package static let never = Moment(nanoseconds: .max)

    /// Whether `left` is the earlier one.
    package static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment `duration` later; `never` where that is beyond the clock.
    package static func + (moment: Moment, duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflowed else { return seconds > 0 ? .never : Moment(nanoseconds: .min) }
        let (offset, beyond) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (sum, past) = moment.nanoseconds.addingReportingOverflow(offset)
        return beyond || past ? .never : Moment(nanoseconds: sum)
    }

    /// Whole milliseconds until `other`, rounded up, as poll(2) takes them: 0 when it is past, at most 2³¹−1.
    package func milliseconds(until other: Moment) -> Int32 {
        guard other > self else { return 0 }
        let (span, overflowed) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        guard !overflowed else { return .max }
        return Int32(clamping: span / 1_000_000 + (span % 1_000_000 > 0 ? 1 : 0))
    }
}
