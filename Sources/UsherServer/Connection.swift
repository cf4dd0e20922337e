internal import UsherEngine
internal import UsherEventLoop
internal import UsherSecrets

/// One client's socket and what waits on it.
///
/// Input that was read and not handled is held in one block: either the start of a frame, in a block that has exactly
/// the size of that frame and is read into directly, or whole frames that wait until the client has read its answers. A
/// connection with unsent answers is not read. All kinds of block are zeroed when they go: they may hold secrets.
/// Events wait apart until every answer before them has gone out, so that they never stand between a request and its
/// answer.
final class Connection {
    let id: ConnectionID
    let credentials: PeerCredentials
    let socket: PeerSocket
    /// Input that was read and not handled.
    var held: HeldInput?
    /// Answers that the socket did not take, oldest first.
    var unsent: [UnsentBlock] = []
    /// Events that wait for those, oldest first; connections share them until they are sent.
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
    /// Whether the queue of these deadlines has an entry for this connection.
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

    /// Whether whole frames wait that could be handled, were it not for answers that the client does not read.
    var owesAnswers: Bool { !isPaused && held?.isWhole == true }

    /// Bytes of answers that wait for the client.
    var unsentBytes: Int { unsent.reduce(0) { $0 + $1.bytes.count - $1.sent } }
}

/// Bytes received and not handled.
final class HeldInput {
    /// The bytes; the capacity is the size of the first frame while that is not whole.
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

    /// Those blocks as one.
    init(joining blocks: [UnsentBlock]) {
        var bytes = SecretBytes(capacity: blocks.reduce(0) { $0 + $1.bytes.count })
        for block in blocks { block.bytes.withBytes { _ = bytes.append(copying: $0) } }
        self.bytes = bytes
        carriesBoard = false
    }
}
