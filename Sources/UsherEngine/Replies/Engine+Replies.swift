internal import UsherWire

/// The id of a request of the protocol, where a module has another type of that name.
typealias WireRequestID = UsherWire.RequestID

/// Answers that come after the turn of their request, or within it but not from its handler.
extension Engine {
    /// Takes up the duty to answer a request of `peer` later.
    func later(_ id: RequestID, of peer: Peer) -> PendingReply {
        peer.replies.insert(id)
        return PendingReply(to: PendingRequest(connection: peer.id, id: id), dropped)
    }

    /// Answers with a result. If the result is larger than a frame, answers with an error and returns false; false too
    /// where the connection has gone.
    @discardableResult
    func answer(_ reply: consuming PendingReply, _ body: (inout FrameBuffer) -> Void) -> Bool {
        var isWritten = false
        deliver(to: reply.take()) { id, answers in
            answers.beginAnswer(to: id)
            body(&answers)
            isWritten = answers.endAnswer() == .written
            if !isWritten { refuse(Refusal(.internal), to: id, &answers) }
        }
        return isWritten
    }

    /// Answers with an error, `more` in its data.
    func refuse(
        _ reply: consuming PendingReply, _ refusal: Refusal, _ more: (inout FrameBuffer) -> Void = { _ in }
    ) {
        deliver(to: reply.take()) { id, answers in refuse(refusal, to: id, &answers, more) }
    }

    /// Answers the requests that were dropped with `internal_error`.
    func settleReplies() {
        guard !dropped.isEmpty else { return }
        for request in dropped.takeAll() {
            deliver(to: request) { id, answers in refuse(Refusal(.internal), to: id, &answers) }
        }
    }

    /// Writes a frame for a request and sends it, unless the connection has gone. The id may be used again.
    private func deliver(to request: PendingRequest, _ write: (RequestID, inout FrameBuffer) -> Void) {
        guard let peer = peer(request.connection), peer.replies.remove(request.id) else { return }
        write(request.id, &outbox)
        outbox.withBytes { host.deliver($0, to: request.connection) }
        outbox.wipe()
    }
}
