/// New sessions, and changes of sessions by compare-and-set: rotation, re-authentication, update.
extension ClusterHost {
    mutating func write(_ request: RequestID, _ owner: ShareOwner, _ order: Write.Order) {
        guard hasLease(at: now), isMember else { return act(.answer(request, .notBegun)) }
        if let answer = refusal(of: order) { return act(.answer(request, answer)) }
        guard writeShares.take(owner) else { return act(.answer(request, .busy)) }
        if let known = rotation(like: order) {
            guard isAlike(known, order) else {
                writeShares.give(owner)
                return act(.answer(request, .notBegun))
            }
            writes[known]?.waiters.append((request, owner))
            return wait(for: known)
        }
        lastOrder += 1
        var write = Write(
            waiters: [(request, owner)], order: order,
            retries: RetryPause(first: limits.firstPause, longest: limits.longestPause),
            patience: now + limits.patience)
        let copy = copy(for: order)
        write.stamp = copy?.stamp
        write.base = Edition(era: copy?.edition.era ?? 0, version: write.baseVersion)
        write.era = write.base.era
        writes[lastOrder] = write
        if case .move(let move) = order { moves[move.old] = lastOrder }
        timers.add(.write(lastOrder), at: write.patience)
        sendWrite(lastOrder)
    }

    /// The copy that an order was made from; nil for a new session, and where it is not held any more.
    private func copy(for order: Write.Order) -> CopyTable.Copy? {
        switch order {
        case .put: nil
        case .move(let order): copies[order.old]
        case .change(let order): copies[order.digest]
        }
    }

    /// Waits for the rotation of `old` that is under way: its token is answered as that of another request.
    mutating func awaitRotation(_ request: RequestID, _ owner: ShareOwner, _ old: SharedDigest) {
        guard let known = moves[old] else { return act(.answer(request, .absent)) }
        guard case .move(let order)? = writes[known]?.order, !order.isProof else {
            return act(.answer(request, .unavailable))
        }
        guard writeShares.take(owner) else { return act(.answer(request, .busy)) }
        writes[known]?.waiters.append((request, owner))
        wait(for: known)
    }

    /// Whether the fate of a new session, a move or a change is not known: a restart forgets it.
    package var isWriting: Bool { !writes.isEmpty }

    /// Whether the session of `digest` is being moved to another digest.
    package func isMoving(_ digest: SharedDigest) -> Bool { moves[digest] != nil }

    /// Extends the patience of a rotation that is asked for again, if it is over.
    private mutating func wait(for order: UInt64) {
        guard let patience = writes[order]?.patience, patience <= now else { return }
        writes[order]?.patience = now + limits.patience
        timers.add(.write(order), at: now + limits.patience)
    }

    /// `ended` for an order whose session this host knows to have ended; nil for any other order.
    private func refusal(of order: Write.Order) -> ClusterAnswer? {
        switch order {
        case .put: nil
        case .move(let order): ends.has(order.old) && rotation(like: .move(order)) == nil ? .ended : nil
        case .change(let order): ends.has(order.digest) ? .ended : nil
        }
    }

    /// Whether both are rotations, or both proofs: neither must be answered with the token of the other.
    private func isAlike(_ known: UInt64, _ order: Write.Order) -> Bool {
        guard case .move(let one) = writes[known]?.order, case .move(let other) = order else { return true }
        return one.isProof == other.isProof
    }

    /// The same rotation, asked for before: who asks again waits for it, and gets its token.
    private func rotation(like order: Write.Order) -> UInt64? {
        if case .move(let order) = order { moves[order.old] } else { nil }
    }

    mutating func sendWrite(_ order: UInt64) {
        guard isMember, let write = writes[order] else { return }
        switch write.phase {
        case .unsent, .lost: break
        case .calling, .waiting: return
        }
        writes[order]?.phase = .calling
        writes[order]?.isEarly = !(recovery?.awaited.isSubset(of: view.members) ?? true)
        writes[order]?.isLast = write.secondAt.map { position >= Stamp(ordinal: ordinal, number: $0) } ?? false
        _ = send(call(write), for: .write(order), isConfirmed: true)
    }

    private func call(_ write: Write) -> StoreCall {
        switch write.order {
        case .put(let order):
            .put(
                order.digest, order.record, limit: order.limit, evicts: order.evicts, began: began(order.began),
                note: order.note)
        case .move(let order):
            .move(
                member, old: order.old, new: order.new, era: write.base.era, stamped(order.record, write.stamp),
                note: Succession(digest: order.new, edition: write.base).note)
        case .change(let order):
            .change(member, order.digest, from: write.base, stamped(order.record, write.stamp))
        }
    }

    /// The record with the stamp that its session has here. A store that has lost the session takes it from the record.
    private func stamped(_ record: SharedRecord, _ stamp: Stamp?) -> SharedRecord {
        var record = record
        record.stamp = stamp ?? record.stamp
        return record
    }

    private func began(_ stamp: Stamp) -> Stamp {
        Stamp(
            ordinal: guards.has(.loginWithinEpoch) ? stamp.ordinal : ordinal,
            number: guards.has(.cancelLogin) ? stamp.number : .max)
    }

    mutating func takeWrite(_ reply: StoreReply, _ order: UInt64) {
        guard let write = writes[order] else { return }
        noteTold(reply, order)
        switch reply {
        case .put(let number, let evicted): takePut(order, write, number, evicted)
        case .changed(let number, let minimum):
            heard(number)
            noteExecuted(order, write)
            writes[order]?.phase = .waiting(number: number)
            writes[order]?.end = now + limits.writePatience
            timers.add(.write(order), at: now + limits.writePatience)
            if let write = writes[order] { takeHome(write) }
            settle(minimum)
        case .refused(let refusal): takeRefusal(refusal, order, write)
        default: failWrite(order, .unavailable)
        }
    }

    /// Notes that the store has told the fate of a write in this epoch.
    private mutating func noteTold(_ reply: StoreReply, _ order: UInt64) {
        switch reply {
        case .refused(.epoch), .refused(.incomplete): return
        // The store had not been told of the write when it said so.
        case .refused(.absent) where writes[order]?.isEarly ?? false: return
        case .refused(.ended) where writes[order].map(mayBeSpared) ?? false: return
        default: if recovery?.untold.remove(order) != nil { hurryBeat() }
        }
    }

    /// A move keeps the era of the record that it was made from.
    private mutating func noteExecuted(_ order: UInt64, _ write: Write) {
        writes[order]?.isExecuted = true
        if case .change = write.order { writes[order]?.era = ordinal }
    }

    private mutating func takePut(_ order: UInt64, _ write: Write, _ number: UInt64, _ evicted: [SharedDigest]) {
        guard case .put(let put) = write.order else { return failWrite(order, .unavailable) }
        heard(number)
        for digest in evicted { endCopy(digest, 2) }
        var record = put.record
        (record.stamp, record.era) = (Stamp(ordinal: ordinal, number: number), ordinal)
        guard isGood(put.digest, record) else { return failWrite(order, .cancelled) }
        if !write.isDirty { _ = adopt(put.digest, record, isMade: true) }
        succeed(order)
    }

    /// Takes an executed move or change into the copies, unless an entry has changed the session since.
    private mutating func takeHome(_ write: Write) {
        switch write.order {
        case .put: break
        case .move(let order):
            let stamp = copies[order.old]?.stamp
            noteEnd(
                order.old, order.record.absolute, to: Succession(digest: order.new, edition: write.base))
            dropCopy(order.old)
            replace(order.new, order.record, stamp ?? write.stamp, write)
        case .change(let order):
            replace(order.digest, order.record, copies[order.digest]?.stamp ?? write.stamp, write)
        }
    }

    private mutating func replace(_ digest: SharedDigest, _ record: SharedRecord, _ stamp: Stamp?, _ write: Write) {
        var record = record
        guard let stamp, !write.isDirty else { return dropCopy(digest) }
        (record.stamp, record.era) = (stamp, write.era)
        if !isGood(digest, record) || !adopt(digest, record, isMade: true) { dropCopy(digest) }
    }

    private mutating func takeRefusal(_ refusal: StoreRefusal, _ order: UInt64, _ write: Write) {
        switch refusal {
        case .epoch:
            writes[order]?.phase = write.wasLost ? .lost : .unsent
            doubtEpoch()
        case .unconfirmed: retryWrite(order)
        // An older epoch is not complete yet. The write is not given up: if the store has executed it, this host has
        // to put it back.
        case .incomplete where recovery != nil: retryWrite(order)
        // What the store has lost is not absent before all hosts have put back what they hold.
        case .absent where recovery != nil && guards.has(.absentWhenPutBack): retryWrite(order)
        case .ended, .absent:
            if refusal == .ended, mayBeSpared(write) {
                writes[order]?.refusedAt = write.refusedAt ?? now
                return retryWrite(order)
            }
            if write.isExecuted, !(recovery?.isThrough ?? true) { return retryWrite(order) }
            failWrite(order, refusal != .ended ? .absent : isMovedFurther(write) ? .unavailable : .ended)
        case .changed, .conflict:
            forgetOld(write)
            failWrite(order, .conflict)
        case .quota: failWrite(order, .quota)
        case .cancelled: failWrite(order, .cancelled)
        case .expelled, .twice, .behind, .incomplete, .memory, .bad, .other: failWrite(order, .unavailable)
        }
    }

    /// Whether this host moves the session of a move on to a third digest. Then the move was executed, and the first
    /// token leads to the third one by the second.
    private func isMovedFurther(_ write: Write) -> Bool {
        guard case .move(let order) = write.order else { return false }
        return isMoving(order.new)
    }

    /// Whether an end of all that this host has not heard of may have spared the session of a move or a change that is
    /// sent again.
    private func mayBeSpared(_ write: Write) -> Bool {
        guards.has(.putBackAgain) && write.isOfOlderEpoch && !write.isLast
    }

    /// Notes how far the stream must come for what the store had refused before a beat that was sent at `sent`.
    mutating func noteSecond(_ number: UInt64, sent: BootInstant) {
        for (order, write) in writes where write.secondAt == nil {
            if let at = write.refusedAt, sent > at { writes[order]?.secondAt = number }
        }
    }

    /// Drops the copy that a refused write was made from: another host was faster, so the copy is not the newest.
    private mutating func forgetOld(_ write: Write) {
        switch write.order {
        case .put: break
        case .move(let order): dropCopy(order.old, upTo: write.base)
        case .change(let order): dropCopy(order.digest, upTo: write.base)
        }
    }

    /// Drops a copy up to `edition`. A newer copy may be this host's own, which no other host has.
    private mutating func dropCopy(_ digest: SharedDigest, upTo edition: Edition) {
        if let copy = copies[digest], copy.edition <= edition { dropCopy(digest) }
    }

    private mutating func retryWrite(_ order: UInt64) {
        guard var write = writes[order] else { return }
        write.lose()
        timers.add(.write(order), at: now + write.retries.grow(jitter: random()))
        writes[order] = write
    }

    /// The connection is gone. A new session fails: nobody knows its token. A change is kept until its fate is known.
    mutating func loseWrite(_ order: UInt64) {
        guard let write = writes[order] else { return }
        if case .put = write.order { return failWrite(order, .unavailable) }
        if case .unsent = write.phase { return }
        writes[order]?.lose()
    }

    /// Another epoch: a new session fails, and its user logs in again. A change is kept until its fate is known.
    mutating func loseEpoch(_ order: UInt64) {
        guard let write = writes[order] else { return }
        if case .put = write.order { return failWrite(order, .unavailable) }
        guard guards.has(.senderKeeps) else { return failWrite(order, .unavailable) }
        if case .unsent = write.phase { return }
        writes[order]?.lose()
        writes[order]?.isOfOlderEpoch = true
        writes[order]?.refusedAt = nil
        writes[order]?.secondAt = nil
    }

    /// Takes a write's timer: answers `unavailable` after its patience, and sends it if it is unsent or lost.
    mutating func writeIsLate(_ order: UInt64) {
        guard let write = writes[order] else { return }
        if now >= write.patience {
            guard write.goesOn(at: now), guards.has(.senderKeeps) else {
                return failWrite(order, write.mayBeExecuted ? .unavailable : .notBegun)
            }
            answer(write, .unavailable)
            // The write keeps the first place.
            for waiter in write.waiters.dropFirst() { writeShares.give(waiter.owner) }
            writes[order]?.waiters = [(nil, write.waiters[0].owner)]
        }
        sendWrite(order)
    }

    mutating func succeed(_ order: UInt64) {
        guard let write = finishWrite(order, mayBeExecuted: true) else { return }
        for (place, waiter) in write.waiters.enumerated() {
            guard let request = waiter.request else { continue }
            if place > 0, case .move(let move) = write.order {
                act(.answer(request, .movedTo(move.new)))
            } else {
                act(.answer(request, .done))
            }
        }
    }

    mutating func failWrite(_ order: UInt64, _ answer: ClusterAnswer) {
        let mayBeExecuted = answer == .unavailable && (writes[order]?.mayBeExecuted ?? false)
        if let write = finishWrite(order, mayBeExecuted: mayBeExecuted) { self.answer(write, answer) }
    }

    /// Gives up the changes of the session under `digest`: it did not go on there, and nobody was answered that it did.
    mutating func failChanges(of digest: SharedDigest) {
        for (order, write) in writes {
            if case .change(let change) = write.order, change.digest == digest { failWrite(order, .unavailable) }
        }
    }

    private mutating func answer(_ write: Write, _ answer: ClusterAnswer) {
        for waiter in write.waiters { if let request = waiter.request { act(.answer(request, answer)) } }
    }

    private mutating func finishWrite(_ order: UInt64, mayBeExecuted: Bool) -> Write? {
        guard let write = writes.removeValue(forKey: order) else { return nil }
        recovery?.untold.remove(order)
        if case .move(let move) = write.order {
            moves[move.old] = nil
            act(.moveEnded(move.new, mayBeExecuted: mayBeExecuted))
        }
        for waiter in write.waiters { writeShares.give(waiter.owner) }
        return write
    }
}
