/// How many failures a source may have at once, and how soon one is available again (the generic cell rate algorithm).
/// Its state is one instant, which a sketch keeps.
struct LimiterBudget {
    /// Failures at once.
    let burst: Int
    /// Nanoseconds until one comes back.
    let step: UInt64

    /// Nanoseconds in which a spent budget is whole again.
    var span: UInt64 { step * UInt64(burst) }

    /// How long a source must wait whose failures are paid for until `until`; at most one step.
    func wait(until: UInt64, now: UInt64) -> Duration {
        // The memory may say anything: `until` is clamped, so that nobody waits longer than one step.
        let full = now + span - step
        let until = min(until, full + step)
        return until > full ? .nanoseconds(Int64(clamping: until - full)) : .zero
    }
}

/// Budgets limit guessing one password at many names. They also keep sources from filling the table.
///
/// - An address, believed or not, fails under at most `namesPerSource` names an hour. Names whose user is at home there
///   do not count.
/// - Users without an address cannot be told apart. Through their peer, `namesPerSource` logins may fail at once, and
///   then one a second.
/// - All users of a peer together fail at most a hundred times as often as an address, because a peer that was taken
///   over can invent addresses.
///
/// Strangers share the last two budgets. So these hold back only names under which somebody has failed: a user at whose
/// name nobody guesses never waits for them. With `namesPerSource` of 36 or more, they hold a login back for at most a
/// second.
/// Budgets depend on where a user has been at home, never on whether a name is known: else the wait would tell.
extension Limiter {
    private static let hour: UInt64 = 3_600_000_000_000
    private static let second: UInt64 = 1_000_000_000
    /// The budget of a peer, as a multiple of the budget of an address.
    private static let addressesPerPeer = 100

    private var sketch: LimiterSketch {
        LimiterSketch(memory, at: LimiterLayout.sources(entries: entries), columns: entries)
    }

    private var names: LimiterBudget {
        LimiterBudget(burst: namesPerSource, step: Self.hour / UInt64(namesPerSource))
    }

    private var unaddressed: LimiterBudget {
        LimiterBudget(burst: namesPerSource, step: min(names.step, Self.second))
    }

    private var peer: LimiterBudget {
        let burst = namesPerSource * Self.addressesPerPeer
        return LimiterBudget(burst: burst, step: Self.hour / UInt64(burst))
    }

    // MARK: Asking

    /// How long the budgets ask a login to wait.
    func waitForBudgets(_ ticket: LimiterTicket, now: UInt64) -> Duration {
        let isAtHome = ticket.known && ticket.origin == .believed
        let isUntouched = counter(ticket, now: now).failures == 0
        let ofPeer = isAtHome || isUntouched ? .zero : wait(ticket.peer, peer, now: now)
        switch ticket.origin {
        case .believed, .claimed:
            let isFree = isAtHome || hasFailed(under: ticket, now: now)
            return max(isFree ? .zero : wait(ticket.place, names, now: now), ofPeer)
        case .none:
            return max(isUntouched ? .zero : wait(unaddressed(ticket), unaddressed, now: now), ofPeer)
        }
    }

    /// Whether the peer has spent its budget, so that it may not have further entries made.
    func isSpent(peer hash: UInt64, now: UInt64) -> Bool { wait(hash, peer, now: now) > .zero }

    /// Whether the source has failed under the name lately, so that the name's own wait is enough.
    private func hasFailed(under ticket: LimiterTicket, now: UInt64) -> Bool {
        if ticket.origin == .claimed { return hasFailed(underClaimed: ticket, now: now) }
        return find(ticket.name).map { memory[$0 + LimiterLayout.Entry.lastSource] == ticket.place } ?? false
    }

    private func unaddressed(_ ticket: LimiterTicket) -> UInt64 { hash([ticket.peer], for: .unaddressed) }

    private func wait(_ hash: UInt64, _ budget: LimiterBudget, now: UInt64) -> Duration {
        budget.wait(until: sketch.least(hash) { $0 }, now: now)
    }

    // MARK: Spending

    /// A login of `ticket` failed. Its source pays once for each name.
    func chargeBudgets(_ ticket: LimiterTicket, now: UInt64) {
        let isAtHome =
            ticket.origin == .believed && find(ticket.name).flatMap { source(ticket.source, in: $0) } != nil
        charge(ticket, isPaid: isAtHome || hasFailed(under: ticket, now: now), now: now)
    }

    /// A login of `ticket` ended, and nobody knows whether its secret was right. This counts against its source, and
    /// not against its name.
    package func undecided(_ ticket: LimiterTicket, now: Duration) {
        charge(ticket, isPaid: false, now: max(now.nanoseconds, 1))
    }

    private func charge(_ ticket: LimiterTicket, isPaid: Bool, now: UInt64) {
        if ticket.origin == .none {
            charge(unaddressed(ticket), unaddressed, now: now)
        } else if !isPaid {
            charge(ticket.place, names, now: now)
        }
        charge(ticket.peer, peer, now: now)
    }

    private func charge(_ hash: UInt64, _ budget: LimiterBudget, now: UInt64) {
        let until = min(max(sketch.least(hash) { $0 }, now), now + budget.span - budget.step) + budget.step
        sketch.raise(hash, to: until) { $0 < until || $0 > now + Self.hour }
    }
}
