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

    /// Who waits; nil once `pending` was answered.
    var request: RequestID?
    let owner: ShareOwner
    let target: EndTarget
    var phase = Phase.unsent
    var retries: RetryPause
    /// When `pending` is answered.
    let patience: BootInstant

    /// The connection or the epoch is gone, and with it what was sent.
    mutating func loseCall() { phase = .unsent }
}
