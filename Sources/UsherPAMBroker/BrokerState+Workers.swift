package import UsherPAMWire

/// Reports of workers. Workers run foreign modules, so each report is checked against what the worker may send now.
extension BrokerState {
    /// A worker sent `report`, which is at hand.
    package mutating func reported(_ worker: WorkerID, _ report: PAMReport, at now: Duration) -> [BrokerAction] {
        switch report {
        case .challenge(let challenge): asked(worker, challenge, at: now)
        case .verdict(let verdict): decided(worker, verdict, at: now)
        case .failed(let transaction, .serviceUnknown), .failed(let transaction, .protocolViolated):
            unasked(worker, transaction, at: now)
        case .surveyed(let surveyed): self.surveyed(worker, surveyed, at: now)
        case .failed, .hello, .started, .forked, .accountsChanged: misbehaved(worker, at: now)
        }
    }

    private mutating func asked(_ worker: WorkerID, _ challenge: PAMChallenge, at now: Duration) -> [BrokerAction] {
        guard let key = computes(worker, challenge.transaction), !isSurvey(key) else {
            return misbehaved(worker, at: now)
        }
        if let closed = close(key, worker, as: challenge.user, at: now) { return closed }
        workers[worker]?.occupation = .conversing(key)
        workers[worker]?.stalls = nil
        return [.relay(key.client)] + readiness(at: now)
    }

    private mutating func decided(_ worker: WorkerID, _ verdict: PAMVerdict, at now: Duration) -> [BrokerAction] {
        guard let key = computes(worker, verdict.transaction), !isSurvey(key) else {
            return misbehaved(worker, at: now)
        }
        if let closed = close(key, worker, as: verdict.user, at: now) { return closed }
        let outcome = transactions[key].map { verdict.outcome($0.options, at: now) } ?? .failed
        return finish(key, worker, outcome, at: now)
    }

    private mutating func surveyed(_ worker: WorkerID, _ surveyed: PAMSurveyed, at now: Duration) -> [BrokerAction] {
        guard let key = computes(worker, surveyed.transaction), isSurvey(key) else {
            return misbehaved(worker, at: now)
        }
        return finish(key, worker, .proven, at: now)
    }

    private func isSurvey(_ key: TransactionKey) -> Bool { transactions[key]?.isSurvey ?? false }

    /// The worker failed the transaction without asking PAM, so that there was no guess.
    private mutating func unasked(_ worker: WorkerID, _ transaction: UInt64, at now: Duration) -> [BrokerAction] {
        guard let key = computes(worker, transaction) else { return misbehaved(worker, at: now) }
        return finish(key, worker, .proven, at: now)
    }

    /// The transaction is over, its client hears of it, and its worker has a moment to end.
    private mutating func finish(
        _ key: TransactionKey, _ worker: WorkerID, _ outcome: GuessCeiling.Outcome, at now: Duration
    ) -> [BrokerAction] {
        settle(key, outcome)
        workers[worker] = Worker(occupation: .ending(.asked), deadline: now + limits.grace)
        return [.relay(key.client)] + readiness(at: now)
    }

    /// Counts the guess under the name of the account too, if that differs from the name as entered. If the account has
    /// no guess left, the transaction ends in a refusal, whether the secret was right or wrong, and the actions are
    /// returned; nil otherwise.
    private mutating func close(
        _ key: TransactionKey, _ worker: WorkerID, as user: String, at now: Duration
    ) -> [BrokerAction]? {
        guard !user.isEmpty, let guess = transactions[key], guess.isGuess, guess.account == nil else { return nil }
        let account = ceiling.place(of: user)
        guard account != guess.place else { return nil }
        guard ceiling.take(account, at: now) != nil else {
            transactions[key]?.account = account
            return nil
        }
        settle(key, .failed)
        let news: [BrokerAction] = ceiling.isNews(account, at: now) ? [.reportClosed(user: user)] : []
        return [.deny(key)] + news + end(worker, key.transaction, at: now) + readiness(at: now)
    }

    /// The transaction of a worker that computes, if it is the one that its report names.
    private func computes(_ worker: WorkerID, _ transaction: UInt64) -> TransactionKey? {
        switch workers[worker]?.occupation {
        case .computing(let key), .stalled(let key): key.transaction == transaction ? key : nil
        default: nil
        }
    }

    /// A worker sent what it may not send now. From a worker that is ending this is ignored: it may have crossed the
    /// request to end.
    package mutating func misbehaved(_ worker: WorkerID, at now: Duration) -> [BrokerAction] {
        guard let occupation = workers[worker]?.occupation else { return [] }
        if let key = occupation.key { return drop(key, .protocolViolated, at: now) + readiness(at: now) }
        guard occupation == .idle else { return [] }
        spareAfter = now + limits.pause
        return end(worker, nil, at: now)
    }
}

extension PAMVerdict {
    /// What the verdict tells about the secret. A failure after the authentication phase does not count as a wrong
    /// secret.
    fileprivate func outcome(_ options: PAMOptions, at now: Duration) -> GuessCeiling.Outcome {
        guard !succeeded, phase == .authentication else { return .proven }
        return options.isUndecided(code) ? .undecided(at: now) : .failed
    }
}
