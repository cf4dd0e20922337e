/// Ends: at home first, then an entry, then a wait until all members have acknowledged it.
extension ClusterHost {
    mutating func end(_ request: RequestID, _ owner: ShareOwner, _ target: EndTarget) {
        guard !isStopped else { return act(.answer(request, .unavailable)) }
        guard endingShares.take(owner) else { return act(.answer(request, .busy)) }
        let known = ending(like: target)
        // Once more for an end of all: another session may have been adopted meanwhile.
        let isToEnd = known == nil || target.name == nil
        let waiter = Ending.Waiter(
            request: request, owner: owner, patience: now + limits.patience, isRepeat: known != nil)
        if let known {
            endings[known]?.waiters.append(waiter)
            timers.add(.ending(known), at: waiter.patience)
            guard isToEnd else { return }
            endings[known]?.target = target
            if endAtHome(target) { endings[known]?.mayHaveLived = true }
            return
        }
        lastOrder += 1
        endings[lastOrder] = Ending(
            owner: owner, target: target, waiters: [waiter],
            retries: RetryPause(first: limits.firstPause, longest: limits.longestPause))
        endingOrders[target.subject] = lastOrder
        timers.add(.ending(lastOrder), at: waiter.patience)
        let lived = endAtHome(target)
        endings[lastOrder]?.mayHaveLived = lived
        sendEnding(lastOrder)
    }

    /// The end of the same session that is under way, or the same end of all that is not sent yet: who asks again waits
    /// for it. Once sent, an end of all may spare what began afterwards.
    private func ending(like target: EndTarget) -> UInt64? {
        guard let order = endingOrders[target.subject] else { return nil }
        if let name = target.name { return ends.has(name) ? order : nil }
        if case .unsent = endings[order]?.phase { return order }
        return nil
    }

    private var isStopped: Bool {
        switch standing {
        case .stopped, .leaving: true
        default: false
        }
    }

    /// Ends the target at home. An end of all ends every copy here except the spared one, without a look at stamps: the
    /// store writes its entry later, with a stamp above theirs. Returns whether a copy ended.
    private mutating func endAtHome(_ target: EndTarget) -> Bool {
        let before = copies.count
        switch target {
        case .session(let digest, let tag, _, let absolute, let reason, _):
            if let digest {
                noteEnd(digest, absolute)
                endCopy(digest, reason)
            }
            if tag != .none {
                noteEnd(SharedDigest(handle: tag), absolute)
                if let held = copies.find(tag) { endCopy(held, reason) }
            }
        case .user(let bucket, let spared, _, _):
            for held in copies.list(bucket: bucket) where spared == .none || copies[held]?.tag != spared {
                endCopy(held, 0)
            }
            soilWrites { $0.bucket == bucket && (spared == .none || $0.tag != spared) }
        case .realm(let realm, _, _):
            for held in copies.list(realm: realm) { endCopy(held, 0) }
            soilWrites { $0.realm == realm }
        }
        return copies.count < before
    }

    mutating func sendEnding(_ order: UInt64) {
        guard case .member(var membership) = standing, let ending = endings[order], case .unsent = ending.phase,
            !mustWait(ending.target)
        else { return }
        endings[order]?.phase = .calling
        let tag = ending.target.tag
        // A table of ends that has overflowed meanwhile does not know any more what has ended here.
        let acknowledges = tag != .none && ends.has(SharedDigest(handle: tag))
        if acknowledges { membership.uncounted.insert(tag) }
        standing = .member(membership)
        let upTo = acknowledges ? acknowledged : 0
        _ = send(
            .end(member, joined: membership.joined, acknowledged: upTo, ending.target.called), for: .ending(order),
            isConfirmed: true)
        if !guards.has(.lease) { finishEnding(order, .done) }
    }

    /// Whether the end waits for the recovery: before, the store may lack the session that is to be spared.
    private func mustWait(_ target: EndTarget) -> Bool {
        guard case .user(_, let spared, _, _) = target, spared != .none else { return false }
        return recovery != nil && guards.has(.spareAfterPutBack)
    }

    mutating func takeEnding(_ reply: StoreReply, _ order: UInt64) {
        guard let ending = endings[order] else { return }
        count(ending.target.tag, reply)
        switch reply {
        case .ended(let number, let lived, let minimum, _):
            heard(number)
            // While hosts put back what the store has lost, one of them may have the session.
            if lived || recovery != nil { endings[order]?.mayHaveLived = true }
            endings[order]?.known = ending.known ?? now
            endings[order]?.phase = .waiting(number: number)
            if case .user(let bucket, _, _, _) = ending.target { sweep(bucket) }
            settle(minimum)
        case .refused(.epoch):
            endings[order]?.loseCall()
            doubtEpoch()
        // It would be refused for ever.
        case .refused(.bad): finishEnding(order, .notBegun)
        default: retryEnding(order)
        }
    }

    /// Notes whether the store has counted the end of a session as acknowledged by the call that is answered.
    private mutating func count(_ tag: SessionTag, _ reply: StoreReply) {
        guard case .member(var membership) = standing, membership.uncounted.remove(tag) != nil else { return }
        if case .ended(let number, _, _, isCounted: true) = reply {
            membership.acknowledged = max(membership.acknowledged, number)
        }
        standing = .member(membership)
        acknowledgeSoon()
    }

    private mutating func retryEnding(_ order: UInt64) {
        guard var ending = endings[order] else { return }
        ending.loseCall()
        timers.add(.ending(order), at: now + ending.retries.grow(jitter: random()))
        endings[order] = ending
    }

    /// Takes the timer of an end: answers `pending` to those whose patience is over, and sends the end if it is unsent.
    mutating func endingIsLate(_ order: UInt64) {
        guard let ending = endings[order] else { return }
        endings[order]?.waiters.removeAll { $0.patience <= now }
        answer(ending.waiters.filter { $0.patience <= now }, .pending(until: latest(of: ending)))
        sendEnding(order)
    }

    /// The instant from which no host accepts what `ending` ends; nil while the store is not known to have the end.
    private func latest(of ending: Ending) -> BootInstant? {
        guard let known = ending.known, fence != .never else { return nil }
        return max(known + limits.silence, fence)
    }

    private mutating func answer(_ some: [Ending.Waiter], _ answer: ClusterAnswer) {
        for waiter in some {
            if waiter.isRepeat { endingShares.give(waiter.owner) }
            act(.answer(waiter.request, answer))
        }
    }

    mutating func finishEnding(_ order: UInt64, _ answer: ClusterAnswer) {
        guard let ending = endings.removeValue(forKey: order) else { return }
        if endingOrders[ending.target.subject] == order { endingOrders[ending.target.subject] = nil }
        endingShares.give(ending.owner)
        self.answer(ending.waiters, answer)
    }

    /// All members have acknowledged `least`: what waits for that is in effect everywhere.
    mutating func settle(_ least: UInt64) {
        minimum = max(minimum, least)
        settle()
    }

    mutating func settle() {
        guard isPastFence, isMember else { return }
        for (order, ending) in endings {
            guard case .waiting(let number) = ending.phase, number <= minimum else { continue }
            finishEnding(order, ending.mayHaveLived ? .done : .endedNothing)
        }
        for (order, write) in writes {
            if case .waiting(let number) = write.phase, number <= minimum { succeed(order) }
        }
    }
}
