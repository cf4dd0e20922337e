/// How much of a table is taken, as seen by a login that would begin.
///
/// Invariants: a login counts for its peer and its source while it has a worker, while its refusal waits, or while a
/// refusal would wait if the client had not left. No uid has more than half of the places for workers, nor counts for
/// more than half of those for refusals. A sixteenth of both is left to root. A login that only keeps a reason for a
/// late answer counts for nobody and gives way (`LoginTable`).
struct LoginShares {
    private let start: LoginStart
    private let now: Duration
    private var ofSource = 0
    private var workers: [UInt32: Int] = [:]
    private var refusals: [UInt32: Int] = [:]

    /// Nothing is taken yet, for a login that would begin by `start`.
    init(for start: LoginStart, now: Duration) { (self.start, self.now) = (start, now) }

    /// Counts a login of the table.
    mutating func count(_ login: LoginTransaction) {
        let peer = login.start.peer
        if login.holdsWorker {
            workers[peer, default: 0] += 1
        } else if login.isHeld(at: now) {
            refusals[peer, default: 0] += 1
        } else {
            return
        }
        if peer == start.peer, login.start.ticket.place == start.ticket.place { ofSource += 1 }
    }

    /// Whether one more has a place.
    func hasPlace(_ limits: LoginLimits) -> Bool {
        ofSource < limits.perSource && isLeft(of: limits.open, workers) && isLeft(of: limits.closing, refusals)
    }

    private func isLeft(of places: Int, _ taken: [UInt32: Int]) -> Bool {
        let half = LoginLimits.ofPeer(places)
        // Logins that end together may exceed half of the places. The excess of one peer does not count against others.
        let all = taken.values.reduce(0) { $0 + min($1, half) }
        let reserve = start.peer == 0 ? 0 : places / LoginLimits.rootShare
        return taken[start.peer, default: 0] < half && all < places - reserve
    }
}
