/// What a host has still to do after it came into an epoch. Its copies are doubtful until the older epochs are
/// complete; then it puts back what the store has lost. Until all hosts have done so, what the store does not have may
/// yet come.
struct Recovery: Sendable {
    /// What is put back.
    enum Item: Sendable {
        /// A copy.
        case held(SharedDigest)
        /// What a write has sent.
        case sent(UInt64)
    }

    /// Members of older epochs that have still to put back what they hold.
    var awaited: Set<MemberID>
    /// When the host stops waiting for `awaited`.
    let until: BootInstant
    /// The older epochs were complete when the stream had come to this number.
    var wholeAt: UInt64?
    /// What is still to be put back, the last first; nil before the older epochs are complete.
    var rest: [Item]?
    /// How many items at the end of `rest` have been sent, and when.
    var sent: (count: Int, at: BootInstant)?
    /// The sessions that the store refused as ended, and when the last of them was refused.
    var refused: [SharedDigest] = []
    var refusedAt = BootInstant.boot
    /// The newest number of the stream in the answer to a beat that was sent after `refusedAt`.
    var secondAt: UInt64?
    /// The items in `rest` were refused once.
    var isSecond = false
    /// Changes that an older epoch may have executed, and whose fate the store has not told this host: if it has lost
    /// one, nobody else may have its record.
    var untold: Set<UInt64> = []

    /// Begins again to wait for the older epochs: one of them is not complete, or the daemon was started again.
    mutating func beginAgain() {
        (wholeAt, rest, sent) = (nil, nil, nil)
        (refused, secondAt, isSecond, untold) = ([], nil, false, [])
    }

    /// Begins to put back the refused sessions that the host still has.
    mutating func putBackAgain(_ held: [SharedDigest]) {
        rest = held.map(Item.held)
        (refused, secondAt, isSecond) = ([], nil, true)
    }

    /// Whether everything that this host holds is in the store.
    var isThrough: Bool { (rest?.isEmpty ?? false) && refused.isEmpty && untold.isEmpty }
}
