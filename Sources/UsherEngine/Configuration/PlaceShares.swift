/// How the places for connections are shared out.
///
/// Invariant: `root + outsiders + entries * reserve + common == all`, so that no owner can take another's places.
package struct PlaceShares: Hashable, Sendable {
    /// All places.
    package let all: Int
    /// Places kept for root.
    package let root: Int
    /// Places of all users without a role (outsiders) together. Outsiders take no other places.
    package let outsiders: Int
    /// The most that one outsider takes: an eighth of ``outsiders``, at least 1.
    package let perOutsider: Int
    /// How many entries have a reserve.
    package let entries: Int
    /// Places kept for the users of each entry that grants a role. If several users match the entry, each takes at most
    /// half, rounded up.
    package let reserve: Int
    /// The most that one user but root takes.
    package let perUser: Int

    /// Shares the places by `limits`. Half of what root and outsiders leave is reserved for `entries` entries, in equal
    /// parts.
    package init(_ limits: Limits, entries: Int) {
        (all, root, perUser) = (limits.connections, limits.connectionsForRoot, limits.connectionsPerUID)
        outsiders = min(limits.placesWithoutRole, max(0, all - root))
        perOutsider = max(1, outsiders / 8)
        self.entries = entries
        reserve = entries == 0 ? 0 : max(0, all - root - outsiders) / 2 / entries
    }

    /// Places for any user with a role whose entry's reserve is taken.
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
