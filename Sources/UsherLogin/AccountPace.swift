/// When the next check of an account may begin, so that many checks do not slow the host.
///
/// A check is paid for by the time until the next one: `Limits.share` times the processor time of a check, or less if
/// the rounds need checks more often. An urgent check may begin earlier, on credit, so that some dozen changed accounts
/// are checked at once, and ten thousand at the usual pace.
struct AccountPace {
    private let limits: AccountWatch.Limits
    /// What a check takes of a processor, in the mean of the last ones.
    private var cost: Duration
    /// Until when the checks that have begun are paid for.
    private var paid = Duration.zero
    /// No check begins before.
    private var next = Duration.zero

    init(limits: AccountWatch.Limits) {
        self.limits = limits
        cost = limits.overhead * 3
    }

    /// The earliest start of a check.
    func start(isUrgent: Bool) -> Duration { max(next, isUrgent ? paid - limits.credit : paid) }

    /// A check begins. `needed` is the time between two checks at which the rounds stay punctual.
    mutating func began(at now: Duration, needed: Duration) {
        next = now + limits.gap
        paid = max(paid, now) + max(min(cost * limits.share, needed), limits.gap)
    }

    /// Takes the processor time of a check's worker into the mean.
    mutating func learn(_ work: Duration) {
        let taken = min(work, .milliseconds(250)) + limits.overhead
        cost += (taken - cost) / 8
    }
}
