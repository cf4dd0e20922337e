// Turns that an event loop of the host program runs. The roles of readers play no part: the loop alone reads.
extension ConnectionDriver {
    /// Takes what came, lets time pass, then runs the completions of the calls that have their outcome. Never blocks.
    /// False within a completion, or where no host program runs the turns.
    @discardableResult
    package func runTurn() -> Bool {
        guard let host else { return false }
        return host.run {
            update { state, now in
                noticeTouches(&state, at: now)
                receive(&state, at: now)
                tellTouches(&state, at: now)
                state.core.timePassed(at: now)
            }
        }
    }

    /// In how many milliseconds a turn is due even if the descriptor stays quiet; -1: never.
    package var turnDue: Int32 {
        let until = state.withLock { needed($0).until }
        return Self.timeout(until: until, canBeWoken: true)
    }

    /// Ends everything, and runs the completions of all calls under way, which have failed as `closed`.
    package func closeHosted() {
        close()
        host?.drain()
    }

    /// Submits `call`; the loop runs `completion` once it has its outcome. False, and nothing happens, after `close`.
    func begin(_ call: PendingCall, _ host: HostLoop, _ completion: @escaping @Sendable () -> Void) -> Bool {
        update { state, now in
            guard !state.isClosed else { return false }
            call.waiter = .host(host, completion)
            guard call.outcome == nil else {
                state.settled.append(call)
                return true
            }
            state.core.submit(call.id, call, call.terms, at: now)
            return true
        }
    }

    /// Lets the loop run `completion` for a call that cannot be sent. Returns the call's number; nil, without effect,
    /// after `close` or where no host program runs the turns.
    package func beginFailed(_ completion: @escaping @Sendable () -> Void) -> Int64? {
        guard let host, !state.withLock({ $0.isClosed }) else { return nil }
        host.append(completion)
        return takeID()
    }

    /// How long a login may take unless the caller names a time.
    package var loginDeadline: Duration { configuration.loginDeadline }

    /// Ends the call with that number, which then fails as `cancelled`; false if nobody waits for a call of that
    /// number.
    package func cancelCall(_ id: Int64) -> Bool {
        update { state, now in
            guard let call = state.core.calls[id], call.isAwaited else { return false }
            state.core.cancel(id, at: now)
            settle(call.payload, .failure(UsherError(.cancelled)), &state)
            return true
        }
    }
}

extension Call {
    /// Sends the call; the host program's loop runs `completion` once, with the outcome. Returns the call's number, for
    /// `cancelCall`; nil, without effect, if the client is closed or no host program runs its turns.
    package func begin(_ completion: @escaping @Sendable (Swift.Result<Result, UsherError>) -> Void) -> Int64? {
        guard let host = driver.host else { return nil }
        let begun = driver.begin(call, host) {
            do throws(UsherError) {
                completion(.success(try result()))
            } catch {
                completion(.failure(error))
            }
        }
        return begun ? call.id : nil
    }

    /// Whether a host program's event loop runs the turns, so that nobody may block.
    package var isHosted: Bool { driver.host != nil }
}
