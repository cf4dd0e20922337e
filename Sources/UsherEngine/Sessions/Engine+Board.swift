internal import UsherBoard
internal import UsherSessions
internal import UsherWire

/// `board.attach`: the engine writes the answer, and the server sends the descriptor with it.
extension Engine {
    /// A connection attaches once, so that a client which never reads holds one descriptor in its socket and no more.
    func attachBoard(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        _ = try NoParams(request, in: bytes)
        guard !peer.hasBoard else { throw Refusal(.boards) }
        peer.hasBoard = true
        // A clock from before the request was received could be behind the client's at its question (PROTOCOL.md).
        let description = BoardDescription(ledger.board, at: clock())
        answer(request, bytes, &answers) { $0.result(description) }
    }
}

extension BoardDescription {
    fileprivate init(_ board: Board, at now: Moment) {
        self.init(
            high: UInt64(bigEndian: board.id.low), low: UInt64(bigEndian: board.id.high), slots: Int64(board.slots),
            offset: Int64(BoardLayout.headerSize), boottimeMilliseconds: now.nanoseconds / 1_000_000)
    }
}
