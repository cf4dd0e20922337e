/// How much one call of `sweep` may do.
package struct SweepBudget: Hashable, Sendable {
    /// Slots to read, about 3 ns each.
    package var examined: Int
    /// Sessions to end, about half a microsecond each.
    package var ended: Int

    /// A budget. ``Ledger/sweep(now:budget:ended:)`` takes a number below 1 for 1.
    package init(examined: Int, ended: Int) {
        self.examined = examined
        self.ended = ended
    }
}

/// How far the sweep has come.
struct SweepPosition {
    /// The group that is being read, or from which on to look for the next one.
    var group = 0
    /// The next slot to read; nil between groups.
    var slot: Int?
    /// The earliest deadline seen in the group.
    var earliest = LedgerSeconds.distantFuture
}

extension Ledger {
    /// When to sweep next: no session expires before this instant. Nil without sessions, `distantPast` while a sweep
    /// has more to do. Takes time in proportion to the capacity, 1 µs per million.
    package var nextDeadline: LedgerSeconds? {
        if sweeping.slot != nil { return .distantPast }
        return count == 0 ? nil : bounds.earliest
    }

    /// Ends sessions that have expired, within `budget`. Returns true when all that was due has ended, and false when
    /// the caller should soon call again.
    package mutating func sweep(now: LedgerSeconds, budget: SweepBudget, ended: Ended) -> Bool {
        var (examined, endings) = (max(budget.examined, 1), max(budget.ended, 1))
        while let start = sweeping.slot ?? startGroup(now) {
            let end = min((sweeping.group + 1) * DeadlineBounds.group, geometry.capacity)
            for slot in start..<end {
                guard examined > 0, endings > 0 else {
                    sweeping.slot = slot
                    return false
                }
                examined -= 1
                if pool.isTaken(slot), examine(slot, now: now, ended) { endings -= 1 }
            }
            finishGroup()
        }
        return true
    }

    private mutating func startGroup(_ now: LedgerSeconds) -> Int? {
        guard count > 0, let group = bounds.due(at: now, from: sweeping.group) else { return nil }
        bounds.clear(group)
        (sweeping.group, sweeping.earliest) = (group, .distantFuture)
        return group * DeadlineBounds.group
    }

    /// Ends the session of a taken slot if it has expired; true if so.
    private mutating func examine(_ slot: Int, now: LedgerSeconds, _ ended: Ended) -> Bool {
        guard slots[slot].tag != 0 else { return false }
        let session = snapshot(slot)
        guard session.isExpired(at: now) else {
            sweeping.earliest = min(sweeping.earliest, session.idleExpires)
            return false
        }
        finish(slot, session, session.expiry, ended)
        return true
    }

    private mutating func finishGroup() {
        bounds.lower(sweeping.group * DeadlineBounds.group, to: sweeping.earliest)
        sweeping.slot = nil
    }
}
