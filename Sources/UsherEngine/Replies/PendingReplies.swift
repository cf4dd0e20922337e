internal import UsherWire

/// The requests of one connection whose answers are still to come, by id.
///
/// Invariant: an id is in it once, and at most `limits.in_flight` are: from there on the connection is not read
/// (``FrameOutcome/pause``). An entry is an id of 80 bytes, so that the number bounds the bytes. The table is a part of
/// its ``Peer`` and ends with it.
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

    /// The request is answered now, and its id may be used again; false where it is not in the table.
    mutating func remove(_ id: RequestID) -> Bool { ids.remove(id) != nil }
}
