/// A keyed hash of what the host's account files say of a name, to notice that it has changed. One change in 2³² goes
/// unnoticed.
package struct AccountDigest: Hashable, Sendable {
    /// Never 0.
    package let rawValue: UInt32

    /// The files have no entry of the name.
    package static let missing = AccountDigest(known: 1)

    private init(known: UInt32) { rawValue = known }

    /// The digest of that number; nil for 0.
    package init?(rawValue: UInt32) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }

    /// The digest that `hash` stands for, never `missing`.
    package init(hash: UInt64) { rawValue = max(UInt32(truncatingIfNeeded: hash), 2) }
}

/// The kinds of files that have changed, or may have: files that decide which accounts may log in.
package struct AccountChanges: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// passwd(5) or shadow(5). Only accounts whose entries differ are affected.
    package static let entries = AccountChanges(rawValue: 1)
    /// Other files, such as PAM's. They do not show which accounts are affected.
    package static let rules = AccountChanges(rawValue: 2)
    /// Those of the other files that, once broken, deny everybody.
    package static let stacks = AccountChanges(rawValue: 4)
    /// All of them.
    package static let all: AccountChanges = [.entries, .rules, .stacks]
}
