internal import CLinux
internal import CSystemd
internal import UsherNames
package import UsherPOSIX

/// One thread's event loop: sd-event(3) with closures.
///
/// A registration lives as long as the ``EventSource`` that it returned: dropping that, also from within its own
/// handler, takes it out of the loop. Handlers run one at a time on the thread that called ``run()``; a lower priority
/// number runs first.
@safe package final class EventLoop {
    private let event: OpaquePointer
    /// Closes the sockets of this loop that cannot be closed at once.
    package private(set) lazy var closer = SocketCloser(self)

    /// A loop with nothing in it.
    package init() throws(SystemError) {
        var event: OpaquePointer?
        let result = unsafe sd_event_new(&event)
        guard result >= 0, let event = unsafe event else { throw SystemError("sd_event_new", code: -result) }
        unsafe self.event = event
    }

    deinit { unsafe sd_event_unref(event) }

    /// Time since boot (CLOCK_BOOTTIME of clock_gettime(2)).
    package var now: Duration { .nanoseconds(usher_boottime()) }

    /// Feeds the service manager's watchdog from this loop, where there is one (sd_event_set_watchdog(3)).
    package func feedWatchdog() { unsafe sd_event_set_watchdog(event, 1) }

    /// Serves events until ``exit(_:)``; returns its code.
    package func run() throws(SystemError) -> CInt {
        try SystemError.checkNegated(unsafe sd_event_loop(event), "sd_event_loop")
    }

    /// Waits for the next events and serves them, before ``run()`` is called.
    package func turn() throws(SystemError) {
        _ = try SystemError.checkNegated(unsafe sd_event_run(event, .max), "sd_event_run")
    }

    /// Ends ``run()`` once the handler that is running has returned.
    package func exit(_ code: CInt) {
        unsafe sd_event_exit(event, code)
    }

    /// Calls `body` with the epoll(7) events of `descriptor`, level-triggered.
    package func watch(
        _ descriptor: CInt, for events: UInt32 = 1, priority: Int64 = 0, _ body: @escaping (UInt32) -> Void
    ) throws(SystemError) -> EventSource {
        try unsafe EventSource(.io(body), priority: priority, call: "sd_event_add_io") { source, context in
            unsafe sd_event_add_io(event, &source, descriptor, events, ioTrampoline, context)
        }
    }

    /// Calls `body` when `signal` arrives. The signal must be blocked in every thread (``Signals``).
    package func onSignal(
        _ signal: CInt, priority: Int64 = -10, _ body: @escaping () -> Void
    ) throws(SystemError) -> EventSource {
        try unsafe EventSource(.plain(body), priority: priority, call: "sd_event_add_signal") { source, context in
            unsafe sd_event_add_signal(event, &source, signal, signalTrampoline, context)
        }
    }

    /// A timer that is not armed yet.
    package func timer(priority: Int64 = 0, _ body: @escaping () -> Void) throws(SystemError) -> EventTimer {
        let source = try unsafe EventSource(.plain(body), priority: priority, call: "sd_event_add_time") {
            source, context in
            unsafe sd_event_add_time(event, &source, CLOCK_BOOTTIME, .max, 1000, timeTrampoline, context)
        }
        return EventTimer(source)
    }

    /// Calls `body` with each change in the directory at `path`, of the kinds in `mask` (inotify(7)).
    package func watchDirectory(
        _ path: String, for mask: UInt32, priority: Int64 = 0, _ body: @escaping (DirectoryChange) -> Void
    ) throws(SystemError) -> EventSource {
        try unsafe EventSource(.directory(body), priority: priority, call: "sd_event_add_inotify") { source, context in
            unsafe sd_event_add_inotify(event, &source, path, mask, inotifyTrampoline, context)
        }
    }

    /// Calls `body` once when the child `pid` has ended, and reaps it.
    package func onExit(
        of pid: Int32, priority: Int64 = 0, _ body: @escaping (ProcessEnd) -> Void
    ) throws(SystemError) -> EventSource {
        try unsafe EventSource(.child(body), priority: priority, call: "sd_event_add_child") { source, context in
            unsafe sd_event_add_child(event, &source, pid, WEXITED, childTrampoline, context)
        }
    }
}

/// What happened in a directory that is watched.
package enum DirectoryChange: Equatable, Sendable {
    /// The file of that name was made, written, renamed or removed; the directory itself where the name is empty.
    case file(String)
    /// Changes were lost. No more follow if the directory was moved, removed or unmounted.
    case lost
}

/// How a child process ended.
package enum ProcessEnd: Equatable, Sendable {
    /// With this status.
    case exited(CInt)
    /// By this signal.
    case killed(CInt)
}

/// Something registered in an ``EventLoop``, for as long as this object lives.
@safe package final class EventSource {
    fileprivate enum Handler {
        case io((UInt32) -> Void)
        case plain(() -> Void)
        case child((ProcessEnd) -> Void)
        case directory((DirectoryChange) -> Void)
    }

    fileprivate final class Context {
        let handler: Handler
        init(_ handler: Handler) { self.handler = handler }
    }

    fileprivate let source: OpaquePointer
    private let context: Context

    fileprivate init(
        _ handler: Handler, priority: Int64, call: String,
        register: (inout OpaquePointer?, UnsafeMutableRawPointer) -> CInt
    ) throws(SystemError) {
        context = Context(handler)
        var source: OpaquePointer?
        let result = unsafe register(&source, Unmanaged.passUnretained(context).toOpaque())
        guard result >= 0, let source = unsafe source else { throw SystemError(call, code: -result) }
        unsafe self.source = source
        unsafe sd_event_source_set_priority(source, priority)
    }

    deinit { unsafe sd_event_source_disable_unref(source) }

    /// Whether the loop looks at it.
    package var isEnabled: Bool {
        get {
            var enabled: CInt = 0
            unsafe sd_event_source_get_enabled(source, &enabled)
            return enabled != SD_EVENT_OFF
        }
        set { unsafe sd_event_source_set_enabled(source, newValue ? CInt(SD_EVENT_ON) : CInt(SD_EVENT_OFF)) }
    }

    /// Changes the epoll(7) events that a watched descriptor waits for.
    package func wait(for events: UInt32) {
        unsafe sd_event_source_set_io_events(source, events)
    }
}

/// A timer on CLOCK_BOOTTIME that fires once each time it is armed.
package final class EventTimer {
    private let source: EventSource
    private var armed: Int64?

    fileprivate init(_ source: EventSource) {
        self.source = source
        source.isEnabled = false
    }

    /// Fires at `nanoseconds` of CLOCK_BOOTTIME, or at once if that is past; nil disarms it.
    package func arm(at nanoseconds: Int64?) {
        guard nanoseconds != armed else { return }
        armed = nanoseconds
        guard let nanoseconds else {
            source.isEnabled = false
            return
        }
        unsafe sd_event_source_set_time(source.source, UInt64(max(0, nanoseconds) / 1000 + 1))
        unsafe sd_event_source_set_enabled(source.source, CInt(SD_EVENT_ONESHOT))
    }

    /// Fires at `time` since boot, or at once if that is past; nil disarms it.
    package func arm(sinceBoot time: Duration?) { arm(at: time?.wholeNanoseconds) }

    /// Notes that the timer has fired. Its handler calls this first, so that it can be armed for the same time again.
    /// Returns how late the call is, in nanoseconds.
    @discardableResult
    package func fired() -> Int64 {
        defer { armed = nil }
        return armed.map { max(usher_boottime() - $0, 0) } ?? 0
    }
}

private func context(_ pointer: UnsafeMutableRawPointer?) -> EventSource.Context? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe Unmanaged<EventSource.Context>.fromOpaque(pointer).takeUnretainedValue()
}

private func runPlain(_ pointer: UnsafeMutableRawPointer?) -> CInt {
    if case .plain(let body)? = unsafe context(pointer)?.handler { body() }
    return 0
}

private let ioTrampoline: sd_event_io_handler_t = { _, _, events, pointer in
    if case .io(let body)? = unsafe context(pointer)?.handler { body(events) }
    return 0
}

private let signalTrampoline: sd_event_signal_handler_t = { _, _, pointer in unsafe runPlain(pointer) }

private let timeTrampoline: sd_event_time_handler_t = { _, _, pointer in unsafe runPlain(pointer) }

private let inotifyTrampoline: sd_event_inotify_handler_t = { _, event, pointer in
    guard let event = unsafe event, case .directory(let body)? = unsafe context(pointer)?.handler else { return 0 }
    let lost = UInt32(IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)
    let isLost = unsafe event.pointee.mask & lost != 0
    body(isLost ? .lost : .file(unsafe String(cString: usher_inotify_name(event))))
    return 0
}

private let childTrampoline: sd_event_child_handler_t = { _, information, pointer in
    guard let information = unsafe information, case .child(let body)? = unsafe context(pointer)?.handler else {
        return 0
    }
    let status = unsafe usher_child_status(information)
    body(unsafe information.pointee.si_code == CInt(CLD_EXITED) ? .exited(status) : .killed(status))
    return 0
}
