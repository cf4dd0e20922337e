public import UsherBoard

/// An instant of `CLOCK_BOOTTIME` in whole seconds, rounded down (clock_gettime(2)); negative before the start of the
/// machine.
///
/// A session that another host made may be older than this machine's uptime. If its times were raised to the start of
/// the machine, an old proof of identity would pass for a young one. 32 bits, because a slot has no room for more: 68
/// years on both sides of the start. A sum stays at the last instant instead of wrapping.
///
/// Public, although no product offers it, for the reason that `BoardLayout` gives: look-ups in other modules compare
/// instants.
public struct LedgerSeconds: Hashable, Comparable, Sendable {
    /// Seconds since the machine was started, time asleep included.
    public let rawValue: Int32

    /// The instant `rawValue` seconds after the start of the machine.
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// An instant that the board shows; `distantFuture` where the ledger cannot write it.
    @inlinable public init(_ instant: BootSeconds) { rawValue = Int32(clamping: instant.rawValue) }

    /// The same instant for the board. The board has no instant before the start of the machine: such an expiry becomes
    /// zero, which is never valid.
    @inlinable public var onBoard: BootSeconds { BootSeconds(UInt32(max(rawValue, 0))) }

    /// The first instant that can be written.
    @inlinable public static var distantPast: LedgerSeconds { LedgerSeconds(.min) }
    /// The last instant that can be written.
    @inlinable public static var distantFuture: LedgerSeconds { LedgerSeconds(.max) }

    /// The instant `seconds` later, or `distantFuture`.
    @inlinable public static func + (instant: LedgerSeconds, seconds: UInt32) -> LedgerSeconds {
        let sum = Int64(instant.rawValue) + Int64(seconds)
        return sum > Int64(Int32.max) ? .distantFuture : LedgerSeconds(Int32(truncatingIfNeeded: sum))
    }

    // All four, because modules that use the generic ones of `Comparable` would call them through a witness table.

    /// Whether `left` is before `right`.
    @inlinable public static func < (left: LedgerSeconds, right: LedgerSeconds) -> Bool {
        left.rawValue < right.rawValue
    }
    /// Whether `left` is after `right`.
    @inlinable public static func > (left: LedgerSeconds, right: LedgerSeconds) -> Bool {
        left.rawValue > right.rawValue
    }
    /// Whether `left` is not after `right`.
    @inlinable public static func <= (left: LedgerSeconds, right: LedgerSeconds) -> Bool {
        left.rawValue <= right.rawValue
    }
    /// Whether `left` is not before `right`.
    @inlinable public static func >= (left: LedgerSeconds, right: LedgerSeconds) -> Bool {
        left.rawValue >= right.rawValue
    }
    /// Whether both are the same instant.
    @inlinable public static func == (left: LedgerSeconds, right: LedgerSeconds) -> Bool {
        left.rawValue == right.rawValue
    }
}
