/// A new session, a move or a change that this host has begun.
struct Write: Sendable {
    /// What is written.
    enum Order: Sendable {
        case put(PutOrder)
        case move(MoveOrder)
        case change(ChangeOrder)
    }

    /// How far it is.
    enum Phase: Sendable {
        /// It is to be sent, and the store has never seen it.
        case unsent
        /// It was sent.
        case calling
        /// It was sent, and its fate is unknown; sent again, the store knows it.
        case lost
        /// The store has it; all must have acknowledged this number.
        case waiting(number: UInt64)
    }

    /// The requests that wait: more than one if a rotation was asked for again. A request is nil after its answer
    /// `unavailable`.
    var waiters: [(request: RequestID?, owner: ShareOwner)]
    let order: Order
    var phase = Phase.unsent
    /// The stamp of the session that is moved or changed; nil for a new session.
    var stamp: Stamp?
    /// The record that is moved or changed. Its era is 0 where this host does not hold it.
    var base = Edition.zero
    /// The era that the record in `order` has once it is executed.
    var era: UInt64 = 0
    /// It was sent in an older epoch.
    var isOfOlderEpoch = false
    /// When the store refused it as ended in this epoch. An entry that has still to come may have spared its session.
    var refusedAt: BootInstant?
    /// The newest number of the stream in the answer to a beat that was sent after `refusedAt`.
    var secondAt: UInt64?
    /// The stream had come to `secondAt` when the call that is under way was sent.
    var isLast = false
    /// The store is known to have executed it.
    var isExecuted = false
    /// The call that is under way was sent before the store had been told all that older epochs may have executed: by
    /// the members that the recovery waits for, before their joins, or by an entry that has come since.
    var isEarly = false
    /// A call of it was lost, and perhaps executed.
    var wasLost = false
    /// An entry has changed the session since, so that what was sent is not adopted.
    var isDirty = false
    var retries: RetryPause
    /// When the waiters are answered `unavailable`. A write that may be executed is kept beyond it.
    var patience: BootInstant
    /// When a write that the store has is given up: all members have acknowledged it by then, or were expelled.
    var end = BootInstant.never

    /// The record as it was sent.
    var record: SharedRecord {
        switch order {
        case .put(let order): order.record
        case .move(let order): order.record
        case .change(let order): order.record
        }
    }

    /// Whether it is a change that the store is known to have executed: it is put back with the copies. A lost move is
    /// put back by its call, which the store compares with what other hosts have told.
    var isExecutedChange: Bool { if case .change = order { isExecuted } else { false } }

    /// Which record the session has once it is executed.
    var edition: Edition { Edition(era: era, version: record.version) }

    /// The version of the record that it was made from.
    var baseVersion: UInt64 {
        switch order {
        case .put: 0
        case .move(let order): order.record.version
        case .change(let order): order.record.version - 1
        }
    }

    /// A call of it is lost.
    mutating func lose() { (phase, wasLost) = (.lost, true) }

    /// Whether the store may have executed it.
    var mayBeExecuted: Bool { if case .unsent = phase { wasLost } else { true } }

    /// Whether it may be executed, and not be known to all members yet.
    func goesOn(at now: BootInstant) -> Bool {
        switch phase {
        case .calling, .lost: true
        case .waiting: now < end
        case .unsent: false
        }
    }

    /// The session that goes on where it is executed.
    var digest: SharedDigest {
        switch order {
        case .put(let order): order.digest
        case .move(let order): order.new
        case .change(let order): order.digest
        }
    }

    /// Whether the session of `digest` is taken in when it succeeds.
    func adopts(_ digest: SharedDigest) -> Bool { self.digest == digest }
}
