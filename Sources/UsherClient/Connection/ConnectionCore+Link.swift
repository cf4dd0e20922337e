// The connection's own life: tried, up, lost, tried again.
extension ConnectionCore {
    /// The connection stands, to a trusted peer. `first` is sent before the calls that wait.
    package mutating func connected(first: (CallID, Payload, Terms)? = nil, at now: MonotonicInstant) {
        guard link == .connecting else { return }
        link = .up
        connection += 1
        position = 0
        hasAnswered = false
        breaker.ended()
        lastFailure = nil
        if let (id, payload, terms) = first {
            calls[id] = Call(payload: payload, terms: terms, patienceEnd: terms.deadline)
            earliest = min(earliest, terms.deadline)
            queue.insert(id, at: head)
            queuedCount += 1
        }
        advance(at: now)
    }

    /// A try to connect failed. `transient`: the daemon may be restarting, so it is worth another try.
    package mutating func connectFailed(_ error: UsherError, transient: Bool, at now: MonotonicInstant) {
        guard link == .connecting else { return }
        lastFailure = error
        guard transient else {
            link = .down
            breaker.ended()
            return failQueued(error)
        }
        link = .paused(until: breaker.failed(at: now))
        giveUp(at: now)
    }

    /// The connection is gone. `flushed`: how many bytes the kernel took on it. A frame that the kernel did not take
    /// whole had no effect.
    package mutating func connectionLost(flushed: UInt64, at now: MonotonicInstant) {
        guard link == .up else { return }
        loseConnection(flushed: flushed, at: now)
        advance(at: now)
    }

    /// The daemon has no room for the connection and took nothing that was sent on it: all calls fail with `error`.
    /// False, without effect, if the daemon has already answered on this connection, which no honest daemon does.
    package mutating func turnedAway(_ error: UsherError) -> Bool {
        guard link == .up, !hasAnswered else { return false }
        link = .down
        failAll(error)
        return true
    }

    /// The client is closed: everything fails, nothing more is taken.
    package mutating func close() {
        link = .closed
        breaker.ended()
        failAll(UsherError(.closed))
    }

    private mutating func failAll(_ error: UsherError) {
        for id in calls.keys.sorted() {
            if let call = calls[id], call.isAwaited { actions.append(.fail(call.payload, error)) }
        }
        calls = [:]
        (queue, head, queuedCount, inFlight, abandonedCount) = ([], 0, 0, 0, 0)
        earliest = .never
        actions.append(.disconnect)
    }

    var unreachable: UsherError { UsherError(.unreachable, detail: lastFailure?.detail ?? "") }

    mutating func startConnecting() {
        link = .connecting
        actions.append(.connect)
    }

    mutating func loseConnection(flushed: UInt64, at now: MonotonicInstant) {
        link = .down
        actions.append(.disconnect)
        let returning = calls.keys.sorted().filter { settle($0, flushed: flushed) }
        failBound()
        queue = returning + queue[head...]
        head = 0
        for id in queue { calls[id]?.patienceEnd = now + limits.patience }
        if queuedCount > 0 { earliest = min(earliest, now + limits.patience) }
        inFlight = 0
        abandonedCount = 0
    }

    /// Decides what becomes of a call whose connection is gone; true when it goes back into the queue.
    private mutating func settle(_ id: CallID, flushed: UInt64) -> Bool {
        guard let call = calls[id] else { return false }
        switch call.stage {
        case .queued: return false
        case .abandoned:
            calls[id] = nil
            return false
        case .sent(let end):
            guard call.sendsLeft > 0, call.terms.connection == nil, call.terms.repeatable || end > flushed else {
                calls[id] = nil
                actions.append(.fail(call.payload, UsherError(.connectionLost)))
                return false
            }
            calls[id]?.stage = .queued
            queuedCount += 1
            return true
        }
    }

    /// Fails the queued calls that are bound to the lost connection.
    private mutating func failBound() {
        for id in queue[head...] {
            guard let call = calls[id], call.terms.connection != nil else { continue }
            calls[id] = nil
            queuedCount -= 1
            actions.append(.fail(call.payload, UsherError(.connectionLost)))
        }
    }

    private mutating func failQueued(_ error: UsherError) {
        for id in queue[head...] {
            guard let call = calls.removeValue(forKey: id) else { continue }
            actions.append(.fail(call.payload, error))
        }
        (queue, head, queuedCount) = ([], 0, 0)
    }
}
