package import UsherWire

/// What becomes of a connection after one of its frames.
package enum FrameOutcome: Equatable, Sendable {
    /// It goes on.
    case next
    /// It goes on, and the descriptor of the board rides on the first byte of the answer that was just written.
    case nextWithBoard
    /// It is not read any further until an answer has been delivered to it: too many of its requests are in flight.
    case pause
    /// The answer goes out, then the connection is closed: its bytes cannot be trusted any more.
    case close
}

/// What one frame came to.
package struct FrameResult: Equatable, Sendable {
    /// What becomes of its connection.
    package var outcome: FrameOutcome
    /// What the frame has cost beyond one of the usual size, in nanoseconds of processor time as far as that can be
    /// estimated. The owner of its connection is charged for it.
    package var work: Int

    /// A frame that has come to this; by default it has cost what a usual one costs.
    package init(_ outcome: FrameOutcome, work: Int = 0) {
        self.outcome = outcome
        self.work = work
    }
}

/// The part of the daemon that understands frames. It is called on the loop's thread and does no I/O.
package protocol FrameHandler: AnyObject {
    /// Sockets are ready; calls of ``received(_:of:in:from:answers:)`` follow. The time is taken here, once for all of
    /// them.
    func beginTurn()
    /// Frames were received, and calls of ``received(_:of:in:from:answers:)`` for them follow at once.
    func receivedLast()
    /// All ready sockets were handled.
    func endTurn()
    /// The user whose shares a peer of `uid` uses. The answer may differ after a reload.
    func user(of uid: UInt32) -> UInt32
    /// Whose shares a client with these credentials uses. The answer may differ after a reload.
    func owner(of credentials: PeerCredentials) -> ConnectionOwner
    /// A client has connected.
    func connected(_ id: ConnectionID, _ credentials: PeerCredentials)
    /// A frame with the body `body` of `bytes` has come. What can be answered now is appended to `answers`, in which
    /// there is room for one frame of the largest size. `batch` has the frames that are handled together with this one,
    /// with offsets in the same buffer; it is empty for a frame that came alone.
    func received(
        _ body: Range<Int>, of bytes: Span<UInt8>, in batch: inout FrameBatch, from id: ConnectionID,
        answers: inout FrameBuffer
    ) -> FrameResult
    /// The header of a frame announced a length that is refused; the answer is appended, then the connection is closed.
    func refusedLength(from id: ConnectionID, answers: inout FrameBuffer)
    /// Whether requests of the connection are answered later.
    func owesAnswers(to id: ConnectionID) -> Bool
    /// The connection is gone.
    func closed(_ id: ConnectionID)
    /// Whether what was handled since the last call held a secret; the buffers are wiped then.
    func takeSensitivity() -> Bool
}
