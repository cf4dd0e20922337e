extension ClusterHost {
    /// Begins anew after an orderly restart of the daemon. Board, ledger, table of ends and lease are kept. The
    /// requests went with their connections; the ends that were begun go on.
    package mutating func restart(at now: BootInstant) -> [ClusterAction] {
        self.now = max(now, self.now)
        calls.removeAll()
        following = nil
        fetches.removeAll()
        lists.removeAll()
        listing = nil
        writes.removeAll()
        moves.removeAll()
        claims.removeAll()
        timers.removeAll()
        uses.isPlanned = false
        trimming = .idle
        loseSweeps()
        forgetting = nil
        loseReport()
        fetchShares = ShareBudget(capacity: limits.fetchCapacity, share: limits.fetchShare)
        listShares = ShareBudget(capacity: limits.listCapacity, share: limits.listShare)
        waiters = ShareBudget(capacity: limits.waiterCapacity, share: limits.waiterShare)
        writeShares = ShareBudget(capacity: limits.writeCapacity, share: limits.writeShare)
        claimShares = ShareBudget(capacity: limits.claimCapacity, share: limits.claimShare)
        for order in endings.keys {
            for waiter in endings[order]?.waiters ?? [] where waiter.isRepeat { endingShares.give(waiter.owner) }
            endings[order]?.waiters.removeAll()
            endings[order]?.loseCall()
        }
        if let recovery { timers.add(.recovery, at: recovery.until) }
        recovery?.beginAgain()
        control = ControlCall()
        retries.reset()
        standing = .disconnected
        (minimum, told, clock) = (0, 0, StoreClock())
        return [.connect(after: .milliseconds(0))]
    }
}
