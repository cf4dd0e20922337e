internal import UsherWire

/// The requests of one connection whose answers are still to come, by id.
///
/// Invariant: an id is in the table once, and the table has at most `limits.in_flight` ids: a connection with that many
/// is not read (``FrameOutcome/pause``). An id has 80 bytes, so that the number bounds the bytes. The table is a part
/// of its ``Peer`` and ends with it.
struct PendingReplies {
    private var ids: Set<RequestID> = []

    /// How many answers are still to come.
    var count: Int { ids.count }
    /// Whether all requests are answered.
    var isEmpty: Bool { ids.isEmpty }

    /// Whether the request of that id is not answered yet.
    func contains(_ id: RequestID) -> Bool { ids.contains(id) }

    /// Notes a request that will be answered later.
    mutating func insert(_ id: RequestID) {
        let isNew = ids.insert(id).inserted
        precondition(isNew, "an id that is in use was taken")
    }

    /// Removes a request that is answered now; its id may be used again. Returns false if it is not in the table.
    mutating func remove(_ id: RequestID) -> Bool { ids.remove(id) != nil }
}
