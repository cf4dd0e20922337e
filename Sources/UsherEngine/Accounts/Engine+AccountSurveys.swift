internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSessions

/// Drives surveys, which find the accounts whose entries in passwd(5) and shadow(5) changed since their last check.
extension Engine {
    /// Sessions visited for the accounts that one batch found changed. A later survey finds the remaining accounts
    /// again.
    private static let visits = 4096
    /// Sessions visited to choose a batch.
    private static let choice = 2048

    /// Asks about a batch of accounts. Returns what it has cost, in sessions.
    func survey(after: AccountPosition, before: AccountPosition) -> Int {
        var (names, bytes, cost) = ([String](), 0, PAMLimits.surveyed / 4)
        let last = ledger.accounts(after: after, before: before, limit: PAMLimits.surveyed) { account in
            if isWatched(account, &cost) {
                let name = ledger.name(of: account)
                names.append(String(decoding: name, as: UTF8.self))
                bytes += name.count + 2
            }
            return cost < Self.choice && bytes + PAMLimits.name + 2 <= PAMLimits.surveyedBytes
        }
        accounts.surveyBegan(through: last, isEmpty: names.isEmpty, ledger.accountFrontier, at: now.sinceBoot)
        guard !names.isEmpty else { return cost }
        let number = transactions.begin(.survey(names))
        let request = PAMSurvey(
            transaction: number, timeout: accounts.limits.timeout, credentialKey: ledger.credentialKey, names: names)
        if !send(.survey(request), of: number) { accountChecksLost() }
        return cost
    }

    private func isWatched(_ account: LedgerAccount, _ cost: inout Int) -> Bool {
        var isWatched = false
        ledger.visit(account) { session in
            cost += 1
            guard !isWatched, session.proof != .issued else { return }
            isWatched = services[session.service]?.service.accounts.isOn ?? false
        }
        return isWatched
    }

    /// What a batch has found.
    func take(_ surveyed: PAMSurveyed, of names: [String]) {
        transactions.end(surveyed.transaction)
        deadlines.accountsChanged = true
        guard surveyed.digests.count == names.count else {
            return accounts.surveyFailed("the account files cannot be read", at: now.sinceBoot)
        }
        var (isWhole, cost) = (true, 0)
        for (name, digest) in zip(names, surveyed.digests) {
            for account in ledger.accounts(named: Array(name.utf8).span) where ledger.digest(of: account) != digest {
                guard cost < Self.visits, take(digest, of: account, &cost) else {
                    isWhole = false
                    continue
                }
                ledger.remember(digest, of: account)
            }
        }
        accounts.surveyed(isWhole: isWhole, at: now.sinceBoot)
    }

    /// Returns false if there is no room for the questions about the account. A missing entry is no news for an account
    /// that never had one in shadow(5), such as a directory's.
    private func take(_ digest: AccountDigest, of account: LedgerAccount, _ cost: inout Int) -> Bool {
        let known = ledger.digest(of: account)
        if known == nil, digest == .missing, ledger.credential(of: account) == nil { return true }
        return accounts.surveyFound(subjects(of: account, nil, &cost), isChanged: known != nil)
    }

    /// A batch came to nothing.
    func surveyFailed(_ transaction: UInt64, _ failure: PAMFailure) {
        transactions.end(transaction)
        deadlines.accountsChanged = true
        switch failure {
        case .busy, .queueFull, .cancelled: accounts.surveyPostponed(at: now.sinceBoot)
        case .timeout, .crashed, .exited, .spawnFailed, .serviceUnknown, .serviceNotServed, .protocolViolated:
            accounts.surveyFailed("\(failure)", at: now.sinceBoot)
        }
    }
}
