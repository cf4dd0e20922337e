/// When the next check of an account may begin, so that checks of many do not slow what the host is there for.
///
/// A check is paid for by the time until the next one: `Limits.share` times what it took of a processor. One that is urgent
/// goes before that, on credit, so that some dozen accounts that were changed are checked at once, and ten thousand at the
/// usual pace. Where the rounds need a faster pace than that, it is theirs.
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

    /// A check begins, where the rounds need one after another in `needed`.
    mutating func began(at now: Duration, needed: Duration) {
        next = now + limits.gap
        paid = max(paid, now) + max(min(cost * limits.share, needed), limits.gap)
    }

    /// The worker of a check has taken so much of a processor.
    mutating func learn(_ work: Duration) {
        let taken = min(work, .milliseconds(250)) + limits.overhead
        cost += (taken - cost) / 8
    }
}
