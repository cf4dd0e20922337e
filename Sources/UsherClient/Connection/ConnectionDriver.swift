internal import Synchronization
internal import UsherWire

/// Runs the core's actions on a real socket, for any number of callers at once.
///
/// One lock guards everything but poll(2) itself. Callers write their frames themselves. Reading is a role, `reader`,
/// held by one thread at a time: by a blocking caller when nobody else has a call under way, so that its answer costs
/// no hand-over between threads; otherwise by the driver's own thread, which is started when it is first needed.
/// Whoever drives also enforces every deadline and reconnects. Rejected: a thread that always reads (each blocking call
/// pays one more wake-up, about as much as the daemon's own work), and passing the role from caller to caller (two more
/// states for the rare case of several blocking threads, which the driver's thread serves well because answers come in
/// bursts).
final class ConnectionDriver: Sendable {
    /// Who reads the socket and watches the clock.
    enum Reader: Equatable {
        case nobody
        case caller
        case thread
    }

    /// What the reader sleeps for.
    struct Sleep {
        var descriptor: Int32
        var connection: UInt64
        var wantsOutput: Bool
        var until: MonotonicInstant

        /// Whether one who sleeps for `self` misses something that `other` waits for.
        func misses(_ other: Sleep) -> Bool {
            other.connection != connection || other.descriptor != descriptor || other.until < until
                || other.wantsOutput && !wantsOutput
        }
    }

    /// All that changes.
    struct State: Sendable {
        var core: ConnectionCore<PendingCall>
        var channel: Channel?
        var reader = Reader.nobody
        /// What the reader's poll was told; nil while it is not in poll.
        var sleep: Sleep?
        /// Calls with an outcome, to be woken once the lock is free.
        var settled: [PendingCall] = []
        var hasThread = false
        var isClosed = false
        /// Blocking calls in a row that were alone while the thread drove.
        var soloCalls = 0
        /// The id of `board.attach` while its answer is to come.
        var attaching: Int64?
        /// The board attached on this connection, which answers refer to.
        var attached: BoardMap?
        /// The board that remembered sessions refer to; it outlives connections.
        var board: BoardMap?
        /// Uses of remembered sessions that the daemon has not been told of, and when it will be.
        var touches: [Token] = []
        var touchesDue: MonotonicInstant?
    }

    /// After how many blocking calls in a row that were alone the caller takes the role from the thread. The change
    /// costs two wake-ups, so a mixed load should not make it go to and fro.
    static let soloCallsToTake = 8

    let configuration: ClientConfiguration
    let state: Locked<State>
    let nextID = Atomic<Int64>(1)
    /// The socket's descriptor or -1: all that a forked child may look at.
    let descriptor = Atomic<Int32>(-1)
    let callerWake: WakeUp
    let threadWake: WakeUp
    /// Sessions that need not be asked about; nil where that is switched off.
    let cache: SessionCache?
    /// Takes the events of a connection that has subscribed to them.
    let events: EventBuffer?

    /// A driver without a connection; the first call makes one.
    init(
        _ configuration: ClientConfiguration, events: EventBuffer? = nil, makeWakeUp: () -> WakeUp = { WakeUp() }
    ) {
        self.configuration = configuration
        self.events = events
        (callerWake, threadWake) = (makeWakeUp(), makeWakeUp())
        cache = configuration.cacheCapacity > 0 ? SessionCache(capacity: configuration.cacheCapacity) : nil
        var limits = ConnectionCore<PendingCall>.Limits()
        limits.patience = configuration.patience
        limits.queued = max(1, configuration.queueCapacity)
        state = Locked(State(core: ConnectionCore(limits: limits)))
    }

    /// The id of the next request; within ±2⁵³ for longer than any process lives.
    func takeID() -> Int64 { nextID.add(1, ordering: .relaxed).oldValue }

    /// Runs `body` under the lock, performs what the core asks for, then wakes who is concerned.
    func update<R: Sendable>(_ body: (inout State, MonotonicInstant) -> R) -> R {
        let (result, settled) = state.withLock { state in
            let now = MonotonicInstant.now
            let result = body(&state, now)
            perform(&state, at: now)
            wakeReader(&state)
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
            state.isClosed = true
            (state.board, state.touches, state.touchesDue) = (nil, [], nil)
            cache?.use(nil)
        }
        threadWake.signal()
        callerWake.signal()
    }

    /// A reader asleep for less than is needed now is woken; awake, it will see for itself.
    private func wakeReader(_ state: inout State) {
        guard let sleep = state.sleep, sleep.misses(needed(state)) else { return }
        state.sleep = nil
        if state.reader == .thread { threadWake.signal() } else { callerWake.signal() }
    }

    /// What the reader must wait for now.
    func needed(_ state: State) -> Sleep {
        Sleep(
            descriptor: state.channel?.descriptor ?? -1, connection: state.core.connection,
            wantsOutput: state.channel?.wantsOutput ?? false,
            until: min(state.core.nextInstant, state.touchesDue ?? .never))
    }
}
