/// Counts what owners have in a bounded table. No owner has more than a share of it.
struct ShareBudget: Sendable {
    private let capacity, share: Int
    private var used = 0
    private var byOwner: [ShareOwner: Int] = [:]

    /// Room for `capacity`, at most `share` of one owner.
    init(capacity: Int, share: Int) { (self.capacity, self.share) = (capacity, share) }

    /// Takes a place; false, and nothing changes, where there is none for `owner`.
    mutating func take(_ owner: ShareOwner) -> Bool {
        let own = byOwner[owner, default: 0]
        guard used < capacity, own < share else { return false }
        used += 1
        byOwner[owner] = own + 1
        return true
    }

    /// Gives a place back.
    mutating func give(_ owner: ShareOwner) {
        guard let own = byOwner[owner] else { preconditionFailure("a place that was not taken") }
        used -= 1
        byOwner[owner] = own == 1 ? nil : own - 1
    }
}
