/// An instant of `CLOCK_BOOTTIME` in whole seconds, rounded down (clock_gettime(2)).
///
/// 32 bits, because a slot of the board and of the ledger has no room for more: 136 years of uptime. A sum stays at the
/// last instant instead of wrapping.
package struct BootSeconds: Hashable, Comparable, Sendable {
    /// Seconds since the machine was started, time asleep included.
    package let rawValue: UInt32

    /// The instant `rawValue` seconds after the start of the machine.
    @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// The start of the machine; as an expiry it says "never valid".
    @inlinable package static var zero: BootSeconds { BootSeconds(0) }
    /// The last instant that can be told.
    @inlinable package static var distantFuture: BootSeconds { BootSeconds(.max) }

    /// The instant `seconds` later, or `distantFuture`.
    @inlinable package static func + (instant: BootSeconds, seconds: UInt32) -> BootSeconds {
        let (sum, overflow) = instant.rawValue.addingReportingOverflow(seconds)
        return overflow ? .distantFuture : BootSeconds(sum)
    }

    /// Seconds from `earlier` to this instant; 0 where it is not earlier.
    @inlinable package func seconds(since earlier: BootSeconds) -> UInt32 {
        rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
    }

    // All four, because the general ones of `Comparable` go through a witness table from other modules.

    @inlinable package static func < (left: BootSeconds, right: BootSeconds) -> Bool { left.rawValue < right.rawValue }
    @inlinable package static func > (left: BootSeconds, right: BootSeconds) -> Bool { left.rawValue > right.rawValue }
    @inlinable package static func <= (left: BootSeconds, right: BootSeconds) -> Bool {
        left.rawValue <= right.rawValue
    }
    @inlinable package static func >= (left: BootSeconds, right: BootSeconds) -> Bool {
        left.rawValue >= right.rawValue
    }
    @inlinable package static func == (left: BootSeconds, right: BootSeconds) -> Bool {
        left.rawValue == right.rawValue
    }
}
