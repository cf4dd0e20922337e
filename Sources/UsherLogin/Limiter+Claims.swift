/// Addresses that a peer gives for its users and is not believed.
///
/// To the peer as a whole every user of it is at home, guessers included: with one counter for all of them whoever
/// guesses at a name makes its owner wait. So each address waits for its own failures under a name, in words of the
/// sketch, known or unknown to the user alike. Whoever invents addresses, as a peer that was taken over can, gets no
/// further by it than `LimiterCurve.parallel` failures under a name: from there on all the addresses of the peer wait
/// together. The cap is the name's as ever.
///
/// Such an address is never one that a user is at home at.
extension Limiter {
    /// Where failures under a name from one address are counted, and those from all addresses of the peer. Forgiving the
    /// name begins new counters, as nobody knows of which addresses there are some.
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

    /// A login succeeded: its address and the peer begin anew.
    func clearClaimed(_ ticket: LimiterTicket) {
        let counters = counters(of: ticket)
        _ = clearUnplaced(counters.own)
        _ = clearUnplaced(counters.all)
    }
}
