internal import CLinux
internal import Synchronization
internal import UsherWire

// Answers from memory: the board is attached on each connection, uses are told to the daemon afterwards.
extension ConnectionDriver {
    /// Uses that wait to be told at most; those beyond are told a twentieth of the idle timeout later.
    static let touchCapacity = 4096
    /// How long the first of a batch waits for others. Far below a twentieth of any sensible idle timeout.
    static let touchDelay = Duration.milliseconds(50)

    /// The session that `token` proves, where memory can say so. Takes neither the driver's lock nor any other that is
    /// held for long.
    func remembered(_ token: Token, touch: Bool) -> Session? {
        guard let cache, let found = cache.find(token, touches: touch, now: usher_boottime()) else { return nil }
        if found.isTouchDue { tellLater(token) }
        return found.session
    }

    private func tellLater(_ token: Token) {
        update { state, now in
            guard !state.isClosed, state.touches.count < Self.touchCapacity else { return }
            state.touches.append(token)
            guard state.touchesDue == nil else { return }
            state.touchesDue = now + Self.touchDelay
            _ = hasReader(&state)
        }
    }

    /// Tells the daemon of the uses so far, once that is due. Nobody waits for the answer.
    func tellTouches(_ state: inout State, at now: MonotonicInstant) {
        guard let due = state.touchesDue, now >= due else { return }
        for batch in state.touches.batches {
            guard let call = try? touch(batch).call else { continue }
            state.core.submit(call.id, call, call.terms, at: now)
        }
        (state.touches, state.touchesDue) = ([], nil)
    }

    /// The first call of a new connection: `board.attach`. Nil where nothing is to be remembered.
    func attachment(of connection: UInt64) -> PendingCall? {
        guard cache != nil else { return nil }
        return try? prepareCall(CallRules(repeatable: false, connection: connection)) { frame, id in
            frame.writeRequest(.attachBoard, id: id)
        }
    }

    /// The daemon has answered `board.attach`, with a refusal where `result` is nil. Answers of this connection may be
    /// remembered from now on, if there is a board; it is the one from before where its id is the same.
    func attach(_ result: Span<UInt8>?, _ state: inout State) {
        state.attaching = nil
        var board: BoardMap?
        if let descriptor = state.channel?.takeDescriptor() {
            board = BoardMap(adopting: descriptor, describedBy: result, now: usher_boottime())
        }
        if let known = state.board, let found = board, known.isSame(as: found) { board = known }
        state.board = board
        state.attached = board
        cache?.use(board)
    }
}
