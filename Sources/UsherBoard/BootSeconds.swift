/// An instant of `CLOCK_BOOTTIME` in whole seconds, rounded down (clock_gettime(2)).
///
/// 32 bits, because a slot of the board and of the ledger has no room for more: 136 years of uptime. A sum stays at the
/// last instant instead of wrapping.
public struct BootSeconds: Hashable, Comparable, Sendable {
    /// Seconds since the machine was started, time asleep included.
    public let rawValue: UInt32

    /// The instant `rawValue` seconds after the start of the machine.
    @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// The start of the machine; as an expiry it says "never valid".
    @inlinable public static var zero: BootSeconds { BootSeconds(0) }
    /// The last instant that can be told.
    @inlinable public static var distantFuture: BootSeconds { BootSeconds(.max) }

    /// The instant `seconds` later, or `distantFuture`.
    @inlinable public static func + (instant: BootSeconds, seconds: UInt32) -> BootSeconds {
        let (sum, overflow) = instant.rawValue.addingReportingOverflow(seconds)
        return overflow ? .distantFuture : BootSeconds(sum)
    }

    /// Seconds from `earlier` to this instant; 0 where it is not earlier.
    @inlinable public func seconds(since earlier: BootSeconds) -> UInt32 {
        rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
    }

    // All four, because the general ones of `Comparable` go through a witness table from other modules.

    /// Whether `left` is before `right`.
    @inlinable public static func < (left: BootSeconds, right: BootSeconds) -> Bool { left.rawValue < right.rawValue }
    /// Whether `left` is after `right`.
    @inlinable public static func > (left: BootSeconds, right: BootSeconds) -> Bool { left.rawValue > right.rawValue }
    /// Whether `left` is not after `right`.
    @inlinable public static func <= (left: BootSeconds, right: BootSeconds) -> Bool {
        left.rawValue <= right.rawValue
    }
    /// Whether `left` is not before `right`.
    @inlinable public static func >= (left: BootSeconds, right: BootSeconds) -> Bool {
        left.rawValue >= right.rawValue
    }
    /// Whether both are the same instant.
    @inlinable public static func == (left: BootSeconds, right: BootSeconds) -> Bool {
        left.rawValue == right.rawValue
    }
}
