/// What one client knows about its calls and its connection, without a socket and without a clock.
///
/// - Data structure: a table of calls by their id, a queue of the ids not sent yet, and the state of the link. Events
///   come in as mutating functions, what must be done goes out through `actions`, which the owner performs in order.
/// - Invariant: `inFlight` is the number of ids that the daemon may still answer on this connection (sent or
///   abandoned); it never exceeds `limits.inFlight`. Every call leaves the table through exactly one answer, failure or
///   cancellation.
/// - Deadlines are kept as one lower bound of them all, made exact by a scan once it has passed. Rejected: a heap,
///   which costs more on each call than a scan every few seconds does.
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
        /// How long a connection is tried for before the calls fail.
        package var patience = Duration.seconds(5)
        /// The first pause between two tries to connect; it doubles up to `longestPause`.
        package var firstPause = Duration.milliseconds(10)
        /// The longest pause between two tries.
        package var longestPause = Duration.milliseconds(500)

        /// The defaults.
        package init() {}
    }

    /// What a call may and may not have done with it.
    package struct Terms: Sendable {
        /// When the caller stops waiting.
        package var deadline: MonotonicInstant
        /// Whether it may be sent a second time when the first may have taken effect.
        package var repeatable: Bool
        /// The only connection that it makes sense on: a login goes on where it began.
        package var connection: ConnectionNumber?
        /// Bytes of its frame.
        package var size: Int

        /// Terms of a call.
        package init(deadline: MonotonicInstant, repeatable: Bool, connection: ConnectionNumber? = nil, size: Int = 0) {
            self.deadline = deadline
            self.repeatable = repeatable
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
        /// `end` is the position of the frame's last byte in all that this connection was given to send.
        case sent(end: UInt64)
        /// Nobody waits any more, but the daemon may still answer.
        case abandoned
    }

    struct Call {
        let payload: Payload
        let terms: Terms
        var stage = Stage.queued
        /// How often it may still be sent: a call that was never written whole may be sent anew, others by their terms.
        var sendsLeft = 2
    }

    let limits: Limits
    var calls: [CallID: Call] = [:]
    /// Ids to send, from `head` on; those of cancelled calls stay until they are met.
    var queue: [CallID] = []
    var head = 0
    var queuedCount = 0
    var abandonedCount = 0
    var earliest = MonotonicInstant.never
    var position: UInt64 = 0
    /// Whether a call was answered on this connection.
    var hasAnswered = false
    var pause: Duration
    var tryingSince: MonotonicInstant?
    /// The last error of a try to connect.
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
        pause = limits.firstPause
    }

    /// Calls that somebody waits for, sent or not.
    package var waiting: Int { calls.count - abandonedCount }

    /// The actions so far, which are then the caller's to perform.
    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll() }
        return actions
    }

    /// When `timePassed` must be called at the latest.
    package var nextInstant: MonotonicInstant {
        guard case .paused(let until) = link else { return earliest }
        return min(until, earliest)
    }
}
