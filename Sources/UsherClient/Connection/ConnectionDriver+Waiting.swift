internal import CLinux

// The two ways to wait for a call.
extension ConnectionDriver {
    /// Submits `call` and blocks until it has its outcome.
    func wait(for call: PendingCall) {
        let semaphore = Semaphore()
        let sleep = update { state, now -> Sleep? in
            state.core.submit(call.id, call, call.terms, at: now)
            perform(&state, at: now)
            guard call.outcome == nil else { return nil }
            if takesRole(&state) { return nextSleep(&state, as: .caller, until: call) }
            call.waiter = .thread(semaphore)
            if state.reader == .caller, !startThread(&state) { state.core.fail(call.id, Self.noThread, at: now) }
            return nil
        }
        if let sleep { return lead(until: call, from: sleep) }
        if case .thread = call.waiter { semaphore.wait() }
    }

    static var noThread: UsherError { UsherError(.busy, detail: "pthread_create(3) failed") }

    /// Whether a blocking caller becomes the reader.
    private func takesRole(_ state: inout State) -> Bool {
        switch state.reader {
        case .caller: return false
        case .nobody: break
        case .thread:
            state.soloCalls = state.core.waiting == 1 ? state.soloCalls + 1 : 0
            guard state.soloCalls >= Self.soloCallsToTake else { return false }
            threadWake.signal()
        }
        state.soloCalls = 0
        state.reader = .caller
        state.sleep = nil
        return true
    }

    /// Drives the connection until `call` has its outcome, then passes the role on if anybody still needs a reader.
    private func lead(until call: PendingCall, from first: Sleep) {
        var sleep: Sleep? = first
        while let current = sleep {
            let ready = poll(current, callerWake)
            sleep = drive(as: .caller, ready: ready, until: call)
        }
    }

    /// One turn of the reader: takes what came, lets time pass, and says what to sleep for next; nil when the role is
    /// over.
    func drive(as reader: Reader, ready: Bool, until call: PendingCall? = nil) -> Sleep? {
        update { state, now in
            guard state.reader == reader else { return nil }
            if ready { receive(&state, at: now) }
            tellTouches(&state, at: now)
            state.core.timePassed(at: now)
            perform(&state, at: now)
            return nextSleep(&state, as: reader, until: call)
        }
    }

    private func nextSleep(_ state: inout State, as reader: Reader, until call: PendingCall?) -> Sleep? {
        state.sleep = nil
        if let call, call.outcome != nil {
            resign(&state)
        } else {
            state.sleep = needed(state)
        }
        return state.sleep
    }

    private func resign(_ state: inout State) {
        state.reader = .nobody
        state.sleep = nil
        let isNeeded = state.core.waiting > 0 || state.core.inFlight > 0 || state.touchesDue != nil
        guard isNeeded, startThread(&state) else { return }
        state.reader = .thread
        threadWake.signal()
    }

    /// Milliseconds as poll(2) takes them, -1 for ever. One who cannot be woken looks every tenth of a second.
    static func timeout(until instant: MonotonicInstant, canBeWoken: Bool) -> Int32 {
        let timeout = instant == .never ? -1 : MonotonicInstant.now.milliseconds(until: instant)
        return canBeWoken || 0...100 ~= timeout ? timeout : 100
    }

    /// poll(2) for what `sleep` says; true when the socket has something.
    func poll(_ sleep: Sleep, _ wake: WakeUp) -> Bool {
        let events = Int16(POLLIN | (sleep.wantsOutput ? POLLOUT : 0))
        var polled = (
            pollfd(fd: sleep.descriptor, events: events, revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        )
        let timeout = Self.timeout(until: sleep.until, canBeWoken: wake.descriptor >= 0)
        let ready = unsafe withUnsafeMutableBytes(of: &polled) {
            unsafe CLinux.poll($0.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, timeout)
        }
        guard ready > 0 else { return false }
        if polled.1.revents != 0 { wake.clear() }
        return polled.0.revents != 0
    }
}

extension ConnectionDriver {
    /// Submits `call` and suspends until it has its outcome; cancelling the task ends the wait.
    func outcome(of call: PendingCall) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in submit(call, continuation) }
        } onCancel: {
            cancel(call)
        }
    }

    private func submit(_ call: PendingCall, _ continuation: CheckedContinuation<Void, Never>) {
        update { state, now in
            call.waiter = .task(continuation)
            guard call.outcome == nil else { return state.settled.append(call) }
            state.core.submit(call.id, call, call.terms, at: now)
            perform(&state, at: now)
            if call.outcome == nil, !hasReader(&state) { state.core.fail(call.id, Self.noThread, at: now) }
        }
    }

    /// Submits `call`, whose answer nobody waits for.
    func post(_ call: PendingCall) {
        update { state, now in state.core.submit(call.id, call, call.terms, at: now) }
    }

    /// Ends the wait for `call`, before or after it was submitted.
    func cancel(_ call: PendingCall) {
        update { state, now in
            state.core.cancel(call.id, at: now)
            settle(call, .failure(UsherError(.cancelled)), &state)
        }
    }

    /// Sees to it that somebody drives, also once the caller who does now has its answer; false when no thread can be
    /// made.
    func hasReader(_ state: inout State) -> Bool {
        state.soloCalls = 0
        guard startThread(&state) else { return false }
        guard state.reader == .nobody else { return true }
        state.reader = .thread
        threadWake.signal()
        return true
    }
}
