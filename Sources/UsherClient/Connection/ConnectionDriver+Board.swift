internal import CLinux
internal import UsherSecrets
internal import UsherWire

// Answers from memory: the board is attached on each connection, uses are told to the daemon afterwards.
extension ConnectionDriver {
    /// How long the first of a batch waits for others. Far below a twentieth of any sensible idle timeout.
    static let touchDelay = Duration.milliseconds(50)

    /// The session that `token` proves; nil when memory cannot tell. Takes the lock of one place of the cache and, for
    /// a use that must be reported, the lock of `touches`. Both are held for nanoseconds, and this call gives up on a
    /// lock that stays taken. Its only system call is eventfd_write(3), to report a use.
    func remembered(_ token: Token, touch: Bool) -> Session? {
        guard let cache, let found = cache.find(token, touches: touch, now: usher_boottime()) else { return nil }
        if found.isTouchDue, touches.append(token) { residentWake.signal() }
        return found.session
    }

    /// As ``remembered(_:touch:)``, of the token that `text` writes. Makes a ``Token`` only to tell the daemon of a
    /// use.
    func remembered(text: Span<UInt8>, touch: Bool) -> Session? {
        guard let cache, let token = SessionToken(text: text),
            let found = cache.find(token.words, touches: touch, now: usher_boottime())
        else { return nil }
        if found.isTouchDue, let token = Token(utf8: text), touches.append(token) { residentWake.signal() }
        return found.session
    }

    /// Schedules the report of the uses so far, if there are any.
    func noticeTouches(_ state: inout State, at now: MonotonicInstant) {
        if state.touchesDue == nil, !touches.isEmpty { state.touchesDue = now + Self.touchDelay }
    }

    /// Reports the uses so far to the daemon, once that is due. Nobody waits for the answer.
    func tellTouches(_ state: inout State, at now: MonotonicInstant) {
        guard let due = state.touchesDue, now >= due else { return }
        for batch in touches.takeAll().batches {
            guard let call = try? touch(batch).call else { continue }
            state.core.submit(call.id, call, call.terms, at: now)
        }
        state.touchesDue = nil
    }

    /// `board.attach`, asked and not answered.
    struct Attaching: Sendable {
        /// The id of the request.
        let id: Int64
        /// CLOCK_BOOTTIME before the request was sent, in nanoseconds.
        let asked = usher_boottime()

        /// The request of that id, which has not been sent yet.
        init(_ id: Int64) { self.id = id }
    }

    /// The first call of a new connection: `board.attach`. Nil without a cache.
    func attachment(of connection: UInt64) -> PendingCall? {
        guard cache != nil else { return nil }
        return try? prepareCall(CallRules(repeatable: false, connection: connection)) { frame, id in
            frame.writeRequest(.attachBoard, id: id)
        }
    }

    /// The daemon has answered `board.attach`; `result` is nil for a refusal. With a board, answers of this connection
    /// are remembered from now on. A board with the id of the known one is treated as the known one.
    ///
    /// A board also starts the resident, which reports uses to the daemon: `remembered` cannot start it.
    func attach(_ result: Span<UInt8>?, _ state: inout State) {
        let asked = state.attaching?.asked ?? .max
        state.attaching = nil
        var board: BoardMap?
        if let descriptor = state.channel?.takeDescriptor() {
            board = BoardMap(adopting: descriptor, describedBy: result, asked: asked, now: usher_boottime())
        }
        if let known = state.board, let found = board, known.isSame(as: found) { board = known }
        state.board = board
        state.attached = board
        cache?.use(board)
        if board != nil { state.role.requireResident() }
    }
}
