internal import CHiredis
internal import CLinux
internal import UsherEventLoop
internal import UsherPOSIX
internal import UsherSecrets

/// One connection with the store: commands out, their answers in, in the same order.
///
/// hiredis makes the bytes and reads them; the loop says when. Commands are written when they are sent, or together at
/// the end of ``together(_:)``; EPOLLOUT is waited for only until the connection is made, and while the socket is full.
/// The connection ends once, with a reason, and then calls nobody any more. A reply that is larger than
/// `LinkBounds.reply` ends it.
@safe final class StoreConnection {
    /// Takes the answer to a command.
    typealias Handler = (StoreAnswer) -> Void

    /// Also the reason for REDIS_ERR_OOM, which hiredis reports where `usher_limit_replies` refuses a part of a reply.
    private static let tooLarge = "the store sent a reply that is too large"

    /// Called once when the connection is made.
    private let opened: () -> Void
    /// Called once when it has ended, or could not be made, with the reason.
    private let ended: (String) -> Void
    private let loop: EventLoop
    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private let budget: UnsafeMutablePointer<usher_reply_budget>
    private var source: EventSource?
    private var handlers: [Handler] = []
    private var answered = 0
    private var wantsRead = false, wantsWrite = false
    private var isConnected = false
    /// Calls of ``together(_:)`` that are under way. hiredis must not write within its callbacks: an error would free
    /// the context under them.
    private var depth = 0
    /// When connecting began, the oldest open command was sent, or the last answer came, whichever is latest; nil where
    /// nothing is awaited.
    private(set) var waitingSince: Duration?

    /// Begins to connect. Blocks while it looks up a host's name, because hiredis has no other way.
    init(
        _ endpoint: StoreEndpoint, loop: EventLoop, opened: @escaping () -> Void, ended: @escaping (String) -> Void
    ) throws(StoreFault) {
        self.loop = loop
        self.opened = opened
        self.ended = ended
        unsafe budget = .allocate(capacity: 1)
        unsafe budget.initialize(to: usher_reply_budget(most: LinkBounds.reply, left: LinkBounds.reply))
        let made: UnsafeMutablePointer<redisAsyncContext>? =
            switch endpoint {
            case .network(let host, let port): unsafe redisAsyncConnect(host, CInt(port))
            case .path(let path): unsafe redisAsyncConnectUnix(path)
            }
        guard let made = unsafe made else { throw StoreFault("no memory for a connection") }
        guard unsafe made.pointee.err == 0 else {
            let why = unsafe Self.reason(made)
            unsafe redisAsyncFree(made)
            throw StoreFault(why)
        }
        waitingSince = loop.now
        try unsafe attach(made)
    }

    deinit {
        close()
        unsafe budget.deallocate()
    }

    /// Whether it has not ended.
    var isOpen: Bool { unsafe context != nil }

    /// Commands that are not answered.
    var openCount: Int { handlers.count - answered }

    /// While true, nothing is read. The store's answers wait in its own memory.
    var isPaused = false {
        didSet {
            guard isPaused != oldValue else { return }
            // Answers were not read during the pause, so its time does not count against the store.
            if !isPaused, waitingSince != nil { waitingSince = loop.now }
            update()
        }
    }

    // MARK: Commands

    /// Writes what is sent within `body` with one system call.
    func together(_ body: () -> Void) {
        depth += 1
        body()
        depth -= 1
        guard depth == 0 else { return }
        if isConnected, wantsWrite, let context = unsafe context { unsafe redisAsyncHandleWrite(context) }
        update()
    }

    /// Sends a command; `handler` is called with its answer, or never where the connection ends before.
    func send(_ words: [[UInt8]], _ handler: @escaping Handler) {
        together { add(words, handler) }
    }

    private func add(_ words: [[UInt8]], _ handler: @escaping Handler) {
        guard let context = unsafe context else { return }
        let bytes = words.flatMap(\.self)
        let result = unsafe bytes.withUnsafeBufferPointer { bytes in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            var at = 0
            for word in words {
                let start = unsafe bytes.baseAddress.map { unsafe UnsafeRawPointer($0 + at) }
                unsafe pointers.append(start?.assumingMemoryBound(to: CChar.self))
                at += word.count
            }
            let sizes = words.map(\.count)
            return unsafe redisAsyncCommandArgv(context, replyTrampoline, nil, CInt(words.count), &pointers, sizes)
        }
        if result == REDIS_OK { expect(handler) } else { fail("the command could not be made") }
    }

    /// The same for a command with a secret. No other command may wait to be sent.
    func send(secret command: borrowing SecretBytes, _ handler: @escaping Handler) {
        guard let context = unsafe context else { return }
        let result = command.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                let text = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                return unsafe usher_send_secret(context, replyTrampoline, text, bytes.count)
            }
        }
        if result == 0 { expect(handler) } else { fail("the store takes no commands") }
    }

    private func expect(_ handler: @escaping Handler) {
        if openCount == 0 { waitingSince = loop.now }
        handlers.append(handler)
    }

    /// Ends it without a word to anybody.
    func close() {
        source = nil
        handlers = []
        answered = 0
        waitingSince = nil
        guard let context = unsafe context else { return }
        unsafe self.context = nil
        unsafe context.pointee.data = nil
        unsafe context.pointee.ev.data = nil
        unsafe redisAsyncFree(context)
    }

    private func fail(_ reason: String) {
        guard isOpen else { return }
        close()
        ended(reason)
    }

    // MARK: hiredis

    @unsafe private func attach(_ made: UnsafeMutablePointer<redisAsyncContext>) throws(StoreFault) {
        unsafe context = made
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe made.pointee.data = own
        unsafe made.pointee.ev.data = own
        unsafe made.pointee.ev.addRead = { pointer in unsafe StoreConnection.own(pointer)?.want(read: true) }
        unsafe made.pointee.ev.delRead = { pointer in unsafe StoreConnection.own(pointer)?.want(read: false) }
        unsafe made.pointee.ev.addWrite = { pointer in unsafe StoreConnection.own(pointer)?.want(write: true) }
        unsafe made.pointee.ev.delWrite = { pointer in unsafe StoreConnection.own(pointer)?.want(write: false) }
        unsafe made.pointee.ev.cleanup = { pointer in unsafe StoreConnection.own(pointer)?.source = nil }
        unsafe usher_limit_replies(made, budget)
        do throws(SystemError) {
            source = try loop.watch(unsafe made.pointee.c.fd, for: 0) { [unowned self] events in serve(events) }
        } catch {
            close()
            throw StoreFault(error.description)
        }
        unsafe redisAsyncSetConnectCallback(made, connectTrampoline)
        unsafe redisAsyncSetDisconnectCallback(made, disconnectTrampoline)
    }

    /// The connection that hiredis calls; nil for one that has ended.
    @unsafe fileprivate static func own(_ pointer: UnsafeMutableRawPointer?) -> StoreConnection? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<StoreConnection>.fromOpaque(pointer).takeUnretainedValue()
    }

    private func want(read: Bool? = nil, write: Bool? = nil) {
        wantsRead = read ?? wantsRead
        wantsWrite = write ?? wantsWrite
        update()
    }

    private func update() {
        guard depth == 0 else { return }
        let events: EPOLL_EVENTS.RawValue =
            (wantsRead && !isPaused ? EPOLLIN.rawValue : 0) | (wantsWrite ? EPOLLOUT.rawValue : 0)
        source?.wait(for: events)
    }

    private func serve(_ events: UInt32) { together { handle(events) } }

    private func handle(_ events: UInt32) {
        let hasFailed = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        if events & EPOLLOUT.rawValue != 0 || hasFailed && wantsWrite, let context = unsafe context {
            unsafe redisAsyncHandleWrite(context)
        }
        if events & EPOLLIN.rawValue != 0 || hasFailed, let context = unsafe context {
            unsafe redisAsyncHandleRead(context)
        }
        if let context = unsafe context, unsafe usher_unread(context) > LinkBounds.reply {
            fail(Self.tooLarge)
        }
    }

    @unsafe fileprivate static func reason(_ context: UnsafePointer<redisAsyncContext>) -> String {
        if unsafe context.pointee.err == REDIS_ERR_OOM { return tooLarge }
        guard let text = unsafe context.pointee.errstr, unsafe text.pointee != 0 else { return "connection closed" }
        return unsafe String(cString: text)
    }

    fileprivate func hasOpened() {
        waitingSince = nil
        isConnected = true
        opened()
    }

    /// hiredis frees the context itself. Without `data` it calls this object no more.
    @unsafe fileprivate func hasEnded(_ context: UnsafePointer<redisAsyncContext>) {
        let why = unsafe Self.reason(context)
        source = nil
        unsafe self.context?.pointee.data = nil
        unsafe self.context?.pointee.ev.data = nil
        unsafe self.context = nil
        handlers = []
        answered = 0
        ended(why)
    }

    @unsafe fileprivate func take(_ reply: UnsafePointer<redisReply>) {
        guard answered < handlers.count else { return }
        let handler = handlers[answered]
        answered += 1
        if answered == handlers.count || answered > 256 {
            handlers.removeFirst(answered)
            answered = 0
        }
        waitingSince = openCount > 0 ? loop.now : nil
        handler(unsafe StoreAnswer(reply))
    }
}

/// Why there is no connection.
struct StoreFault: Error, Equatable, CustomStringConvertible {
    /// For the journal.
    let description: String

    init(_ description: String) { self.description = description }
}

private let replyTrampoline:
    @convention(c) (
        UnsafeMutablePointer<redisAsyncContext>?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
    ) -> Void = { context, reply, _ in
        guard let reply = unsafe reply, let own = unsafe StoreConnection.own(context?.pointee.data) else { return }
        unsafe own.take(UnsafePointer(reply.assumingMemoryBound(to: redisReply.self)))
    }

private let connectTrampoline: @convention(c) (UnsafePointer<redisAsyncContext>?, CInt) -> Void = { context, status in
    guard let context = unsafe context, let own = unsafe StoreConnection.own(context.pointee.data) else { return }
    if status == REDIS_OK { own.hasOpened() } else { unsafe own.hasEnded(context) }
}

private let disconnectTrampoline: @convention(c) (UnsafePointer<redisAsyncContext>?, CInt) -> Void = { context, _ in
    guard let context = unsafe context, let own = unsafe StoreConnection.own(context.pointee.data) else { return }
    unsafe own.hasEnded(context)
}
