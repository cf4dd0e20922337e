internal import UsherSessions
internal import UsherWire

/// Who follows which events: a short list, since every event is offered to all of them.
struct Subscribers {
    /// One connection and what it wants to hear.
    struct Entry {
        let id: ConnectionID
        /// The uid under which the peer's shares are counted.
        var owner: UInt32
        /// The realms of the peer's entry.
        var realms: RealmSet
        let kinds: EventKinds
        /// The only user that it is about; nil for everybody.
        let user: [UInt8]?
    }

    private var entries: [Entry] = []
    private var kinds: EventKinds = []

    /// How many there are.
    var count: Int { entries.count }

    /// Whether anybody subscribes to that kind. Most often nobody does, and an event costs this test alone.
    func want(_ kind: EventKind) -> Bool { kinds.contains(EventKinds(kind)) }

    /// Enters a connection, or replaces its entry. Returns false if a new entry would make more than `limit`, would
    /// give one user more than half of `limit`, rounded up, or would take the eighth that is kept for root.
    mutating func set(_ entry: Entry, limit: Int) -> Bool {
        if let place = entries.firstIndex(where: { $0.id == entry.id }) {
            entries[place] = entry
        } else {
            guard hasPlace(for: entry.owner, limit: limit) else { return false }
            entries.append(entry)
        }
        findKinds()
        return true
    }

    private func hasPlace(for owner: UInt32, limit: Int) -> Bool {
        if owner == 0 { return count < limit }
        return count < limit - limit / 8 && entries.count { $0.owner == owner } < (limit + 1) / 2
    }

    /// After a reload the peer's entry may open other realms, and its shares may be another user's.
    mutating func move(_ id: ConnectionID, to realms: RealmSet, owner: UInt32) {
        guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
        (entries[place].realms, entries[place].owner) = (realms, owner)
    }

    /// Lets a connection go, if it is there.
    mutating func remove(_ id: ConnectionID) {
        guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
        entries.remove(at: place)
        findKinds()
    }

    private mutating func findKinds() { kinds = entries.reduce([]) { $0.union($1.kinds) } }

    /// The connections that get an event of that kind in `realm` about `user`.
    func hearing(_ kind: EventKind, in realm: RealmID, about user: Span<UInt8>) -> [ConnectionID] {
        var ids: [ConnectionID] = []
        for entry in entries where entry.kinds.contains(EventKinds(kind)) && entry.realms.contains(realm) {
            if entry.user.map({ Self.isSame($0.span, user) }) ?? true { ids.append(entry.id) }
        }
        return ids
    }

    private static func isSame(_ name: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        name.count == other.count && name.indices.allSatisfy { name[$0] == other[$0] }
    }
}
