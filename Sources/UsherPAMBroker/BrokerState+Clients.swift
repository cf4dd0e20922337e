package import UsherPAMWire

/// Messages of clients. A client that breaks the protocol is closed, and its transactions end; other clients do not
/// notice.
extension BrokerState {
    /// Somebody connected. False if there are too many connections or the broker is stopping: the connection is to be
    /// closed.
    package mutating func clientConnected(_ client: ClientID) -> Bool {
        guard clients.count < limits.clients, !stopping else { return false }
        clients[client] = false
        return true
    }

    /// The connection is gone, or is being closed: its workers are told, and ended.
    package mutating func clientGone(_ client: ClientID, at now: Duration) -> [BrokerAction] {
        clients[client] = nil
        var actions: [BrokerAction] = []
        for key in transactions.keys where key.client == client { actions += drop(key, .cancelled, at: now) }
        return actions + readiness(at: now)
    }

    /// The client broke the protocol.
    package mutating func clientMisbehaved(_ client: ClientID, at now: Duration) -> [BrokerAction] {
        clientGone(client, at: now) + [.close(client)]
    }

    /// The client said hello. Another version, or a second hello, breaks the protocol.
    package mutating func greeted(_ client: ClientID, version: UInt16, at now: Duration) -> [BrokerAction] {
        guard clients[client] == false, version == PAMLimits.version else { return clientMisbehaved(client, at: now) }
        clients[client] = true
        return []
    }

    /// A transaction is to begin; its message is at hand.
    ///
    /// `timeout` counts from now. A name that was guessed too often is busy until there is room (`GuessCeiling`).
    package mutating func startRequested(
        _ key: TransactionKey, user: String, bringsPassword: Bool, peer: UInt32, timeout: Duration,
        options: PAMOptions = [],
        at now: Duration
    ) -> [BrokerAction] {
        guard clients[key.client] == true, transactions[key] == nil else {
            return clientMisbehaved(key.client, at: now)
        }
        guard !stopping else { return [.fail(key, .busy(retryAfter: limits.pause))] }
        guard timeout > .zero else { return [.fail(key, .timeout)] }
        let direct = waiting.isEmpty && resuming.isEmpty && hasRoom && hasRoom(for: peer)
        guard direct || mayWait(peer) else { return [.fail(key, .queueFull)] }
        let place = ceiling.place(of: user)
        if let wait = ceiling.take(place, at: now) {
            return [.fail(key, .busy(retryAfter: wait))]
                + (ceiling.isNews(place, at: now) ? [.reportClosed(user: user)] : [])
        }
        let deadline = now + min(timeout, limits.longest)
        transactions[key] = Transaction(
            peer: peer, deadline: deadline, patience: min(deadline, now + limits.queueing), place: place,
            bringsPassword: bringsPassword, options: options)
        // A new peer comes after those who wait, and before their next turn.
        if turns[peer] == nil { turns[peer] = turns.values.max() ?? 0 }
        guard direct else {
            waiting.append(key)
            return [.hold(key)] + readiness(at: now)
        }
        let (worker, spawn) = assign(key, at: now)
        return spawn + [.pass(worker)] + readiness(at: now)
    }

    /// An account is to be checked, or many are to be surveyed; the message is at hand. It waits until no login waits,
    /// or `limits.yielding` is over. A survey goes before the checks, because its result decides which checks are
    /// wanted.
    package mutating func checkRequested(
        _ key: TransactionKey, isSurvey: Bool = false, timeout: Duration, at now: Duration
    ) -> [BrokerAction] {
        guard clients[key.client] == true, transactions[key] == nil else {
            return clientMisbehaved(key.client, at: now)
        }
        guard !stopping else { return [.fail(key, .busy(retryAfter: limits.pause))] }
        guard timeout > .zero else { return [.fail(key, .timeout)] }
        guard checks.count < limits.checksWaiting else { return [.fail(key, .queueFull)] }
        let deadline = now + min(timeout, limits.longest)
        transactions[key] = Transaction(
            peer: Self.checker, deadline: deadline, patience: min(deadline, now + limits.queueing),
            yields: now + limits.yielding, place: nil, bringsPassword: false, options: .accountOnly, isSurvey: isSurvey)
        checks.insert(key, at: isSurvey ? 0 : checks.count)
        return [.hold(key)] + readiness(at: now)
    }

    /// The peer of checks: no user's uid (chown(2)).
    private static var checker: UInt32 { .max }

    /// Clients that have greeted.
    package var greetedClients: [ClientID] { clients.filter(\.value).map(\.key) }

    /// Answers came; their message is at hand. Answers to a transaction that is over are dropped. A transaction without
    /// an open question fails as `protocolViolated`.
    package mutating func answered(_ key: TransactionKey, at now: Duration) -> [BrokerAction] {
        guard clients[key.client] == true else { return clientMisbehaved(key.client, at: now) }
        guard let worker = transactions[key]?.worker, workers[worker]?.occupation == .conversing(key) else {
            return drop(key, .protocolViolated, at: now) + readiness(at: now)
        }
        guard resuming.isEmpty, computing < limits.computing else {
            workers[worker]?.occupation = .resuming(key)
            resuming.append(key)
            return [.hold(key)]
        }
        return resume(key, at: now).map { .pass($0) }
    }

    /// The client cancelled the transaction.
    package mutating func cancelled(_ key: TransactionKey, at now: Duration) -> [BrokerAction] {
        guard clients[key.client] == true else { return clientMisbehaved(key.client, at: now) }
        return drop(key, .cancelled, at: now) + readiness(at: now)
    }
}
