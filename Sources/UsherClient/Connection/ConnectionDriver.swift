internal import Synchronization
internal import UsherWire

/// Runs the core's actions on a real socket, for any number of callers at once.
///
/// One lock guards everything but poll(2) itself; nothing is waited for under it. Callers write their frames
/// themselves. ``ReaderRole`` decides who reads. The reader also enforces every deadline and reconnects.
package final class ConnectionDriver: Sendable {
    /// All that changes.
    struct State: Sendable {
        var core: ConnectionCore<PendingCall>
        var role = ReaderRole()
        var channel: Channel?
        /// Calls with an outcome, to be woken once the lock is free.
        var settled: [PendingCall] = []
        var isClosed = false
        /// `board.attach` while its answer is to come.
        var attaching: Attaching?
        /// The board attached on this connection, which answers refer to.
        var attached: BoardMap?
        /// The board that remembered sessions refer to; it outlives connections.
        var board: BoardMap?
        /// When the reader sends the uses in `touches` to the daemon; nil while it has seen none.
        var touchesDue: MonotonicInstant?
    }

    let configuration: ClientConfiguration
    let state: Locked<State>
    let nextID = Atomic<Int64>(1)
    /// The socket's ``SocketMark``: all that a forked child may look at.
    let mark = Atomic<UInt64>(SocketMark.none.word)
    let callerWake: WakeUp
    let residentWake: WakeUp
    /// Sessions that need not be asked about; nil where that is switched off.
    let cache: SessionCache?
    /// Uses of remembered sessions that the daemon has not been told of.
    let touches = TouchQueue()
    /// Takes the events of a connection that has subscribed to them.
    let events: EventBuffer?
    /// The event loop of the host program, which runs the turns; nil where callers and a thread do.
    package let host: HostLoop?

    /// A driver without a connection; the first call makes one.
    init(
        _ configuration: ClientConfiguration, events: EventBuffer? = nil, host: HostLoop? = nil,
        makeWakeUp: () -> WakeUp = { WakeUp() }
    ) {
        self.configuration = configuration
        self.events = events
        self.host = host
        (callerWake, residentWake) = host.map { ($0.wake, $0.wake) } ?? (makeWakeUp(), makeWakeUp())
        cache = configuration.cacheCapacity > 0 ? SessionCache(capacity: configuration.cacheCapacity) : nil
        state = Locked(
            State(
                core: ConnectionCore(limits: ConnectionCore.Limits(configuration)),
                role: ReaderRole(hasResident: host != nil)))
    }

    /// The id of the next request; within ±2⁵³ for longer than any process lives.
    func takeID() -> Int64 { nextID.add(1, ordering: .relaxed).oldValue }

    /// Runs `body` under the lock, performs what the core and the role ask for, then wakes the callers whose calls have
    /// an outcome.
    func update<R: Sendable>(_ body: (inout State, MonotonicInstant) -> R) -> R {
        let (result, settled) = state.withLock { state in
            let now = MonotonicInstant.now
            let result = body(&state, now)
            perform(&state, at: now)
            state.role.watchChanged(to: needed(state))
            performRole(&state)
            host?.watch(needed(state))
            defer { state.settled = [] }
            return (result, state.settled)
        }
        for call in settled { call.wake() }
        return result
    }

    /// Ends everything; calls under way fail as `closed`.
    func close() {
        update { state, _ in
            state.core.close()
            state.role.close()
            state.isClosed = true
            (state.board, state.touchesDue) = (nil, nil)
            _ = touches.takeAll()
            cache?.use(nil)
        }
    }

    /// What the reader must wait for now.
    func needed(_ state: State) -> ReaderRole.Watch {
        ReaderRole.Watch(
            descriptor: state.channel?.descriptor ?? -1, connection: state.core.connection,
            wantsOutput: state.channel?.wantsOutput ?? false,
            until: min(state.core.nextInstant, state.touchesDue ?? .never))
    }

    /// Whether a reader is needed: an answer may come, or the daemon is to be told of uses.
    func isReaderNeeded(_ state: State) -> Bool {
        state.core.waiting > 0 || state.core.inFlight > 0 || state.touchesDue != nil
    }
}

extension ConnectionCore.Limits {
    /// The limits that a client was configured with.
    init(_ configuration: ClientConfiguration) {
        self.init()
        queued = max(1, configuration.queueCapacity)
        patience = configuration.patience
        breaker.patience = min(configuration.patience, configuration.requestPatience)
    }
}
