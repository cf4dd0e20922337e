internal import CLinux
package import UsherEngine
package import UsherEventLoop
package import UsherPOSIX
internal import UsherWire

/// All client connections, in two ``Lane``s, each of which is one source of the event loop.
///
/// A turn takes the connections that are ready together, up to a bound and by the shares of their owners. First one
/// recv(2) of at most 64 KiB for each fills one buffer. Then all of it is looked at, so that memory answers for many
/// requests in the time of one. Then the frames are handled in order, and one send(2) for each connection sends its
/// answers from another shared buffer. An idle connection therefore owns no buffer, and a burst of pipelined requests
/// costs two system calls. Half a frame, unread answers and frames beyond an owner's share move to the connection,
/// within limits. Rejected: a buffer for each connection, and one event-loop source for each, whose dispatch costs more
/// than a validation.
@safe package final class SocketServer {
    /// The most that one recv(2) takes: a frame of the largest size nearly fits.
    static let receiveSize = Lane.Bounds.peers.receives.upperBound
    /// Bytes received before any is handled: 1.5 times ``receiveSize``, so that they stay in the cache until then.
    static let inputSize = 96 << 10
    /// Answers that may wait for one client that does not read; then it is cut off. A page of sessions is 64 KiB.
    static let unsentLimit = 1 << 20
    /// Events that may wait for one client (PROTOCOL.md, events.subscribe).
    static let eventLimit = 256
    /// How long a client may take none of what waits for it, in nanoseconds: a program that was stopped for a moment
    /// goes on.
    static let sendTimeout: Int64 = 30_000_000_000
    /// Bytes that all connections together may have waiting, received or to be sent.
    static let waitingLimit = 64 << 20
    /// Room that the handler of a frame finds for its answer.
    static let answerRoom = WireLimit.header + WireLimit.frame
    static let reading = UInt32(EPOLLIN.rawValue)
    static let writing = UInt32(EPOLLOUT.rawValue)
    /// The client is gone and takes no answer. What a peer with a role sent before takes effect; no outsider's can.
    static let hangUp = UInt32(EPOLLHUP.rawValue)
    /// What epoll(7) reports unasked.
    static let ends = UInt32(EPOLLERR.rawValue) | hangUp

    /// A part of ``input``, and its connection.
    typealias Received = (id: ConnectionID, bytes: Range<Int>)

    /// A reload may change them; connections that are there stay.
    package var limits: Limits
    unowned let handler: any FrameHandler
    /// The descriptor by which clients read the board, kept open by the caller of `init`; -1 if there is no board.
    let board: CInt
    /// Connections of peers with a role.
    let peers: Lane
    /// All other connections.
    let outsiders: Lane
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketServer.inputSize, alignment: 64)
    /// The parts of ``input`` that were received and not handled, with their connections, in the order of the bytes.
    var received: [Received] = []
    /// The batch that each turn fills. Its memory is used again.
    var emptyBatch = FrameBatch()
    var answers = FrameBuffer(capacity: 256 << 10)
    var table = ConnectionTable()
    /// Who has which of the places for connections.
    var places: Places
    /// The outsiders' connections, by their indexes.
    var idle = RecencyList()
    var frameDeadlines = DeadlineQueue()
    var sendDeadlines = DeadlineQueue()
    var waitingBytes = 0
    /// Whether ``takeLast()`` runs: the shares of peers do not bound it.
    private(set) var isTakingLast = false
    /// Clients given up because they did not read, did not finish a frame, or passed a descriptor.
    package private(set) var cutOffs: UInt64 = 0
    /// Called for each client given up, with what it left (`answers` or a `frame`) or passed (a `descriptor`); also for
    /// each caller that is in too many `groups`.
    package var cutOff: (_ what: String, PeerCredentials) -> Void = { _, _ in }
    /// Nanoseconds of CLOCK_BOOTTIME.
    var clock: () -> Int64 = { usher_boottime() }
    /// Closes the sockets of clients that passed a descriptor.
    let closer: SocketCloser
    private var timer: EventTimer?

    /// A server without connections whose frames `handler` handles. `board` is lent for as long as the server lives.
    package init(
        limits: Limits, shares: PlaceShares, loop: EventLoop, handler: any FrameHandler, board: CInt
    ) throws(SystemError) {
        self.limits = limits
        self.handler = handler
        self.board = board
        closer = loop.closer
        places = Places(shares)
        peers = try Lane(.peers)
        outsiders = try Lane(.outsiders)
        for lane in [peers, outsiders] {
            try lane.watch(loop) { [unowned self, unowned lane] in turn(of: lane) }
        }
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            expire(at: clock())
            armTimer()
        }
    }

    deinit { unsafe input.deallocate() }

    /// Connections now.
    package var count: Int { table.count }

    /// Sends an answer that comes later than its turn (of `auth.*`). A client that lets too much wait is cut off.
    package func deliver(_ frame: Span<UInt8>, to id: ConnectionID) {
        guard let connection = table[id], !connection.isClosing else { return }
        connection.isPaused = false
        send(frame, to: connection)
        if connection.isHalfClosed, !handler.owesAnswers(to: id) { connection.isClosing = true }
        settle(connection)
    }

    /// Lets an event wait until the answers before it, those of this turn included, have gone out. Returns the
    /// connections on which ``eventLimit`` events wait already; they do not get it. All others share one copy.
    package func post(_ event: Span<UInt8>, to ids: [ConnectionID]) -> [ConnectionID] {
        let block = UnsentBlock(copying: event)
        return ids.filter { id in
            guard let connection = table[id], !connection.isClosing else { return false }
            guard connection.waitingEvents < Self.eventLimit else { return true }
            keep(block, of: connection)
            return false
        }
    }

    /// Sends `last` behind all that waits, and closes the connection then; it is not read any more.
    package func dismiss(_ id: ConnectionID, with last: Span<UInt8>) {
        guard let connection = table[id], !connection.isClosing else { return }
        keep(UnsentBlock(copying: last), of: connection)
        closeWhenFlushed(connection)
        settle(connection)
    }

    /// Closes a connection; what was not sent is lost.
    package func close(_ id: ConnectionID) {
        if let connection = table[id] { close(connection) }
    }

    /// Ends every connection.
    package func closeAll() {
        for connection in table.all { close(connection) }
    }

    /// Whether every whole frame that was read has been answered, and every answer has gone out.
    package var isFlushed: Bool { table.all.allSatisfy { $0.isFlushed && !$0.owesAnswers } }

    /// Handles what the sockets contain already, so that a client that asked before the end gets an answer. A socket
    /// contains little more than 208 KiB (net.core.wmem_default): four rounds take all of a peer's, and a client that
    /// goes on asking prolongs nothing. Of outsiders' sockets they take as much as the bounds of that lane let through.
    package func takeLast() {
        isTakingLast = true
        for _ in 0..<4 { serveAll() }
        isTakingLast = false
    }

    /// Lets the timer run exactly while half a frame waits for its rest or answers wait for their client.
    func armTimer() { timer?.arm(at: [frameDeadlines.next, sendDeadlines.next].compactMap(\.self).min()) }

    func isOpen(_ connection: Connection) -> Bool { connection.lane != nil }

    /// Whether what the client sends is still of interest.
    func isRead(_ connection: Connection) -> Bool { isOpen(connection) && !connection.isClosing }

    func close(_ connection: Connection) {
        guard isOpen(connection) else { return }
        waitingBytes -= connection.waitingBytes
        if connection.isInFrameQueue { frameDeadlines.remove(connection.id) }
        if connection.isInSendQueue { sendDeadlines.remove(connection.id) }
        release(connection)
        handler.closed(connection.id)
    }

    /// Notes that a client is given up, and for what.
    func noteCutOff(_ connection: Connection, _ what: String) {
        cutOffs += 1
        cutOff(what, connection.credentials)
    }

    /// Changes what epoll(7) waits for.
    func wait(for interest: UInt32, of connection: Connection) {
        connection.interest = interest
        connection.lane?.control(EPOLL_CTL_MOD, connection)
    }
}
