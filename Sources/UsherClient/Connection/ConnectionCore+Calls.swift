// The life of a call: submitted, sent, answered, cancelled or out of time.
extension ConnectionCore {
    /// Takes a call; it fails at once when the client is closed, the queue full, its connection gone or the breaker
    /// open. O(1).
    package mutating func submit(_ id: CallID, _ payload: Payload, _ terms: Terms, at now: MonotonicInstant) {
        breaker.called(at: now)
        if let refusal = refusal(of: terms, at: now) { return actions.append(.fail(payload, refusal)) }
        let call = Call(payload: payload, terms: terms, patienceEnd: now + limits.patience)
        calls[id] = call
        earliest = min(earliest, end(of: call))
        queue.append(id)
        queuedCount += 1
        if case .paused = link, breaker.mayTry(at: now) { link = .down }
        advance(at: now)
    }

    private func refusal(of terms: Terms, at now: MonotonicInstant) -> UsherError? {
        if link == .closed { return UsherError(.closed) }
        if queuedCount >= limits.queued { return UsherError(.busy, detail: "the client's own queue is full") }
        if let bound = terms.connection, link != .up || bound != connection { return UsherError(.connectionLost) }
        if breaker.isOpen, !terms.isPatient, !breaker.mayTry(at: now) { return unreachable }
        return nil
    }

    /// What became of an answer.
    package enum Answered: Sendable {
        /// Somebody waits for it.
        case awaited(Payload)
        /// Nobody waits any more.
        case late(Payload)
        /// No call has this id: the peer does not follow the protocol.
        case unknown
    }

    /// The daemon answered `id`. Frees its place for the next in the queue. O(1).
    package mutating func answered(_ id: CallID, at now: MonotonicInstant) -> Answered {
        guard let call = calls[id] else { return .unknown }
        defer { advance(at: now) }
        switch call.stage {
        case .queued: return .unknown
        case .sent:
            remove(id)
            return .awaited(call.payload)
        case .abandoned:
            remove(id)
            return .late(call.payload)
        }
    }

    private mutating func remove(_ id: CallID) {
        guard let call = calls.removeValue(forKey: id) else { return }
        hasAnswered = true
        inFlight -= 1
        if case .abandoned = call.stage { abandonedCount -= 1 }
    }

    /// Nobody waits for `id` any more; no action follows for it. True when it was sent, so that its answer may still
    /// come.
    @discardableResult
    package mutating func cancel(_ id: CallID, at now: MonotonicInstant) -> Bool {
        guard let call = calls[id] else { return false }
        switch call.stage {
        case .queued:
            forget(queued: id)
            return false
        case .sent:
            abandon(id)
            advance(at: now)
            return true
        case .abandoned: return true
        }
    }

    /// The owner cannot serve the call: it fails now.
    package mutating func fail(_ id: CallID, _ error: UsherError, at now: MonotonicInstant) {
        guard let call = calls[id], call.isAwaited else { return }
        cancel(id, at: now)
        actions.append(.fail(call.payload, error))
    }

    private mutating func forget(queued id: CallID) {
        calls[id] = nil
        queuedCount -= 1
        guard queue.count - head > 2 * queuedCount + 64 else { return }
        queue = queue[head...].filter { calls[$0] != nil }
        head = 0
    }

    private mutating func abandon(_ id: CallID) {
        calls[id]?.stage = .abandoned
        abandonedCount += 1
    }

    /// Time went on: fails what is out of time and connects when that is due. O(1), and O(calls) once `earliest` has
    /// passed or the breaker opens.
    package mutating func timePassed(at now: MonotonicInstant) {
        if case .paused(let until) = link, now >= until { link = .down }
        breaker.timePassed(at: now)
        giveUp(at: now)
        advance(at: now)
    }

    /// Fails each call that is out of time or out of patience.
    mutating func giveUp(at now: MonotonicInstant) {
        if breaker.isOpen, queuedCount > 0 { failImpatient() }
        if now >= earliest { expire(at: now) }
    }

    private mutating func failImpatient() {
        for id in queue[head...] {
            guard let call = calls[id], !call.terms.isPatient else { continue }
            forget(queued: id)
            actions.append(.fail(call.payload, unreachable))
        }
    }

    private mutating func expire(at now: MonotonicInstant) {
        for id in calls.filter({ end(of: $0.value) <= now }).keys.sorted() { expire(id) }
        earliest = calls.values.lazy.filter(\.isAwaited).map(end(of:)).min() ?? .never
    }

    /// When the call fails unless it was answered: at its deadline, or when its patience is over.
    private func end(of call: Call) -> MonotonicInstant {
        guard link != .up, call.terms.isPatient, case .queued = call.stage else { return call.terms.deadline }
        return min(call.terms.deadline, call.patienceEnd)
    }

    private mutating func expire(_ id: CallID) {
        guard let call = calls[id] else { return }
        switch call.stage {
        case .queued:
            forget(queued: id)
            actions.append(.fail(call.payload, link == .up ? UsherError(.queueTimedOut) : unreachable))
        case .sent:
            abandon(id)
            actions.append(.fail(call.payload, UsherError(.answerTimedOut)))
        case .abandoned: return
        }
    }

    /// Sends queued calls while fewer than `limits.inFlight` are in flight, and asks for a connection when one is
    /// needed. Ends a connection on which nobody waits for any of `limits.inFlight` answers.
    mutating func advance(at now: MonotonicInstant) {
        if link == .up, abandonedCount == limits.inFlight { loseConnection(flushed: position, at: now) }
        if link == .down, queuedCount > 0 || breaker.goesOn(at: now) { startConnecting() }
        while link == .up, inFlight < limits.inFlight, let id = dequeue() { send(id) }
    }

    private mutating func dequeue() -> CallID? {
        while head < queue.count {
            let id = queue[head]
            head += 1
            if head == queue.count { (queue, head) = ([], 0) }
            if calls[id] != nil { return id }
        }
        return nil
    }

    private mutating func send(_ id: CallID) {
        guard var call = calls[id] else { return }
        position += UInt64(call.terms.size)
        call.stage = .sent(end: position)
        call.sendsLeft -= 1
        calls[id] = call
        queuedCount -= 1
        inFlight += 1
        actions.append(.send(call.payload))
    }
}

extension ConnectionCore.Call {
    var isAwaited: Bool {
        if case .abandoned = stage { return false }
        return true
    }
}
