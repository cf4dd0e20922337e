/// How much of a table is taken, as seen by a login that would begin.
///
/// Invariants: a login counts for its peer and its source while it has a worker, while its refusal waits, or while a
/// refusal would wait if the client had not left. No uid has more than half of the places for workers, nor counts for
/// more than half of those for refusals. A quarter of this half is left to logins from sources that are known for their
/// name. A sixteenth of all places is left to root. A login that only keeps a reason for a late answer counts for
/// nobody and gives way (`LoginTable`).
///
/// A login whose client owes the first answer costs its client nothing, and may hold its place for a minute. So one of
/// these ends where its place is all that another login lacks. It is one of the source that has most of them, so that
/// a person who is typing a password does not make room for a source that begins many logins. No login from a known
/// source ends for one from a source that is not known.
/// Rejected: ending the oldest login of the peer, which would let one source end everybody's.
struct LoginShares {
    /// What a login lacks that would begin.
    enum Lack {
        /// A place of its source.
        case source
        /// A place of its peer.
        case peer
        /// A place of all.
        case all
        /// A place for its refusal.
        case refusal
    }

    private struct Taken {
        var ofPeer: [UInt32: Int] = [:]
        /// Those of the peer that are not from a source known for their name.
        var unknown = 0
    }

    private let start: LoginStart
    private let now: Duration
    private var ofSource = 0
    private var workers = Taken()
    private var refusals = Taken()

    /// Nothing is taken yet, for a login that would begin by `start`.
    init(for start: LoginStart, now: Duration) { (self.start, self.now) = (start, now) }

    /// Counts a login of the table.
    mutating func count(_ login: LoginTransaction) {
        let isUnknown = login.start.peer == start.peer && !login.start.ticket.known
        if login.holdsWorker {
            workers.ofPeer[login.start.peer, default: 0] += 1
            if isUnknown { workers.unknown += 1 }
        } else if login.isHeld(at: now) {
            refusals.ofPeer[login.start.peer, default: 0] += 1
            if isUnknown { refusals.unknown += 1 }
        } else {
            return
        }
        if isOfSource(login) { ofSource += 1 }
    }

    /// What one more lacks; nil where it has a place.
    func lack(_ limits: LoginLimits) -> Lack? {
        if lack(of: limits.closing, refusals) != nil { return .refusal }
        return ofSource < limits.perSource ? lack(of: limits.open, workers) : .source
    }

    private func lack(of places: Int, _ taken: Taken) -> Lack? {
        let half = LoginLimits.ofPeer(places)
        guard taken.ofPeer[start.peer, default: 0] < half else { return .peer }
        guard start.ticket.known || taken.unknown < half - half / LoginLimits.knownShare else { return .peer }
        // Logins that end together may exceed half of the places. The excess of one peer does not count against others.
        let all = taken.ofPeer.values.reduce(0) { $0 + min($1, half) }
        let reserve = start.peer == 0 ? 0 : places / LoginLimits.rootShare
        return all < places - reserve ? nil : .all
    }

    private func isOfSource(_ login: LoginTransaction) -> Bool {
        login.start.peer == start.peer && login.start.ticket.place == start.ticket.place
    }

    // MARK: Making room

    /// The login that is to end for one that lacks `lack`, if any may.
    func loser<Context>(of logins: some Sequence<Login<Context>>, for lack: Lack) -> Login<Context>? {
        let candidates = logins.filter { mayEnd($0.transaction, for: lack) }
        var ofPlace: [UInt64: Int] = [:]
        for login in candidates { ofPlace[login.start.ticket.place, default: 0] += 1 }
        func rank(_ login: Login<Context>) -> (Int, Int, Int, UInt64) {
            let ofPeer = workers.ofPeer[login.start.peer, default: 0]
            let ofSource = ofPlace[login.start.ticket.place, default: 0]
            return (login.start.ticket.known ? 1 : 0, -ofPeer, -ofSource, login.transaction.sequence)
        }
        return candidates.min { rank($0) < rank($1) }
    }

    private func mayEnd(_ login: LoginTransaction, for lack: Lack) -> Bool {
        guard login.owesFirstAnswer, start.ticket.known || !login.start.ticket.known else { return false }
        return switch lack {
        case .source: isOfSource(login)
        case .peer: login.start.peer == start.peer
        // The peer still has as many as the other one afterwards, or the two would take each other's place in turn.
        case .all: workers.ofPeer[login.start.peer, default: 0] > workers.ofPeer[start.peer, default: 0] + 1
        case .refusal: false
        }
    }
}
