/// How many failures a source has at once, and in which time one comes back (the generic cell rate algorithm): one
/// instant says it all, which is kept in a sketch.
struct LimiterBudget {
    /// Failures at once.
    let burst: Int
    /// Nanoseconds until one comes back.
    let step: UInt64

    /// Nanoseconds in which a spent budget is whole again.
    var span: UInt64 { step * UInt64(burst) }

    /// How long a source must wait whose failures are paid for at `until`.
    func wait(until: UInt64, now: UInt64) -> Duration {
        // Whatever the memory says, nobody waits for longer than for one failure.
        let full = now + span - step
        let until = min(until, full + step)
        return until > full ? .nanoseconds(Int64(clamping: until - full)) : .zero
    }
}

/// Guessing one password at many names has limits of its own, which also keep sources from filling the table.
///
/// - An address fails under `namesPerSource` names an hour, believed or not; not where the user is at home.
/// - Users without an address cannot be told apart. Through their peer fail as many at once, and then one a second.
/// - All of a peer's users together fail a hundred times as often as an address: a peer that was taken over can invent
///   addresses.
///
/// The last two are shared by strangers. So they hold back only names under which somebody has failed: to whom nobody
/// guesses, nobody's guesses mean a wait. What is held back waits for a second at most. Nothing depends on whether a name
/// is known to log in here, but where its user has been at home: else the wait would tell.
extension Limiter {
    private static let hour: UInt64 = 3_600_000_000_000
    private static let second: UInt64 = 1_000_000_000
    /// How many addresses' worth of failures a peer has.
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

    /// Whether a peer has used up what it may have entries made for.
    func isSpent(peer hash: UInt64, now: UInt64) -> Bool { wait(hash, peer, now: now) > .zero }

    /// Whether the source has failed under the name lately: then the name's own wait is enough.
    private func hasFailed(under ticket: LimiterTicket, now: UInt64) -> Bool {
        if ticket.origin == .claimed { return hasFailed(underClaimed: ticket, now: now) }
        return find(ticket.name).map { memory[$0 + LimiterLayout.Entry.lastSource] == ticket.place } ?? false
    }

    private func unaddressed(_ ticket: LimiterTicket) -> UInt64 { hash([ticket.peer], for: .unaddressed) }

    private func wait(_ hash: UInt64, _ budget: LimiterBudget, now: UInt64) -> Duration {
        budget.wait(until: sketch.least(hash) { $0 }, now: now)
    }

    // MARK: Spending

    /// A login of `ticket` failed: its source pays once for a name.
    func chargeBudgets(_ ticket: LimiterTicket, now: UInt64) {
        let isAtHome =
            ticket.origin == .believed && find(ticket.name).flatMap { source(ticket.source, in: $0) } != nil
        charge(ticket, isPaid: isAtHome || hasFailed(under: ticket, now: now), now: now)
    }

    /// A login of `ticket` ended, and nobody knows whether its secret was right: that counts against its source, and not
    /// against its name.
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
