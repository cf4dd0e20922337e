internal import CLinux
internal import UsherEngine
internal import UsherEventLoop
internal import UsherPOSIX
internal import UsherWire

/// Connections that epoll(7) reports together, and the order in which they are served.
///
/// Peers with a role have one lane, all others have a second lane. The event loop serves the two lanes alternately
/// (sd_event_source_set_priority(3): equal priorities are served in the order in which they became ready), so that a
/// peer waits for one short turn of the others' lane, however many of their connections are ready. Rejected: one
/// epoll(7) set for all, whose epoll_wait(2) takes longer the more connections a stranger keeps ready.
@safe final class Lane {
    /// What a lane may do in one turn.
    struct Bounds {
        /// Work of a turn, and of an owner before the next owner is served.
        var budget: TurnScheduler.Budget
        /// The work of a frame.
        var frame: Int
        /// The largest frame, with its length field. Larger ones are refused before they are received.
        var largestFrame: Int
        /// Readinesses that one epoll_wait(2) reports.
        var events: Int
        /// The least and the most that one recv(2) takes.
        var receives: ClosedRange<Int>
        /// Whether requests of several connections are handled together.
        var isBatched: Bool
    }

    let bounds: Bounds
    let set: FileDescriptor
    var scheduler: TurnScheduler
    private let events: UnsafeMutablePointer<epoll_event>
    private var source: EventSource?

    init(_ bounds: Bounds) throws(SystemError) {
        self.bounds = bounds
        set = try FileDescriptor(epoll_create1(CInt(EPOLL_CLOEXEC)), "epoll_create1")
        scheduler = TurnScheduler(bounds.budget)
        unsafe events = .allocate(capacity: bounds.events)
    }

    deinit { unsafe events.deallocate() }

    /// Calls `turn` whenever a connection is ready.
    func watch(_ loop: EventLoop, _ turn: @escaping () -> Void) throws(SystemError) {
        source = try loop.watch(set.number) { _ in turn() }
    }

    /// Adds the connections that have become ready to the scheduler.
    func poll(_ table: borrowing ConnectionTable) {
        let count = unsafe epoll_wait(set.number, events, CInt(bounds.events), 0)
        guard count > 0 else { return }
        unsafe Self.add(UnsafeBufferPointer(start: events, count: Int(count)), table, to: &scheduler)
    }

    /// Adds what `events` report. The scheduler is lent once for all of them, since the runtime checks each loan.
    private static func add(
        _ events: UnsafeBufferPointer<epoll_event>, _ table: borrowing ConnectionTable,
        to scheduler: inout TurnScheduler
    ) {
        for index in events.indices {
            let event = unsafe events[index]
            guard let connection = unsafe table[ConnectionID(word: event.data.u64)] else { continue }
            if connection.readiness == 0 { scheduler.add(connection.id, of: connection.account) }
            unsafe connection.readiness |= event.events
        }
    }

    /// Adds, changes or removes (EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL) what epoll(7) waits for; whether the
    /// kernel agreed.
    @discardableResult
    func control(_ operation: CInt, _ connection: Connection) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = connection.interest
        unsafe event.data.u64 = connection.id.word
        return unsafe epoll_ctl(set.number, operation, connection.socket.number, &event) == 0
    }
}

extension Lane.Bounds {
    /// The bytes that one recv(2) takes where `allowance` is the work that may be done.
    func size(of allowance: Int) -> Int { min(max(allowance / Work.byte, receives.lowerBound), receives.upperBound) }

    /// Peers with a role. An owner that alone is ready has turns of an eighth of a millisecond: twice as much made the
    /// p99 of another peer 8 to 13 times the quiet one, and saved nothing. One recv(2) takes at most nearly a frame of
    /// the largest size. Where several owners are ready, each has 64 microseconds before the next.
    static let peers = Self(
        budget: .init(turn: 128_000, share: 64_000), frame: Work.frame,
        largestFrame: WireLimit.header + WireLimit.frame, events: 1024, receives: 4096...64 << 10, isBatched: true)

    /// Everybody else, as one owner whose turn is shorter than a peer's share. One recv(2) takes at most 512 bytes; the
    /// next follows when their frames have been handled, so that the turn's bound counts them. A frame is not divided:
    /// reading one of 64 KiB takes a millisecond, and what clients without a role may ask is far below 2 KiB.
    static let outsiders = Self(
        budget: .init(turn: 16_000, share: 16_000), frame: Work.refusal,
        largestFrame: WireLimit.header + WireLimit.outsiderFrame, events: 4, receives: 512...512, isBatched: false)
}
