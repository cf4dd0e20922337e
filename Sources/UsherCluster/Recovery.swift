/// What a host has still to do after it came into an epoch: its copies are doubtful until the older epochs are complete,
/// then it puts back what the store has lost. Until all hosts have done so, what the store does not have may yet come.
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
    /// Nobody is waited for any longer.
    let until: BootInstant
    /// The older epochs were complete when the stream had come to this number.
    var wholeAt: UInt64?
    /// What is still to be put back, the last first; nil before the older epochs are complete.
    var rest: [Item]?
    /// How many of the last of them have been sent, and when.
    var sent: (count: Int, at: BootInstant)?
    /// What the store took for ended, and when the last of it was refused.
    var refused: [SharedDigest] = []
    var refusedAt = BootInstant.boot
    /// The stream had come to this number when a beat was answered that was sent after that.
    var secondAt: UInt64?
    /// What is put back was refused before.
    var isSecond = false

    /// Nothing has been put back: not all older epochs are complete, or the daemon was started again.
    mutating func beginAgain() {
        (wholeAt, rest, sent) = (nil, nil, nil)
        (refused, secondAt, isSecond) = ([], nil, false)
    }

    /// Of what was refused, `held` is still held.
    mutating func putBackAgain(_ held: [SharedDigest]) {
        rest = held.map(Item.held)
        (refused, secondAt, isSecond) = ([], nil, true)
    }

    /// Whether everything that this host holds is in the store.
    var isThrough: Bool { (rest?.isEmpty ?? false) && refused.isEmpty }
}
