internal import CLinux
package import UsherEngine
package import UsherEventLoop
package import UsherPOSIX
internal import UsherWire

/// All client connections: one epoll(7) set, which is one source of the event loop.
///
/// A turn takes the connections that are ready together: first one recv(2) of at most 64 KiB for each, all into one
/// buffer; then a look at what has come, so that memory answers for many requests in the time of one; then the frames
/// in their order, and for each connection one send(2) of its answers from another shared buffer. An idle connection
/// therefore owns no buffer, and a burst of pipelined requests costs two system calls. What is left over (half a frame,
/// answers that a client does not read) moves to the connection, within limits. Rejected: a buffer for each connection,
/// and one event-loop source for each, whose dispatch costs more than a validation.
@safe package final class SocketServer {
    static let eventsPerTurn = 128
    /// One recv(2): a frame of the largest size nearly fits.
    static let receiveSize = 64 << 10
    /// What is received before any of it is handled: half as much again, so that it stays in the cache until then.
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

    /// After a reload other ones; connections that are there stay.
    package var limits: Limits { didSet { table.limits = limits } }
    unowned let handler: any FrameHandler
    /// The descriptor through which clients read the board; whoever gave it keeps it open. -1: there is none.
    let board: CInt
    let set: FileDescriptor
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketServer.inputSize, alignment: 64)
    /// What of ``input`` was received and not handled, and from whom, in the order of the bytes.
    var received: [(id: ConnectionID, bytes: Range<Int>)] = []
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: SocketServer.eventsPerTurn)
    var answers = FrameBuffer(capacity: 256 << 10)
    var table: ConnectionTable
    var frameDeadlines = DeadlineQueue()
    var sendDeadlines = DeadlineQueue()
    var waitingBytes = 0
    /// Clients given up because they did not read, did not finish a frame, or passed a descriptor.
    package private(set) var cutOffs: UInt64 = 0
    /// Told of each of them, and of what they left, `answers` or a `frame`, or that they passed a `descriptor`.
    package var cutOff: (_ what: String, PeerCredentials) -> Void = { _, _ in }
    /// Nanoseconds of CLOCK_BOOTTIME.
    var clock: () -> Int64 = { usher_boottime() }
    /// Closes the sockets of clients that passed a descriptor.
    let closer: SocketCloser
    private var source: EventSource?
    private var timer: EventTimer?

    /// A server without connections whose frames `handler` handles. `board` is lent for as long as the server lives.
    package init(
        limits: Limits, loop: EventLoop, handler: any FrameHandler, board: CInt
    ) throws(SystemError) {
        self.limits = limits
        self.handler = handler
        self.board = board
        closer = loop.closer
        table = ConnectionTable(limits: limits)
        set = try FileDescriptor(epoll_create1(CInt(EPOLL_CLOEXEC)), "epoll_create1")
        source = try loop.watch(set.number) { [unowned self] _ in _ = turn() }
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            expire(at: clock())
            armTimer()
        }
    }

    deinit {
        unsafe input.deallocate()
        unsafe events.deallocate()
    }

    /// Connections now.
    package var count: Int { table.count }

    /// Whether one more connection of this user may come.
    package func admits(uid: UInt32) -> Bool { table.admits(uid: uid) }

    /// Takes a connected socket in. Precondition: ``admits(uid:)``.
    package func add(_ socket: consuming PeerSocket, _ credentials: PeerCredentials) {
        let connection = table.insert(socket, credentials: credentials)
        guard wait(for: Self.reading, of: connection, adding: true) else {
            table.remove(connection)
            return
        }
        handler.connected(connection.id, credentials)
    }

    /// Sends an answer that comes later than its turn (of `auth.*`). A client that lets too much wait is cut off.
    package func deliver(_ frame: Span<UInt8>, to id: ConnectionID) {
        guard let connection = table[id], !connection.isClosing else { return }
        connection.isPaused = false
        send(frame, to: connection)
        settle(connection)
    }

    /// Lets an event wait until the answers before it, those of this turn included, have gone out. Returns those for
    /// whom ``eventLimit`` of them wait already, and for whom it was not kept. All others share one copy.
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

    /// Handles what the sockets hold already, so that whoever asked before the end gets an answer. A socket holds
    /// little more than 208 KiB (net.core.wmem_default), so that four rounds take all of it, and who goes on asking
    /// prolongs nothing.
    package func takeLast() {
        for _ in 0..<4 * (table.count / Self.eventsPerTurn + 1) where turn() == 0 { return }
    }

    /// Lets the timer run exactly while half a frame waits for its rest or answers wait for their client.
    func armTimer() { timer?.arm(at: [frameDeadlines.next, sendDeadlines.next].compactMap(\.self).min()) }

    func isOpen(_ connection: Connection) -> Bool { table[connection.id] != nil }

    /// Whether what the client sends is still of interest.
    func isRead(_ connection: Connection) -> Bool { isOpen(connection) && !connection.isClosing }

    func close(_ connection: Connection) {
        guard isOpen(connection) else { return }
        waitingBytes -= connection.waitingBytes
        if connection.isInFrameQueue { frameDeadlines.remove(connection.id) }
        if connection.isInSendQueue { sendDeadlines.remove(connection.id) }
        // The socket may outlive the connection, and would then be reported as ready for ever (epoll(7), Q6).
        if !connection.socket.isRefusing { epoll_ctl(set.number, EPOLL_CTL_DEL, connection.socket.number, nil) }
        table.remove(connection)
        handler.closed(connection.id)
    }

    /// Notes that a client is given up, and for what.
    func noteCutOff(_ connection: Connection, _ what: String) {
        cutOffs += 1
        cutOff(what, connection.credentials)
    }

    /// Changes what epoll(7) waits for; whether the kernel agreed.
    @discardableResult
    func wait(for interest: UInt32, of connection: Connection, adding: Bool = false) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = interest
        unsafe event.data.u64 = connection.id.word
        connection.interest = interest
        let operation = adding ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        return unsafe epoll_ctl(set.number, operation, connection.socket.number, &event) == 0
    }
}
