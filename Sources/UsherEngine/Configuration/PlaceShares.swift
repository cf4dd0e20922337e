/// How the places for connections are shared out.
///
/// Invariant: root's places, the outsiders', the reserves of all entries and the common ones are all places together, so
/// that no owner can take what is another's.
package struct PlaceShares: Hashable, Sendable {
    /// All of them.
    package let all: Int
    /// What is kept for root.
    package let root: Int
    /// What all users without a role have together; they have no other.
    package let outsiders: Int
    /// The most that one of these has: an eighth of it.
    package let perOutsider: Int
    /// How many entries have a reserve.
    package let entries: Int
    /// What is kept for the users of each entry that grants a role. One of several users has at most half of it.
    package let reserve: Int
    /// The most that one user has.
    package let perUser: Int

    /// The shares by these limits, where `entries` entries have a reserve: half of what root and outsiders leave is
    /// theirs, in equal parts.
    package init(_ limits: Limits, entries: Int) {
        (all, root, perUser) = (limits.connections, limits.connectionsForRoot, limits.connectionsPerUID)
        outsiders = min(limits.placesWithoutRole, max(0, all - root))
        perOutsider = max(1, outsiders / 8)
        self.entries = entries
        reserve = entries == 0 ? 0 : max(0, all - root - outsiders) / 2 / entries
    }

    /// What any user with a role may have, once a reserve is taken.
    package var common: Int { max(0, all - root - outsiders - entries * reserve) }
}

extension Limits {
    /// Places of all users without a role together.
    package var placesWithoutRole: Int { connectionsWithoutRole ?? connections / 16 }
}

extension Configuration {
    /// How the places for connections are shared out. Root needs no reserve beside its own.
    package var placeShares: PlaceShares {
        PlaceShares(limits, entries: clients.count { !$0.roles.isEmpty && $0.subject != .user(0) })
    }
}
