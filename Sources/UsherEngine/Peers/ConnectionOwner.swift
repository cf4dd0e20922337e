/// Whose shares a connection uses: of the places for connections, and of each turn.
///
/// Rejected: every uid as an owner of its own. A user has thousands of subordinate uids (subuid(5)), and would have as
/// many shares.
package struct ConnectionOwner: Hashable, Sendable {
    /// An entry that grants a role.
    package struct Entry: Hashable, Sendable {
        /// Its place in the policy, until the next reload.
        package var index: Int
        /// Whether several users may match it.
        package var isShared: Bool

        /// The entry at `index`.
        package init(index: Int, isShared: Bool) {
            self.index = index
            self.isShared = isShared
        }
    }

    /// The uid under which the shares are counted (``Policy/user(of:)``).
    package var user: UInt32
    /// The entry that grants the user a role; nil for an outsider, and all outsiders together are one owner of turns.
    package var entry: Entry?

    /// Whether no entry grants it a role.
    package var isOutsider: Bool { entry == nil }

    /// A user, and the entry that grants it a role.
    package init(user: UInt32, entry: Entry? = nil) {
        self.user = user
        self.entry = entry
    }
}
