/// Ends: at home first, then an entry, then a wait until all members have acknowledged it.
extension ClusterHost {
    mutating func end(_ request: RequestID, _ owner: ShareOwner, _ target: EndTarget) {
        guard !isStopped else { return act(.answer(request, .unavailable)) }
        guard endingShares.take(owner) else { return act(.answer(request, .busy)) }
        lastOrder += 1
        endings[lastOrder] = Ending(
            request: request, owner: owner, target: target,
            retries: RetryPause(first: limits.firstPause, longest: limits.longestPause),
            patience: now + limits.patience)
        timers.add(.ending(lastOrder), at: now + limits.patience)
        endAtHome(target)
        sendEnding(lastOrder)
    }

    private var isStopped: Bool {
        switch standing {
        case .stopped, .leaving: true
        default: false
        }
    }

    /// Ends the target at home. An end of all takes each copy: all were put before its entry will be written.
    private mutating func endAtHome(_ target: EndTarget) {
        switch target {
        case .session(let digest, let tag, _, let absolute, let reason, _):
            noteEnd(digest ?? SharedDigest(handle: tag), absolute)
            if let held = digest ?? copies.find(tag) { endCopy(held, reason) }
        case .user(let bucket, let spared, _, _):
            for held in copies.list(bucket: bucket) where spared == .none || copies[held]?.tag != spared {
                endCopy(held, 0)
            }
            soilWrites { $0.bucket == bucket && (spared == .none || $0.tag != spared) }
        case .realm(let realm, _, _):
            for held in copies.list(realm: realm) { endCopy(held, 0) }
            soilWrites { $0.realm == realm }
        }
    }

    mutating func sendEnding(_ order: UInt64) {
        guard isMember, let ending = endings[order], case .unsent = ending.phase, !mustWait(ending.target) else {
            return
        }
        endings[order]?.phase = .calling
        _ = send(.end(member, ending.target), for: .ending(order), isConfirmed: true)
        if !guards.has(.lease) { finishEnding(order, .done) }
    }

    /// Whether the end waits for the recovery: before, the store may lack the session that is to be spared.
    private func mustWait(_ target: EndTarget) -> Bool {
        guard case .user(_, let spared, _, _) = target, spared != .none else { return false }
        return recovery != nil && guards.has(.spareAfterPutBack)
    }

    mutating func takeEnding(_ reply: StoreReply, _ order: UInt64) {
        guard let ending = endings[order] else { return }
        switch reply {
        case .ended(let number, let minimum):
            heard(number)
            endings[order]?.phase = .waiting(number: number)
            if case .user(let bucket, _, _, _) = ending.target { sweep(bucket, from: 0, piece: 0) }
            settle(minimum)
        case .refused(.epoch):
            endings[order]?.phase = .unsent
            doubtEpoch()
        default: retryEnding(order)
        }
    }

    /// Has the store remove the sessions of a user that have ended, piece by piece. Nothing waits for it: it is given up
    /// with the connection, and after more pieces than the sessions of a user need.
    private mutating func sweep(_ bucket: UInt32, from cursor: UInt64, piece: Int) {
        guard piece < limits.sweepCapacity else { return }
        _ = send(.sweep(bucket: bucket, cursor: cursor), for: .sweep(bucket: bucket, piece: piece), isConfirmed: false)
    }

    mutating func takeSweep(_ reply: StoreReply, _ bucket: UInt32, _ piece: Int) {
        if case .swept(let next) = reply, next > 0 { sweep(bucket, from: next, piece: piece + 1) }
    }

    private mutating func retryEnding(_ order: UInt64) {
        guard var ending = endings[order] else { return }
        ending.phase = .unsent
        timers.add(.ending(order), at: now + ending.retries.grow(jitter: random()))
        endings[order] = ending
    }

    /// Takes the timer of an end: answers `pending` after its patience, and sends the end if it is unsent.
    mutating func endingIsLate(_ order: UInt64) {
        guard let ending = endings[order] else { return }
        if let request = ending.request, now >= ending.patience {
            endings[order]?.request = nil
            act(.answer(request, .pending))
        }
        sendEnding(order)
    }

    mutating func finishEnding(_ order: UInt64, _ answer: ClusterAnswer) {
        guard let ending = endings.removeValue(forKey: order) else { return }
        endingShares.give(ending.owner)
        if let request = ending.request { act(.answer(request, answer)) }
    }

    /// All members have acknowledged `least`: what waits for that is in effect everywhere.
    mutating func settle(_ least: UInt64) {
        minimum = max(minimum, least)
        settle()
    }

    mutating func settle() {
        guard isPastFence, isMember else { return }
        for (order, ending) in endings {
            if case .waiting(let number) = ending.phase, number <= minimum { finishEnding(order, .done) }
        }
        for (order, write) in writes {
            if case .waiting(let number) = write.phase, number <= minimum { succeed(order) }
        }
    }
}
