internal import UsherEngine

/// When connections must have done something: deadlines in the order of time.
///
/// Nearly all are added at the end, since all connections get the same time. A connection has at most one entry, which
/// ends with the connection; an entry may stay after its deadline has moved or gone. The caller of ``takeDue(at:)``
/// checks the connection's own deadline and adds it again if needed, perhaps before other entries. Rejected: a heap,
/// which gains nothing with the few thousand entries that there can be.
struct DeadlineQueue {
    private var entries: [(id: ConnectionID, at: Int64)] = []
    private var head = 0

    /// The earliest deadline.
    var next: Int64? { head < entries.count ? entries[head].at : nil }

    /// Adds a deadline in its place.
    mutating func insert(_ id: ConnectionID, _ deadline: Int64) {
        let place = entries[head...].lastIndex { $0.at <= deadline }.map { $0 + 1 } ?? head
        entries.insert((id, deadline), at: place)
    }

    /// Takes out the entry of a connection that ends, so that there are never more entries than connections.
    mutating func remove(_ id: ConnectionID) {
        if let place = entries[head...].lastIndex(where: { $0.id == id }) { entries.remove(at: place) }
    }

    /// Takes out every entry that is due.
    mutating func takeDue(at now: Int64) -> [ConnectionID] {
        var due: [ConnectionID] = []
        while head < entries.count, entries[head].at <= now {
            due.append(entries[head].id)
            head += 1
        }
        if head > entries.count / 2 {
            entries.removeFirst(head)
            head = 0
        }
        return due
    }
}
