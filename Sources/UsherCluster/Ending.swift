/// An end that this host has begun: in effect at home, and not yet known to be acknowledged by all.
struct Ending: Sendable {
    /// How far it is.
    enum Phase: Sendable {
        /// It is to be sent.
        case unsent
        /// It was sent.
        case calling
        /// The store has it; all must have acknowledged this number.
        case waiting(number: UInt64)
    }

    /// A request that waits for the end. It is answered `pending` at `patience`.
    struct Waiter: Sendable {
        let request: RequestID
        let owner: ShareOwner
        let patience: BootInstant
        /// It asked for an end that was under way, and has a place of its own until it is answered.
        let isRepeat: Bool
    }

    /// Whose place the end takes.
    let owner: ShareOwner
    var target: EndTarget
    /// Those that are not answered yet.
    var waiters: [Waiter]
    var phase = Phase.unsent
    /// Since when the store has had the end in this epoch, at the latest; nil where that is not known.
    var known: BootInstant?
    /// Whether there may have been a session to end, as far as home and store can tell.
    var mayHaveLived = false
    var retries: RetryPause

    /// The connection or the epoch is gone, and with it what was sent.
    mutating func loseCall() {
        if case .calling = phase { mayHaveLived = true }
        (phase, known) = (.unsent, nil)
    }
}
