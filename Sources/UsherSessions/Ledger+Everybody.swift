package import UsherNames

/// Sessions of all users, in the order of their slots. One call reads a bounded number of slots, so that a walk over a
/// million sessions does not keep other requests waiting; the caller repeats it until there is no next cursor.
extension Ledger {
    /// Slots that one call reads at most. The worst case, in which each slot is in a cache line of its own and its
    /// session ends, takes about two milliseconds.
    package static let slotsAtOnce = 4096

    /// Shows at most `limit` sessions after `cursor` that are in `realms` and have not expired, until `body` returns
    /// false because it could not take one. Returns the next cursor, or nil at the end; a call may return a cursor
    /// without showing a session. A session that `body` refuses first is skipped.
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

    /// Ends the sessions after `cursor` that are in `realms`, except `kept`. A session that had expired ends for that
    /// reason, the others for `reason`. Returns how many had not expired, and the next cursor, or nil at the end.
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
