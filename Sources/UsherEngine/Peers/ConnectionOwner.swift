/// Whose share of the daemon's work a connection uses.
///
/// Rejected: every uid as an owner of its own. A user has thousands of subordinate uids (subuid(5)), and would have as
/// many shares.
package enum ConnectionOwner: Hashable, Sendable {
    /// A uid that an entry grants a role.
    case user(UInt32)
    /// All uids without a role, together.
    case outsiders
}
