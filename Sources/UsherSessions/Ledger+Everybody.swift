package import UsherNames

/// Sessions of all users, in the order of their slots. A call reads a bounded number of slots, so that one for a million
/// sessions does not keep others waiting: whoever wants all of them calls again.
extension Ledger {
    /// Slots that one call reads at most. The unfavourable case, each slot in a cache line of its own and its session to
    /// be ended, takes about two milliseconds.
    package static let slotsAtOnce = 4096

    /// Shows the sessions in `realms` that are not over, at most `limit` of them, from `cursor` on, until `body` says that
    /// it could not take one. Returns where to go on, which may be so without any session shown, or nil at the end.
    package func listAll(
        in realms: RealmSet, after cursor: ListCursor? = nil, limit: Int, now: LedgerSeconds,
        _ body: (Session) -> Bool
    ) -> ListCursor? {
        let (start, end) = stretch(after: cursor)
        var shown = 0
        for slot in start..<end where isLive(slot) {
            let session = snapshot(slot)
            guard realms.contains(session.realm), !session.isExpired(at: now) else { continue }
            guard shown < max(limit, 1), body(session) else {
                return ListCursor(slot: UInt32(shown == 0 ? slot : slot - 1))
            }
            shown += 1
        }
        return next(end)
    }

    /// Ends the sessions in `realms` but for one, from `cursor` on. Those whose time was over ended by that, the others
    /// for `reason`. Returns how many lived until then, and where to go on, or nil at the end.
    package mutating func endAll(
        in realms: RealmSet, except kept: SessionHandle? = nil, after cursor: ListCursor? = nil, reason: EndReason,
        now: LedgerSeconds, ended: Ended
    ) -> (ended: Int, next: ListCursor?) {
        let (start, end) = stretch(after: cursor)
        let kept = kept.flatMap { slot(of: $0) }
        var lived = 0
        for slot in start..<end where isLive(slot) && slot != kept {
            let session = snapshot(slot)
            guard realms.contains(session.realm) else { continue }
            let isExpired = session.isExpired(at: now)
            finish(slot, session, isExpired ? session.expiry : reason, ended)
            lived += isExpired ? 0 : 1
        }
        return (lived, next(end))
    }

    private func isLive(_ slot: Int) -> Bool { pool.isTaken(slot) && slots[slot].tag != 0 }

    private func stretch(after cursor: ListCursor?) -> (start: Int, end: Int) {
        let start = min(cursor.map { Int($0.slot) + 1 } ?? 0, pool.frontier)
        return (start, min(start + Self.slotsAtOnce, pool.frontier))
    }

    private func next(_ end: Int) -> ListCursor? {
        end < pool.frontier ? ListCursor(slot: UInt32(end - 1)) : nil
    }
}

extension Ledger {
    /// How many sessions each service has, expired ones that no sweep has reached included; those without any are left
    /// out. Takes time in proportion to the number of labels.
    package var sessionsByService: [ServiceID: Int] {
        var counts: [ServiceID: Int] = [:]
        for label in labels.heads.indices where labels.heads[label].kind == .terms {
            let uses = Int(labels.uses(of: UInt16(label)))
            if uses > 0 { counts[ServiceID(labels.heads[label].service), default: 0] += uses }
        }
        return counts
    }
}
