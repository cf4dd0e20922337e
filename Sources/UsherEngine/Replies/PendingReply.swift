internal import UsherWire

/// The duty to answer one request later. It ends in `Engine.answer` or `Engine.refuse`; dropped before that, it answers
/// `internal_error`, so that no request is ever forgotten.
///
/// A deinit cannot reach the connection: it leaves the request with ``DroppedReplies``, which the engine empties at the
/// end of each turn.
struct PendingReply: ~Copyable {
    /// The request that is owed an answer.
    let request: PendingRequest
    private let dropped: DroppedReplies
    private var isTaken = false

    /// The duty to answer `request`. If nobody answers it, `dropped` gets it.
    init(to request: PendingRequest, _ dropped: DroppedReplies) {
        self.request = request
        self.dropped = dropped
    }

    /// Ends the duty: the caller answers now.
    consuming func take() -> PendingRequest {
        isTaken = true
        return request
    }

    deinit {
        if !isTaken { dropped.add(request) }
    }
}

/// A request that is not answered yet, by its connection and its id there.
struct PendingRequest: Equatable {
    let connection: ConnectionID
    let id: RequestID
}

/// Requests whose ``PendingReply`` was dropped. At most as many as are pending.
final class DroppedReplies {
    private var requests: [PendingRequest] = []

    /// Whether there is none: the usual case, asked once a turn.
    var isEmpty: Bool { requests.isEmpty }

    fileprivate func add(_ request: PendingRequest) { requests.append(request) }

    /// Takes them out, in the order in which they were dropped.
    func takeAll() -> [PendingRequest] {
        defer { requests = [] }
        return requests
    }
}
