/// Addresses that a peer claims for its users without being believed.
///
/// For a user who has succeeded through a peer, everybody at that peer comes from a known source, guessers included.
/// With one counter for the peer, a guesser would make the owner of a name wait. So each claimed address waits for its
/// own failures under a name, in words of the sketch, whether the user is known from the peer or not. A peer that was
/// taken over can invent addresses. That gains it no more than `LimiterCurve.parallel` failures under a name: after
/// them, all addresses of the peer wait together. The cap of the name applies as ever.
///
/// No user is ever at home at a claimed address.
extension Limiter {
    /// The hashes under which failures of a name are counted: those from one address, and those from all addresses of
    /// the peer. Forgiving the name begins new counters, because nobody knows which addresses have some.
    private func counters(of ticket: LimiterTicket) -> (own: UInt64, all: UInt64) {
        let forgiven = find(ticket.name).map { memory[$0 + LimiterLayout.Entry.forgiven] } ?? 0
        return (
            hash([ticket.name, ticket.place, forgiven], for: .claim),
            hash([ticket.name, ticket.peer, forgiven], for: .claim)
        )
    }

    func standing(ofClaimed ticket: LimiterTicket, isCapped: Bool, _ now: UInt64) -> LimiterStanding {
        let counters = counters(of: ticket)
        let (failures, last) = unplaced(counters.own, now: now)
        let (total, lastOfAll) = unplaced(counters.all, now: now)
        let spent = max(total - (LimiterCurve.parallel - LimiterCurve.free), 0)
        let shared = LimiterStanding(failures: spent, since: lastOfAll, now: now)
        var standing = LimiterStanding(failures: failures, since: last, now: now)
        standing.isCapped = isCapped
        standing.isSlowed = standing.isSlowed || shared.isSlowed
        standing.wait = max(standing.wait, shared.wait)
        standing.room = max(LimiterCurve.parallel - max(failures, total), 1)
        return standing
    }

    /// Whether the address has failed under the name lately.
    func hasFailed(underClaimed ticket: LimiterTicket, now: UInt64) -> Bool {
        unplaced(counters(of: ticket).own, now: now).failures > 0
    }

    func countClaimed(_ ticket: LimiterTicket, now: UInt64) {
        let counters = counters(of: ticket)
        countUnplaced(counters.own, now: now)
        countUnplaced(counters.all, now: now)
    }

    /// A login succeeded: clears the counters of its address and of its peer.
    func clearClaimed(_ ticket: LimiterTicket) {
        let counters = counters(of: ticket)
        _ = clearUnplaced(counters.own)
        _ = clearUnplaced(counters.all)
    }
}
