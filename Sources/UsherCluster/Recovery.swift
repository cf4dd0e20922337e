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

    /// Members of the older epoch that must have put back what they hold.
    var awaited: Set<MemberID>
    /// Nobody is waited for any longer.
    let until: BootInstant
    /// The older epochs were complete when the stream had come to this number.
    var wholeAt: UInt64?
    /// What is still to be put back, the last first; nil before the older epochs are complete.
    var rest: [Item]?
    /// How many of the last of them have been sent, and when.
    var sent: (count: Int, at: BootInstant)?

    /// Whether everything that this host holds is in the store.
    var isThrough: Bool { rest?.isEmpty ?? false }
}
