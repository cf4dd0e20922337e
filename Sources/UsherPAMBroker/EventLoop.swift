internal import CLinux
internal import CSystemd

/// sd_event(3), as closures. Single-threaded, as everything in the broker.
@safe final class EventLoop {
    private let event: OpaquePointer

    init?() {
        var event: OpaquePointer?
        guard unsafe sd_event_new(&event) >= 0, let event = unsafe event else { return nil }
        unsafe self.event = event
    }

    deinit { unsafe sd_event_unref(event) }

    /// Time since boot, CLOCK_BOOTTIME.
    var now: Duration { .nanoseconds(usher_boottime()) }

    /// sd_event_loop(3): runs until `finish`. The exit status, or a negative errno.
    func run() -> Int32 { unsafe sd_event_loop(event) }

    /// sd_event_exit(3).
    func finish(_ status: Int32) { unsafe sd_event_exit(event, status) }

    /// sd_event_set_watchdog(3): feeds systemd's watchdog from this loop, where there is one.
    func feedWatchdog() { unsafe sd_event_set_watchdog(event, 1) }

    /// sd_event_add_io(3), level-triggered. The handler gets the events of epoll(7). Nil on failure.
    func watch(_ descriptor: Int32, _ events: UInt32, _ handler: @escaping (UInt32) -> Void) -> EventSource? {
        let source = EventSource(handler)
        let added = unsafe sd_event_add_io(
            event, &source.pointer, descriptor, events,
            { _, _, events, data in unsafe EventSource.fire(data, events) }, source.userdata)
        return added >= 0 ? source : nil
    }

    /// sd_event_add_signal(3); the signal must be blocked. Nil on failure.
    func watch(signal: Int32, _ handler: @escaping () -> Void) -> EventSource? {
        let source = EventSource { _ in handler() }
        let added = unsafe sd_event_add_signal(
            event, &source.pointer, signal, { _, _, data in unsafe EventSource.fire(data, 0) }, source.userdata)
        return added >= 0 ? source : nil
    }

    /// sd_event_add_time(3) on CLOCK_BOOTTIME, switched off until `set`. Nil on failure.
    func timer(_ handler: @escaping () -> Void) -> EventSource? {
        let source = EventSource { _ in handler() }
        let added = unsafe sd_event_add_time(
            event, &source.pointer, CLOCK_BOOTTIME, UInt64.max, 1000,
            { _, _, data in unsafe EventSource.fire(data, 0) }, source.userdata)
        return added >= 0 ? source : nil
    }
}

/// One thing that the loop watches, as long as this object lives.
@safe final class EventSource {
    fileprivate var pointer: OpaquePointer?
    private let handler: (UInt32) -> Void

    fileprivate init(_ handler: @escaping (UInt32) -> Void) { self.handler = handler }

    deinit { unsafe sd_event_source_disable_unref(pointer) }

    fileprivate var userdata: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    /// Runs the handler; it may let go of the source, which lives until it has returned.
    @unsafe fileprivate static func fire(_ data: UnsafeMutableRawPointer?, _ events: UInt32) -> Int32 {
        guard let data = unsafe data else { return 0 }
        let source = unsafe Unmanaged<EventSource>.fromOpaque(data).takeUnretainedValue()
        source.handler(events)
        return 0
    }

    /// sd_event_source_set_enabled(3).
    func enable(_ on: Bool) { unsafe sd_event_source_set_enabled(pointer, Int32(on ? SD_EVENT_ON : SD_EVENT_OFF)) }

    /// sd_event_source_set_io_events(3).
    func want(_ events: UInt32) { unsafe sd_event_source_set_io_events(pointer, events) }

    /// Lets a timer fire once, at `time` since boot; nil: not at all.
    func set(_ time: Duration?) {
        guard let time else { return enable(false) }
        let (seconds, attoseconds) = time.components
        let microseconds = UInt64(clamping: seconds) * 1_000_000 + UInt64(clamping: attoseconds / 1_000_000_000_000)
        unsafe sd_event_source_set_time(pointer, microseconds + 1)
        unsafe sd_event_source_set_enabled(pointer, Int32(SD_EVENT_ONESHOT))
    }
}
