/// What one client knows about its calls and its connection, without a socket and without a clock.
///
/// - Data structure: a table of calls by their id, a queue of the ids not sent yet, and the state of the link. Events
///   come in as mutating functions, what must be done goes out through `actions`, which the owner performs in order.
/// - Invariant: `inFlight` is the number of ids that the daemon may still answer on this connection (sent or
///   abandoned); it never exceeds `limits.inFlight`. Every call leaves the table through exactly one answer, failure or
///   cancellation.
/// - Calls wait for a daemon that is away as long as ``CircuitBreaker`` allows. A patient call (a login) waits for
///   `limits.patience` from the moment it began to wait.
/// - `earliest` is a lower bound of all deadlines; a scan makes it exact once it has passed. Rejected: a heap, which
///   costs more on each call than a scan every few seconds does.
package struct ConnectionCore<Payload: Sendable>: Sendable {
    /// The number of a request: what JSON-RPC calls `id`.
    package typealias CallID = Int64
    /// Counts the connections of one client, from 1.
    package typealias ConnectionNumber = UInt64

    /// The bounds of the tables and the patience with a daemon that is away.
    package struct Limits: Sendable {
        /// Calls that the daemon may have in hand (PROTOCOL.md, Transport: 128).
        package var inFlight = 128
        /// Calls that may wait for their turn.
        package var queued = 4096
        /// How long a patient call waits for a daemon that is away.
        package var patience = Duration.seconds(5)
        /// How long all other calls wait, and how often the client tries to connect.
        package var breaker = CircuitBreaker.Limits()

        /// The defaults.
        package init() {}
    }

    /// The rules by which the core sends and fails a call.
    package struct Terms: Sendable {
        /// When the caller stops waiting.
        package var deadline: MonotonicInstant
        /// Whether it may be sent a second time when the first may have taken effect.
        package var repeatable: Bool
        /// Whether it waits for `Limits.patience` for a daemon that is away, whatever the breaker says.
        package var isPatient: Bool
        /// The only connection that the call may be sent on, if any: a login continues on the connection on which it
        /// began.
        package var connection: ConnectionNumber?
        /// Bytes of its frame.
        package var size: Int

        /// The terms of a call.
        package init(
            deadline: MonotonicInstant, repeatable: Bool, isPatient: Bool = false, connection: ConnectionNumber? = nil,
            size: Int = 0
        ) {
            self.deadline = deadline
            self.repeatable = repeatable
            self.isPatient = isPatient
            self.connection = connection
            self.size = size
        }
    }

    /// What the owner must do next.
    package enum Action: Sendable {
        /// Connect, then report `connected` or `connectFailed`.
        case connect
        /// Close the connection; the core has already settled its calls.
        case disconnect
        /// Write the call's frame.
        case send(Payload)
        /// Tell the caller that it failed.
        case fail(Payload, UsherError)
    }

    /// Where the connection stands.
    package enum Link: Sendable, Equatable {
        /// There is none, and nobody needs one.
        case down
        /// The last try failed; the next is due at `until`.
        case paused(until: MonotonicInstant)
        /// A `connect` action is out.
        case connecting
        /// It works.
        case up
        /// The client is closed for good.
        case closed
    }

    enum Stage {
        case queued
        /// `end` counts the bytes handed to this connection up to the end of the frame.
        case sent(end: UInt64)
        /// Nobody waits any more, but the daemon may still answer.
        case abandoned
    }

    struct Call {
        let payload: Payload
        let terms: Terms
        /// How long a patient call waits while there is no connection.
        var patienceEnd: MonotonicInstant
        var stage = Stage.queued
        /// How often the call may still be sent. A call that was not written whole may be sent again; any other only if
        /// `terms.repeatable`.
        var sendsLeft = 2
    }

    let limits: Limits
    var calls: [CallID: Call] = [:]
    /// Ids to send, from `head` on; the id of a cancelled call stays until it is reached.
    var queue: [CallID] = []
    var head = 0
    var queuedCount = 0
    var abandonedCount = 0
    var earliest = MonotonicInstant.never
    var position: UInt64 = 0
    /// Whether a call was answered on this connection.
    var hasAnswered = false
    var breaker: CircuitBreaker
    /// The error of the last try to connect, if it failed.
    var lastFailure: UsherError?

    /// Where the connection stands.
    package internal(set) var link = Link.down
    /// Which connection it is, counted from 1; 0 before the first.
    package internal(set) var connection: ConnectionNumber = 0
    /// Ids that the daemon may still answer.
    package internal(set) var inFlight = 0
    /// What must be done; the owner takes them out with `takeActions`.
    package internal(set) var actions: [Action] = []

    /// A core without a connection.
    package init(limits: Limits = Limits()) {
        self.limits = limits
        breaker = CircuitBreaker(limits: limits.breaker)
    }

    /// Calls that somebody waits for, sent or not.
    package var waiting: Int { calls.count - abandonedCount }

    /// Removes and returns the actions so far; the caller performs them.
    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll() }
        return actions
    }

    /// When `timePassed` must be called at the latest.
    package var nextInstant: MonotonicInstant {
        let next = min(earliest, breaker.nextInstant)
        guard case .paused(let until) = link else { return next }
        return min(until, next)
    }
}
