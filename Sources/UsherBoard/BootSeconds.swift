/// An instant of `CLOCK_BOOTTIME` in whole seconds, rounded down (clock_gettime(2)).
///
/// 32 bits, because a slot of the board has no room for more: 136 years of uptime.
public struct BootSeconds: Hashable, Comparable, Sendable {
    /// Seconds since the machine was started, time asleep included.
    public let rawValue: UInt32

    /// The instant `rawValue` seconds after the start of the machine.
    @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// The start of the machine; as an expiry it says "never valid".
    @inlinable public static var zero: BootSeconds { BootSeconds(0) }

    // All four, because modules that use the generic ones of `Comparable` would call them through a witness table.

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
