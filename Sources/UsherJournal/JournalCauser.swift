/// Whose entries share a ``JournalBudget``.
package enum JournalCauser: Hashable, Comparable, Sendable {
    /// Nobody who can be named.
    case nobody
    /// All users without a role together. A user has thousands of subordinate uids (subuid(5)), and would have as many
    /// budgets.
    case outsiders
    /// A user with a role. The users of a range that counts as one user are the first of them.
    case user(UInt32)

    /// The user that a summary names.
    var uid: UInt32? {
        switch self {
        case .user(let uid): uid
        case .nobody, .outsiders: nil
        }
    }
}
