/// Who reads the socket and watches the clock. A value without threads, beside ``ConnectionCore``.
///
/// Reading is a role of one reader at a time. A *caller* reads until its own call is answered, so that a blocking call
/// that is alone costs no hand-over between threads. The *resident* reads when callers do not: for tasks, for several
/// callers, and for whatever is left when a caller leaves. The driver's own thread is a resident that is started when
/// it is first needed. The event loop of a host program takes no role: it runs every turn itself (``HostLoop``).
///
/// - Data structure: the reader, what it waits for, and whether there is a resident. Events come in as mutating
///   functions, what must be done goes out through `takeActions`, which the owner performs before it lets go of its
///   lock.
/// - Invariants: there is at most one reader. While a call is waited for, there is one, unless no resident could be
///   started: then the owner fails the call. A reader that waits for less than is needed is woken.
/// - Rejected: a thread that always reads (each blocking call pays one more wake-up, about as much as the daemon's own
///   work), and passing the role from caller to caller (two more states for the rare case of several blocking threads,
///   which the resident serves well because answers come in bursts).
struct ReaderRole: Sendable {
    /// Who has the role.
    enum Reader: Sendable, Equatable {
        /// A blocking caller, until its call has its outcome.
        case caller
        /// The driver's own thread.
        case resident
    }

    /// What a reader waits for: a descriptor, its events, and an instant.
    struct Watch: Sendable, Equatable {
        /// The socket, or -1.
        var descriptor: Int32
        /// The number of the connection: a later one may have the same descriptor.
        var connection: UInt64
        /// Whether frames wait for room in the socket.
        var wantsOutput: Bool
        /// When a turn is due in any case.
        var until: MonotonicInstant

        /// Whether one who waits for `self` misses something that `other` waits for.
        func misses(_ other: Watch) -> Bool {
            other.connection != connection || other.descriptor != descriptor || other.until < until
                || other.wantsOutput && !wantsOutput
        }
    }

    /// What the owner must do next.
    enum Action: Sendable, Equatable {
        /// Start the resident, then report `residentStarted` unless that failed.
        case startResident
        /// Make the resident run a turn.
        case wakeResident
        /// Make the caller who reads run a turn.
        case wakeCaller
    }

    /// What a blocking caller does until its call is answered.
    enum CallerPart: Sendable, Equatable {
        /// It reads.
        case reads
        /// It waits to be woken.
        case waits
    }

    /// A caller takes the role from the resident with this many lone blocking calls in a row. The change costs two
    /// wake-ups, so a mixed load should not move the role to and fro.
    static let soloCallsToTake = 8

    /// Who reads; nil for nobody.
    private(set) var reader: Reader?
    /// What the reader waits for; nil during its turn.
    private(set) var watch: Watch?
    /// Whether there is a resident.
    private(set) var hasResident: Bool
    private var isClosed = false
    /// Blocking calls in a row that were alone while the resident read.
    private var soloCalls = 0
    private var actions: [Action] = []

    /// A role that nobody has.
    init(hasResident: Bool = false) { self.hasResident = hasResident }

    /// Removes and returns the actions so far; the owner performs them.
    mutating func takeActions() -> [Action] {
        guard !actions.isEmpty else { return [] }
        defer { actions.removeAll() }
        return actions
    }

    /// A blocking caller waits for a call; `isAlone` when no other call is waited for. While another caller reads, a
    /// resident is needed as well: it reads for this caller once the other has left.
    mutating func callerArrived(isAlone: Bool) -> CallerPart {
        switch reader {
        case nil: return takenByCaller()
        case .caller:
            requireResident()
            return .waits
        case .resident:
            soloCalls = isAlone ? soloCalls + 1 : 0
            guard soloCalls >= Self.soloCallsToTake else { return .waits }
            actions.append(.wakeResident)
            return takenByCaller()
        }
    }

    private mutating func takenByCaller() -> CallerPart {
        (reader, watch, soloCalls) = (.caller, nil, 0)
        return .reads
    }

    /// A wait began for which no caller reads: the call of a task, or an instant.
    mutating func residentNeeded() {
        soloCalls = 0
        requireResident()
        takeByResident()
    }

    /// Asks the owner to start a resident unless there is one. The resident does not read yet.
    mutating func requireResident() {
        if !hasResident, !isClosed, !actions.contains(.startResident) { actions.append(.startResident) }
    }

    private mutating func takeByResident() {
        guard hasResident, reader == nil else { return }
        reader = .resident
        actions.append(.wakeResident)
    }

    /// The resident has been started. It takes the role if nobody has it.
    mutating func residentStarted() {
        hasResident = true
        if reader == nil { reader = .resident }
    }

    /// `reader` was woken, or its watch has become ready. Returns whether `reader` has the role. The resident takes the
    /// role if nobody has it and `isNeeded`.
    mutating func beginTurn(as reader: Reader, isNeeded: Bool) -> Bool {
        if reader == .resident, self.reader == nil, isNeeded { self.reader = .resident }
        guard self.reader == reader else { return false }
        watch = nil
        return true
    }

    /// The reader's turn is over; it waits for `watch` now.
    mutating func endTurn(waitingFor watch: Watch) -> Watch {
        self.watch = watch
        return watch
    }

    /// The reading caller has its outcome; `isNeeded` when a reader is still needed.
    mutating func callerLeft(isNeeded: Bool) {
        (reader, watch) = (nil, nil)
        guard isNeeded else { return }
        requireResident()
        takeByResident()
    }

    /// What a reader must wait for may have changed to `needed`.
    mutating func watchChanged(to needed: Watch) {
        guard let watch, watch.misses(needed) else { return }
        self.watch = nil
        actions.append(reader == .caller ? .wakeCaller : .wakeResident)
    }

    /// The client is closed: whoever reads runs a last turn, and no resident is started any more.
    mutating func close() {
        isClosed = true
        actions += [.wakeResident, .wakeCaller]
    }
}
