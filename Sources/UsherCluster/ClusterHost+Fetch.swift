/// Reads sessions that this host does not hold from the store.
extension ClusterHost {
    mutating func fetch(_ request: RequestID, _ owner: ShareOwner, _ digest: SharedDigest) {
        if accepts(digest, at: now) { return act(.answer(request, .adopted)) }
        guard isMember, hasLease(at: now) else { return act(.answer(request, .unavailable)) }
        if guards.has(.fetchMeetsEnds), ends.has(digest) { return act(.answer(request, .ended)) }
        if copies[digest]?.isDoubtful ?? false { return act(.answer(request, .unavailable)) }
        guard waiters.take(owner) else { return act(.answer(request, .busy)) }
        guard fetches[digest] != nil || beginFetch(digest, owner) else {
            waiters.give(owner)
            return act(.answer(request, .busy))
        }
        let patience = now + limits.fetchPatience
        fetches[digest]?.waiters.append(Fetch.Waiter(request: request, owner: owner, patience: patience))
        timers.add(.fetch(digest), at: patience)
    }

    private mutating func beginFetch(_ digest: SharedDigest, _ owner: ShareOwner) -> Bool {
        guard fetchShares.take(owner) else { return false }
        fetches[digest] = Fetch(owner: owner)
        askFor(digest)
        return true
    }

    private mutating func askFor(_ digest: SharedDigest) {
        _ = send(.get(digest), for: .fetch(digest), isConfirmed: false)
    }

    /// Answers the waiters whose patience is over. A later reply of the store is still adopted.
    mutating func fetchIsLate(_ digest: SharedDigest) {
        guard let fetch = fetches[digest] else { return }
        fetches[digest]?.waiters.removeAll { $0.patience <= now }
        answer(fetch.waiters.filter { $0.patience <= now }, .unavailable)
    }

    private mutating func answer(_ some: [Fetch.Waiter], _ answer: ClusterAnswer) {
        for waiter in some {
            waiters.give(waiter.owner)
            act(.answer(waiter.request, answer))
        }
    }

    mutating func finishFetch(_ digest: SharedDigest, _ answer: ClusterAnswer) {
        guard let fetch = fetches.removeValue(forKey: digest) else { return }
        fetchShares.give(fetch.owner)
        self.answer(fetch.waiters, answer)
    }

    /// Answers all fetches with `unavailable`: they began in another epoch, or before this host left.
    mutating func voidFetches() {
        loseLists()
        for digest in Array(fetches.keys) { finishFetch(digest, .unavailable) }
        calls = calls.filter { if case .fetch = $0.value { false } else { true } }
    }

    mutating func takeFetch(_ reply: StoreReply, _ digest: SharedDigest) {
        guard let fetch = fetches[digest] else { return }
        if fetch.isDirty { return askAgain(digest, fetch) }
        switch reply {
        case .found(let record): take(record, digest, fetch)
        case .foundEnded: finishFetch(digest, .ended)
        case .foundDoubtful, .foundNothing: lack(digest)
        case .refused(.epoch):
            finishFetch(digest, .unavailable)
            doubtEpoch()
        default: finishFetch(digest, .unavailable)
        }
    }

    /// The store does not have the session. In a recovery another host may still put it back, or bring its end.
    private mutating func lack(_ digest: SharedDigest) {
        finishFetch(digest, recovery == nil || !guards.has(.absentWhenPutBack) ? .absent : .unavailable)
    }

    private mutating func askAgain(_ digest: SharedDigest, _ fetch: Fetch) {
        guard fetch.repeats < 3, isMember else { return finishFetch(digest, .unavailable) }
        fetches[digest]?.repeats += 1
        fetches[digest]?.isDirty = false
        askFor(digest)
    }

    private mutating func take(_ record: SharedRecord, _ digest: SharedDigest, _ fetch: Fetch) {
        guard !hasEnded(digest, record) else { return finishFetch(digest, .ended) }
        // All sessions of its user were ended after the store had answered, and perhaps this one was spared.
        guard isGood(digest, record) else { return askAgain(digest, fetch) }
        if let lost = changes.newer(than: record, of: digest) {
            // The stream told of it before the store was asked. Once the store knows what it lacks, whoever has it puts
            // it back with the next report of a use.
            _ = send(.restoreChanges([lost]), for: .putBackUsed, isConfirmed: false)
            return lack(digest)
        }
        guard !clock.isUneven else { return finishFetch(digest, .unavailable) }
        guard adopt(digest, record) else { return finishFetch(digest, .ended) }
        finishFetch(digest, hasLease(at: now) ? .adopted : .unavailable)
    }

    /// Marks the fetch of the changed session as dirty, and the writes to it: except the write that `change` tells of,
    /// and those that were made from this record or a newer one.
    mutating func soil(_ change: KnownChange) {
        fetches[change.digest]?.isDirty = true
        for (order, write) in writes where write.adopts(change.digest) {
            if write.record.nonce != change.nonce, write.base < change.edition { writes[order]?.isDirty = true }
        }
    }

    /// Marks the writes of these sessions as dirty: their records are not adopted.
    mutating func soilWrites(_ isMeant: (SharedRecord) -> Bool) {
        for (order, write) in writes where isMeant(write.record) { writes[order]?.isDirty = true }
    }

    /// Marks all fetches and writes as dirty: their records are not adopted.
    mutating func soilAll() {
        for digest in fetches.keys { fetches[digest]?.isDirty = true }
        for order in writes.keys { writes[order]?.isDirty = true }
    }
}
