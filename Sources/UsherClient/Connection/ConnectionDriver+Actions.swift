internal import Synchronization
internal import UsherWire

// Performs what the core decides: connects, sends, reports outcomes. All of it under the lock.
extension ConnectionDriver {
    /// Performs the core's actions until there are none, then sends what they queued.
    func perform(_ state: inout State, at now: MonotonicInstant) {
        repeat {
            while !state.core.actions.isEmpty {
                for action in state.core.takeActions() { perform(action, &state, at: now) }
            }
            if let channel = state.channel, !channel.flush() { drainInput(&state, at: now) }
        } while !state.core.actions.isEmpty
    }

    private func perform(_ action: ConnectionCore<PendingCall>.Action, _ state: inout State, at now: MonotonicInstant) {
        switch action {
        case .connect: connect(&state, at: now)
        case .disconnect: disconnect(&state)
        case .send(let call): state.channel?.enqueue(call)
        case .fail(let call, let error): settle(call, .failure(error), &state)
        }
    }

    private func connect(_ state: inout State, at now: MonotonicInstant) {
        do throws(Socket.ConnectFailure) {
            let socket = try Socket(path: configuration.socketPath, trust: configuration.trust)
            mark.store(SocketMark(of: socket.descriptor).word, ordering: .releasing)
            state.channel = Channel(socket: socket)
            let first = attachment(of: state.core.connection + 1)
            state.attaching = first.map { Attaching($0.id) }
            state.core.connected(first: first.map { ($0.id, $0, $0.terms) }, at: now)
        } catch {
            state.core.connectFailed(error.error, transient: error.transient, at: now)
        }
    }

    /// Clears `mark` first: a child forked in between must not close a descriptor number that another file has by then.
    private func disconnect(_ state: inout State) {
        mark.store(SocketMark.none.word, ordering: .sequentiallyConsistent)
        host?.forget()
        state.channel = nil
        (state.attaching, state.attached) = (nil, nil)
        events?.connectionLost(state.core.connection)
    }

    /// The connection is of no use any more: gone, or its peer does not keep to the protocol.
    func loseConnection(_ state: inout State, at now: MonotonicInstant) {
        guard let channel = state.channel else { return }
        state.core.connectionLost(flushed: channel.flushed, at: now)
    }

    /// Nothing can be sent any more. What the daemon said before it closed still counts.
    private func drainInput(_ state: inout State, at now: MonotonicInstant) {
        receive(&state, at: now)
        loseConnection(&state, at: now)
    }

    /// Gives `call` its outcome, unless it has one. A caller that begins to wait later finds the outcome in `call`.
    func settle(_ call: PendingCall, _ outcome: PendingCall.Outcome, _ state: inout State) {
        guard call.outcome == nil else { return }
        call.outcome = outcome
        if case .nobody = call.waiter { return }
        state.settled.append(call)
    }
}

// What comes in.
extension ConnectionDriver {
    /// Reads what is there and hands out the answers. Any frame that no honest daemon sends ends the connection.
    func receive(_ state: inout State, at now: MonotonicInstant) {
        guard let channel = state.channel else { return }
        let alive = channel.fill()
        var isSound = true
        while isSound {
            let inbound = channel.nextFrame { body in isSound = deliver(body, &state, at: now) }
            if inbound == .invalid { isSound = false }
            if inbound != .frame { break }
        }
        channel.wipeConsumed()
        if !alive || !isSound { loseConnection(&state, at: now) }
    }

    /// False when the frame is nothing that an honest daemon sends.
    private func deliver(_ body: Span<UInt8>, _ state: inout State, at now: MonotonicInstant) -> Bool {
        do throws(Refusal) {
            switch try Response(body, body: 0..<body.count) {
            case .otherNotification: return true
            case .event(let params):
                try events?.append(UsherWire.Event(params, in: body))
                return true
            case .refusal(nil, let refusal):
                return refusal.code == .busy && state.core.turnedAway(UsherError(refusal))
            case .refusal(.some(let id), let refusal):
                if id == state.attaching?.id { attach(nil, &state) }
                return deliver(.failure(UsherError(refusal)), nil, to: id, &state, at: now)
            case .result(let id, let range):
                let result = body.extracting(range)
                if id == state.attaching?.id { attach(result, &state) }
                let source = PendingCall.Source(connection: state.core.connection, board: state.attached)
                let outcome = PendingCall.Outcome.answer(AnswerBytes(copying: result), source)
                return deliver(outcome, result, to: id, &state, at: now)
            }
        } catch {
            return false
        }
    }

    private func deliver(
        _ outcome: PendingCall.Outcome, _ result: Span<UInt8>?, to id: Int64, _ state: inout State,
        at now: MonotonicInstant
    ) -> Bool {
        switch state.core.answered(id, at: now) {
        case .unknown: return false
        case .awaited(let call): settle(call, outcome, &state)
        case .late(let call):
            if let result { compensate(call.compensation, result, &state, at: now) }
        }
        return true
    }

    /// Undoes what a late answer brought.
    private func compensate(
        _ compensation: PendingCall.Compensation, _ result: Span<UInt8>, _ state: inout State, at now: MonotonicInstant
    ) {
        guard compensation != .none, let call = undoing(compensation, result, on: state.core.connection) else { return }
        state.core.submit(call.id, call, call.terms, at: now)
    }
}
