// The two ways to wait for a call, and those who do not wait.
extension ConnectionDriver {
    /// Submits `call` and blocks until it has its outcome.
    func wait(for call: PendingCall) {
        let semaphore = Semaphore()
        let watch = update { state, now -> ReaderRole.Watch? in
            state.core.submit(call.id, call, call.terms, at: now)
            perform(&state, at: now)
            guard call.outcome == nil else { return nil }
            switch state.role.callerArrived(isAlone: state.core.waiting == 1) {
            case .reads: return state.role.endTurn(waitingFor: needed(state))
            case .waits:
                call.waiter = .thread(semaphore)
                requireResident(for: call, &state, at: now)
                return nil
            }
        }
        if let watch { return read(until: call, waitingFor: watch) }
        if case .thread = call.waiter { semaphore.wait() }
    }

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
            guard call.outcome == nil else { return }
            state.role.residentNeeded()
            requireResident(for: call, &state, at: now)
        }
    }

    /// Starts the resident, which must read for `call`, unless it runs. Fails `call` as `busy` if it cannot be started.
    private func requireResident(for call: PendingCall, _ state: inout State, at now: MonotonicInstant) {
        performRole(&state)
        guard !state.role.hasResident else { return }
        state.core.fail(call.id, UsherError(.busy, detail: "pthread_create(3) failed"), at: now)
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
}
