internal import CLinux
package import UsherSystem
internal import UsherWire

/// All client connections: one epoll(7) set, which is one source of the event loop.
///
/// A turn of a connection is one recv(2) of at most 64 KiB into a buffer that all share, the frames in it, and one send(2) of
/// their answers from another shared buffer. An idle connection therefore owns no buffer, and a burst of pipelined requests
/// costs two system calls. What is left over (half a frame, answers that a client does not read) moves to the connection,
/// within limits. Rejected: a buffer for each connection, and one event-loop source for each, whose dispatch costs more than
/// a validation.
@safe package final class SocketServer {
    static let eventsPerTurn = 128
    /// One recv(2): a frame of the largest size nearly fits.
    static let receiveSize = 64 << 10
    /// Answers that may wait for one client that does not read; then it is cut off. A page of sessions is 64 KiB.
    static let unsentLimit = 1 << 20
    /// Bytes that all connections together may have waiting, received or to be sent.
    static let waitingLimit = 64 << 20
    /// Room that the handler of a frame finds for its answer.
    static let answerRoom = WireLimit.header + WireLimit.frame
    static let reading = UInt32(EPOLLIN.rawValue)
    static let writing = UInt32(EPOLLOUT.rawValue)

    /// After a reload other ones; connections that are there stay.
    package var limits: Limits { didSet { table.limits = limits } }
    unowned let handler: any FrameHandler
    let set: FileDescriptor
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketServer.receiveSize, alignment: 64)
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: SocketServer.eventsPerTurn)
    var answers = FrameBuffer(capacity: 256 << 10)
    var table: ConnectionTable
    var deadlines = FrameDeadlines()
    var waitingBytes = 0
    private var source: EventSource?
    private var timer: EventTimer?

    /// A server without connections whose frames `handler` handles.
    package init(limits: Limits, loop: EventLoop, handler: any FrameHandler) throws(SystemError) {
        self.limits = limits
        self.handler = handler
        table = ConnectionTable(limits: limits)
        set = try FileDescriptor(epoll_create1(CInt(EPOLL_CLOEXEC)), "epoll_create1")
        source = try loop.watch(set.number) { [unowned self] _ in turn() }
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            expire(at: usher_boottime())
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

    /// Takes a connected, non-blocking socket in. Precondition: ``admits(uid:)``.
    package func add(_ socket: consuming FileDescriptor, _ credentials: PeerCredentials) {
        let connection = table.insert(socket, credentials: credentials)
        guard wait(for: Self.reading, of: connection, adding: true) else {
            table.remove(connection)
            return
        }
        handler.connected(connection.id, credentials)
    }

    /// Sends a frame that no request of this turn asked for (an answer of `auth.*`, an event). A client that lets too much
    /// of it wait is cut off.
    package func deliver(_ frame: Span<UInt8>, to id: ConnectionID) {
        guard let connection = table[id] else { return }
        connection.isPaused = false
        send(frame, to: connection)
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

    /// Whether every answer has gone out.
    package var isFlushed: Bool { table.all.allSatisfy(\.unsent.isEmpty) }

    /// Lets the timer run exactly while a half frame waits for its rest.
    func armTimer() { timer?.arm(at: deadlines.next) }

    /// Closes the connections whose half frame is overdue.
    func expire(at now: Int64) {
        for id in deadlines.takeDue(at: now) {
            guard let connection = table[id] else { continue }
            connection.isInDeadlineQueue = false
            guard let deadline = connection.frameDeadline else { continue }
            if deadline > now {
                queue(deadline, of: connection)
            } else if connection.unsent.isEmpty && !connection.isPaused {
                close(connection)
            } else {
                // It is not being read: the rest may long be here.
                connection.frameDeadline = now + limits.frameTimeout.wholeNanoseconds
                queue(connection.frameDeadline ?? now, of: connection)
            }
        }
    }

    func isOpen(_ connection: Connection) -> Bool { table[connection.id] != nil }

    func close(_ connection: Connection) {
        guard isOpen(connection) else { return }
        waitingBytes -= connection.waitingBytes
        table.remove(connection)
        handler.closed(connection.id)
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
