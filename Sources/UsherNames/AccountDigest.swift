/// What the host's account files have of a name, as a keyed hash, to see that it has changed. A change goes unnoticed once
/// in 2³².
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

/// Which files by which accounts may log in or not have changed, or may have.
package struct AccountChanges: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// passwd(5) or shadow(5): what an account's entries say is all that may have changed of it.
    package static let entries = AccountChanges(rawValue: 1)
    /// Others, such as PAM's: who is affected is not seen from the files.
    package static let rules = AccountChanges(rawValue: 2)
    /// Among the others those by which everybody is denied once they are broken.
    package static let stacks = AccountChanges(rawValue: 4)
    /// All of them.
    package static let all: AccountChanges = [.entries, .rules, .stacks]
}
