/// The 16 bytes of a host's ledger: a host that takes part. A reboot makes a new member.
package struct MemberID: Hashable, Comparable, Sendable {
    /// The bytes, big-endian.
    package let high, low: UInt64

    /// The member with these bytes.
    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    package static func < (one: Self, other: Self) -> Bool { (one.high, one.low) < (other.high, other.low) }
}

/// The 8 bytes of a handle that do not change when the token does.
package struct SessionTag: Hashable, Sendable {
    /// The bytes, big-endian.
    package let value: UInt64

    /// The tag with these bytes.
    package init(_ value: UInt64) { self.value = value }

    /// Stands for no tag.
    package static let none = SessionTag(0)
}

/// The first 16 bytes of the SHA-256 of a token. Eight zero bytes and a tag name a session by its handle.
package struct SharedDigest: Hashable, Sendable {
    /// The bytes, big-endian.
    package let high, low: UInt64

    /// The digest with these bytes.
    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// The name of the session with `tag`, whatever token it has.
    package init(handle tag: SessionTag) { (high, low) = (0, tag.value) }

    /// The 16 bytes.
    var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    /// Whether this names a session by its handle.
    package var isHandle: Bool { high == 0 }
}

/// Eight hexadecimal digits: one run of the store that a host has opened.
package struct Epoch: Hashable, Sendable {
    /// The digits.
    package let value: UInt32

    /// The epoch with these digits.
    package init(_ value: UInt32) { self.value = value }

    /// A number below 2⁵³ that tells epochs apart also where two have one ordinal, which lines of epochs that know
    /// nothing of each other may: the lowest 21 bits of the ordinal, and the epoch.
    package func mark(_ ordinal: UInt64) -> UInt64 { (ordinal & 0x1f_ffff) << 32 | UInt64(value) }
}

/// The ordinal of an epoch and the number of an entry of its stream. A number of an older epoch is less than any of a
/// newer one.
package struct Stamp: Comparable, Hashable, Sendable {
    /// The epoch's place among all epochs.
    package let ordinal: UInt64
    /// The entry's place in the epoch.
    package let number: UInt64

    /// The stamp of entry `number` in the epoch with `ordinal`.
    package init(ordinal: UInt64, number: UInt64) { (self.ordinal, self.number) = (ordinal, number) }

    /// Before every entry.
    package static let zero = Stamp(ordinal: 0, number: 0)

    package static func < (one: Self, other: Self) -> Bool {
        one.ordinal != other.ordinal ? one.ordinal < other.ordinal : one.number < other.number
    }
}

/// Which record of a session is the newest: the ordinal of the epoch in which the record was written, or was told again
/// by its sender, and the version. A change that was never answered in its epoch is older than each change of a newer
/// epoch, whatever the versions.
package struct Edition: Comparable, Hashable, Sendable {
    /// The epoch's place among all epochs.
    package let era: UInt64
    /// Counts the changes of the session.
    package let version: UInt64

    /// The record of `version`, written in the epoch with the ordinal `era`.
    package init(era: UInt64, version: UInt64) { (self.era, self.version) = (era, version) }

    /// Before every record.
    static let zero = Edition(era: 0, version: 0)

    package static func < (one: Self, other: Self) -> Bool {
        one.era != other.era ? one.era < other.era : one.version < other.version
    }
}

/// A question of a peer that awaits its answer.
package struct RequestID: Hashable, Sendable {
    /// The driver's number of it.
    package let value: UInt64

    /// The request that the driver calls so.
    package init(_ value: UInt64) { self.value = value }
}

/// Who a share of the tables belongs to: a peer's uid.
package struct ShareOwner: Hashable, Sendable {
    /// The uid.
    package let uid: UInt32

    /// The owner with this uid.
    package init(uid: UInt32) { self.uid = uid }
}

/// A call to the store that awaits its reply, or a reading of the stream. No two of a host have the same one.
package struct CallID: Hashable, Sendable {
    /// The number of the call.
    package let value: UInt64

    /// The call with this number.
    package init(_ value: UInt64) { self.value = value }
}
