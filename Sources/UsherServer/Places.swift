internal import UsherEngine

/// Who has which of the places for connections.
///
/// A connection takes a place of one kind when it comes, and gives it back when it goes. Root takes root's places, then
/// common ones. A user with a role takes the reserve of the entry that grants the role, then common places. Everybody
/// else takes an outsiders' place and no other, so that no number of uids without a role keeps a user with a role out.
struct Places {
    /// A kind of place.
    enum Kind: Hashable {
        case root
        /// Of the entry at that index.
        case reserve(Int)
        case common
        case outsiders
    }

    private struct Tenant: Hashable {
        var kind: Kind
        var user: UInt32
    }

    private(set) var shares: PlaceShares
    private var count = 0
    private var perKind: [Kind: Int] = [:]
    private var perUser: [UInt32: Int] = [:]
    private var perTenant: [Tenant: Int] = [:]

    init(_ shares: PlaceShares) { self.shares = shares }

    /// Whether the number of the user's connections admits one more.
    func admits(user: UInt32) -> Bool { user == 0 || perUser[user, default: 0] < shares.perUser }

    /// The place for one more connection of `owner`; nil where there is none.
    func next(for owner: ConnectionOwner) -> Kind? {
        guard count < shares.all, admits(user: owner.user) else { return nil }
        return kinds(for: owner).first { hasShare($0, owner) && isFree($0) }
    }

    /// Whether `owner` has a share of the outsiders' places left, and all of them are taken.
    func isCrowded(for owner: ConnectionOwner) -> Bool {
        kinds(for: owner) == [.outsiders] && hasShare(.outsiders, owner) && !isFree(.outsiders)
    }

    /// What `owner` may take, in the order of preference.
    private func kinds(for owner: ConnectionOwner) -> [Kind] {
        if owner.user == 0 { return [.root, .common] }
        return owner.entry.map { [.reserve($0.index), .common] } ?? [.outsiders]
    }

    private func isFree(_ kind: Kind) -> Bool {
        let share =
            switch kind {
            case .root: shares.root
            case .reserve: shares.reserve
            case .common: shares.common
            case .outsiders: shares.outsiders
            }
        return perKind[kind, default: 0] < share
    }

    private func hasShare(_ kind: Kind, _ owner: ConnectionOwner) -> Bool {
        let taken = perTenant[Tenant(kind: kind, user: owner.user), default: 0]
        return switch kind {
        case .root, .common: true
        case .reserve: owner.entry?.isShared != true || taken < (shares.reserve + 1) / 2
        case .outsiders: taken < shares.perOutsider
        }
    }

    /// A connection of `user` takes a place.
    mutating func take(_ kind: Kind, _ user: UInt32) {
        count += 1
        perKind[kind, default: 0] += 1
        perUser[user, default: 0] += 1
        perTenant[Tenant(kind: kind, user: user), default: 0] += 1
    }

    /// It gives the place back.
    mutating func giveBack(_ kind: Kind, _ user: UInt32) {
        count -= 1
        Self.lower(&perKind, kind)
        Self.lower(&perUser, user)
        Self.lower(&perTenant, Tenant(kind: kind, user: user))
    }

    private static func lower<Key>(_ counts: inout [Key: Int], _ key: Key) {
        let left = counts[key, default: 1] - 1
        counts[key] = left == 0 ? nil : left
    }
}
