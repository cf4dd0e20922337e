import Testing
import UsherEngine

@testable import UsherServer

@Suite("Places for connections")
struct PlacesTests {
    private static let limits: Limits = {
        var limits = Limits()
        (limits.connections, limits.connectionsPerUID, limits.connectionsForRoot) = (100, 30, 10)
        limits.connectionsWithoutRole = 16
        return limits
    }()
    /// Root 10, outsiders 16 (2 each), three reserves of 12, 38 common ones.
    private var places = Places(PlaceShares(limits, entries: 3))

    private func outsider(_ user: UInt32) -> ConnectionOwner { ConnectionOwner(user: user) }

    private func tool(_ user: UInt32, of entry: Int = 0) -> ConnectionOwner {
        ConnectionOwner(user: user, entry: .init(index: entry, isShared: false))
    }

    private func member(_ user: UInt32, of entry: Int) -> ConnectionOwner {
        ConnectionOwner(user: user, entry: .init(index: entry, isShared: true))
    }

    private let root = ConnectionOwner(user: 0, entry: .init(index: 9, isShared: false))

    /// Lets connections of `owner` come until there is no place, at most `limit`; how many came.
    @discardableResult
    private mutating func fill(_ owner: ConnectionOwner, limit: Int = 1000) -> Int {
        for number in 0..<limit {
            guard let kind = places.next(for: owner) else { return number }
            places.take(kind, owner.user)
        }
        return limit
    }

    @Test("the shares are all places together, and none is negative")
    func shares() {
        let few = places.shares
        #expect(few.root == 10 && few.outsiders == 16 && few.perOutsider == 2 && few.reserve == 12)
        for connections in [1, 2, 15, 16, 100, 4096] {
            for entries in [0, 1, 2, 7, 1024] {
                var limits = Self.limits
                (limits.connections, limits.connectionsForRoot) = (connections, 0)
                let shares = PlaceShares(limits, entries: entries)
                let parts = [shares.root, shares.outsiders, shares.common, shares.reserve * entries]
                #expect(parts.reduce(0, +) == connections && parts.allSatisfy { $0 >= 0 }, "\(shares)")
            }
        }
        let usual = Configuration(clients: [.root]).placeShares
        #expect(usual.outsiders == 256 && usual.perOutsider == 32 && usual.entries == 0)
        #expect(usual.common == 4096 - 256 - 64)
    }

    @Test("any number of users without a role have one small pool, and each of them few places of it")
    mutating func outsiders() {
        let taken = (60_000..<65_000).map { fill(outsider($0)) }
        #expect(taken.prefix(8) == [2, 2, 2, 2, 2, 2, 2, 2] && taken.dropFirst(8).allSatisfy { $0 == 0 })
        #expect(fill(root) == 10 + 38 && fill(tool(33)) == 12, "nobody else has lost one")
    }

    @Test("an entry's reserve is there whatever others take, root too")
    mutating func reserves() {
        #expect(fill(tool(1)) == 30, "12 of its own, and the limit of one user")
        #expect(fill(root) == 10 + 20 && fill(tool(34, of: 2)) == 12)
        #expect((2000..<2100).map { fill(member($0, of: 1)) }.reduce(0, +) == 12)
    }

    @Test("one of an entry's users has at most half of its reserve")
    mutating func half() {
        #expect(fill(root) == 48)
        #expect(fill(member(2000, of: 1)) == 6 && fill(member(2001, of: 1)) == 6 && fill(member(2002, of: 1)) == 0)
        #expect(fill(tool(33)) == 12)
    }

    @Test("a place that is given back is there for the same share again")
    mutating func givenBack() {
        for owner in [outsider(60_000), tool(33), root] {
            let taken = fill(owner)
            let kind = owner.isOutsider ? Places.Kind.outsiders : .common
            places.giveBack(kind, owner.user)
            #expect(fill(owner) == 1 && taken > 1)
            for _ in 0..<taken where kind == .outsiders { places.giveBack(kind, owner.user) }
        }
    }

    @Test("no user has more than the limit of one user, of whatever kind")
    mutating func perUser() {
        #expect(fill(tool(33), limit: 29) == 29 && places.admits(user: 33))
        #expect(fill(tool(33)) == 1 && !places.admits(user: 33))
        #expect(fill(root) == 30 && places.admits(user: 0))
    }

    @Test("the pool is crowded for whoever has a share of it left, and for nobody else")
    mutating func crowded() {
        #expect(!places.isCrowded(for: outsider(60_000)))
        for user: UInt32 in 60_000..<60_008 { fill(outsider(user)) }
        #expect(!places.isCrowded(for: outsider(60_000)) && places.isCrowded(for: outsider(60_008)))
        #expect(!places.isCrowded(for: tool(33)) && !places.isCrowded(for: root))
        #expect(!places.isCrowded(for: ConnectionOwner(user: 0)), "root without a role")
    }
}
