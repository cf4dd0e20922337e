internal import UsherEngine
internal import UsherEventLoop
internal import UsherSecrets

/// One client's socket and what waits on it.
///
/// Input that was read and not handled is held in one block. It is the start of a frame, in a block of that frame's
/// size into which the rest is read directly, or whole frames that wait until the client has read its answers or for
/// its owner's next turn. A connection with unsent answers is not read. All blocks are zeroed when they go: they may
/// contain secrets. Events wait apart until every answer before them has gone out, so that they never stand between a
/// request and its answer.
final class Connection {
    let id: ConnectionID
    let credentials: PeerCredentials
    let socket: PeerSocket
    /// Input that was read and not handled.
    var held: HeldInput?
    /// Answers that the socket did not take, oldest first.
    var unsent: [UnsentBlock] = []
    /// Events that wait for ``unsent``, oldest first. Connections share each event until it is sent.
    var events: [UnsentBlock] = []
    /// How many events stand in ``unsent``.
    var eventsUnderWay = 0
    /// Whether it ends as soon as nothing waits for the client any more; it is not read from then on.
    var isClosing = false
    /// Whether the client sends no more (shutdown(2), SHUT_WR) and still gets answers; it ends with the last of them.
    var isHalfClosed = false
    /// When the frame whose start is held must be whole.
    var frameDeadline: Int64?
    /// When the client must have taken more of what is unsent.
    var sendDeadline: Int64?
    /// Whether the queue of frame deadlines, or of send deadlines, has an entry for this connection.
    var isInFrameQueue = false
    var isInSendQueue = false
    /// Whether it has as many requests in flight as it may.
    var isPaused = false
    /// Whose shares it uses.
    var owner: ConnectionOwner
    /// The place that it takes.
    var place: Places.Kind
    /// When it came or was served last, while its owner is an outsider, in nanoseconds.
    var servedAt: Int64 = 0
    /// The lane that serves it, and the owner's account there; nil once it has been closed.
    var lane: Lane?
    var account: TurnScheduler.Account = 0
    /// What epoll(7) waits for.
    var interest: UInt32 = 0
    /// What epoll(7) has reported since it was served last; 0 unless the lane's scheduler has it.
    var readiness: UInt32 = 0

    init(
        _ id: ConnectionID, _ socket: consuming PeerSocket, _ credentials: PeerCredentials, owner: ConnectionOwner,
        place: Places.Kind
    ) {
        self.id = id
        self.socket = socket
        self.credentials = credentials
        self.owner = owner
        self.place = place
    }

    /// Bytes held and unsent, events included.
    var waitingBytes: Int { (held?.bytes.capacity ?? 0) + unsentBytes + events.reduce(0) { $0 + $1.bytes.count } }

    /// Events that the socket has not taken.
    var waitingEvents: Int { events.count + eventsUnderWay }

    /// Whether nothing waits for the client.
    var isFlushed: Bool { unsent.isEmpty && events.isEmpty }

    /// Whether whole frames are held, and no excess of requests in flight keeps them from being handled.
    var owesAnswers: Bool { !isPaused && held?.isWhole == true }

    /// Bytes of answers that wait for the client.
    var unsentBytes: Int { unsent.reduce(0) { $0 + $1.bytes.count - $1.sent } }
}

/// Bytes received and not handled.
final class HeldInput {
    /// The bytes; while the first frame is not whole, the capacity is its size, or a header's before that is known.
    var bytes: SecretBytes
    /// Whether it starts with a whole frame.
    let isWhole: Bool

    init(_ bytes: consuming SecretBytes, isWhole: Bool) {
        self.bytes = bytes
        self.isWhole = isWhole
    }
}

/// A piece of answers that the socket did not take at once.
final class UnsentBlock {
    let bytes: SecretBytes
    /// Whether the board's descriptor rides on its first byte.
    let carriesBoard: Bool
    /// Bytes that have gone out.
    var sent = 0

    init(copying bytes: Span<UInt8>, carriesBoard: Bool = false) {
        self.bytes = SecretBytes(copying: bytes)
        self.carriesBoard = carriesBoard
    }

    /// The blocks joined to one.
    init(joining blocks: [UnsentBlock]) {
        var bytes = SecretBytes(capacity: blocks.reduce(0) { $0 + $1.bytes.count })
        for block in blocks { block.bytes.withBytes { _ = bytes.append(copying: $0) } }
        self.bytes = bytes
        carriesBoard = false
    }
}
