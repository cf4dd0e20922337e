internal import CLinux
internal import UsherSecrets
internal import UsherWire

// Answers from memory: the board is attached on each connection, uses are told to the daemon afterwards.
extension ConnectionDriver {
    /// How long the first of a batch waits for others. Far below a twentieth of any sensible idle timeout.
    static let touchDelay = Duration.milliseconds(50)

    /// The session that `token` proves, where memory can say so. Takes no lock but that of a place of the cache and,
    /// when the daemon is to be told of the use, that of `touches`. Both are held for nanoseconds and given up on when
    /// they stay taken. The only system call is then eventfd_write(3).
    func remembered(_ token: Token, touch: Bool) -> Session? {
        guard let cache, let found = cache.find(token, touches: touch, now: usher_boottime()) else { return nil }
        if found.isTouchDue, touches.append(token) { residentWake.signal() }
        return found.session
    }

    /// As ``remembered(_:touch:)``, of the token that `text` writes. Makes a ``Token`` only to tell the daemon of a use.
    func remembered(text: Span<UInt8>, touch: Bool) -> Session? {
        guard let cache, let token = SessionToken(text: text),
            let found = cache.find(token.words, touches: touch, now: usher_boottime())
        else { return nil }
        if found.isTouchDue, let token = Token(utf8: text), touches.append(token) { residentWake.signal() }
        return found.session
    }

    /// Sets the instant at which the uses so far are told, once there are any.
    func noticeTouches(_ state: inout State, at now: MonotonicInstant) {
        if state.touchesDue == nil, !touches.isEmpty { state.touchesDue = now + Self.touchDelay }
    }

    /// Tells the daemon of the uses so far, once that is due. Nobody waits for the answer.
    func tellTouches(_ state: inout State, at now: MonotonicInstant) {
        guard let due = state.touchesDue, now >= due else { return }
        for batch in touches.takeAll().batches {
            guard let call = try? touch(batch).call else { continue }
            state.core.submit(call.id, call, call.terms, at: now)
        }
        state.touchesDue = nil
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
    ///
    /// A resident is started then, because `remembered` may not start the one that tells the daemon of uses.
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
        if board != nil { state.role.requireResident() }
    }
}
