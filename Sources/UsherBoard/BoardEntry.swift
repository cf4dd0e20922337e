/// What the board says of one slot.
public struct BoardEntry: Hashable, Sendable {
    /// Grows with each change that makes cached answers wrong; 0 where the slot was never used.
    public let stamp: UInt32
    /// The instant from which on no answer is valid; zero if none is valid now.
    public let expiry: BootSeconds

    /// An entry of that stamp, whose answers are valid until `expiry`.
    @inlinable public init(stamp: UInt32, expiry: BootSeconds) {
        self.stamp = stamp
        self.expiry = expiry
    }

    /// The entry that `word` encodes.
    @inlinable public init(word: UInt64) {
        stamp = UInt32(truncatingIfNeeded: word >> 32)
        expiry = BootSeconds(UInt32(truncatingIfNeeded: word))
    }

    /// Stamp in the high half, expiry in the low half.
    @inlinable public var word: UInt64 { UInt64(stamp) << 32 | UInt64(expiry.rawValue) }

    /// The last stamp: a slot that has reached it is never handed out again, and its answers are not cached.
    @inlinable public static var lastStamp: UInt32 { .max }

    /// The stamp after this one; the last one stays.
    @inlinable public var nextStamp: UInt32 { stamp == Self.lastStamp ? stamp : stamp + 1 }

    /// Whether an answer that came with `stamp` is still valid at `now`, in nanoseconds of CLOCK_BOOTTIME.
    @inlinable public func confirms(stamp: UInt32, now: Int64) -> Bool {
        self.stamp == stamp && stamp != 0 && now < Int64(expiry.rawValue) &* 1_000_000_000
    }
}
