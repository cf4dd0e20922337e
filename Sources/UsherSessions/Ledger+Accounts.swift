package import UsherNames

/// A user name with one uid, or with none, that has sessions. Good until the next call that changes the ledger.
package struct LedgerAccount: Hashable, Sendable {
    let record: UInt32
}

/// Where a walk over all accounts is: a number that stays good whatever happens in between, also across a restart.
/// Accounts that have sessions throughout are shown once in a round.
package typealias AccountPosition = UInt32

/// Accounts: who has sessions, and what is remembered of them. A name whose uid has changed is two of them.
extension Ledger {
    /// The key of the fingerprints in ``credential(of:)``, made with the ledger.
    package var credentialKey: CredentialKey { Header(memory).credentialKey }

    /// How many accounts have sessions, expired ones that no sweep has reached included.
    package var accountCount: Int { users.count }

    /// No account that has a session stands at this position or behind it.
    package var accountFrontier: AccountPosition { users.frontier }

    /// Shows accounts behind `position` and before `end`, at most `limit` of them, in the order of their positions, as long
    /// as `body` says to go on. Returns the position of the last one, or the one before `end` where there are no more.
    package func accounts(
        after position: AccountPosition, before end: AccountPosition, limit: Int, _ body: (LedgerAccount) -> Bool
    ) -> AccountPosition {
        var last = position
        for _ in 0..<max(limit, 1) {
            guard let record = users.record(behind: last, before: end) else { return max(end, 1) - 1 }
            last = record
            guard body(LedgerAccount(record: record)) else { break }
        }
        return last
    }

    /// The account of that name and uid; nil where it has no session.
    package func account(named name: Span<UInt8>, uid: UInt32?) -> LedgerAccount? {
        let record = users.record(name, uid: uid)
        return record == 0 ? nil : LedgerAccount(record: record)
    }

    /// The accounts of that name, whatever their uids.
    package func accounts(named name: Span<UInt8>) -> [LedgerAccount] {
        var (found, record) = ([LedgerAccount](), users.firstRecord(named: name))
        while record != 0 {
            found.append(LedgerAccount(record: record))
            record = users.record(after: record)
        }
        return found
    }

    /// The uid of an account.
    package func uid(of account: LedgerAccount) -> UInt32? {
        users.isRecord(account.record) ? users.uid(account.record) : nil
    }

    /// The name of an account; empty where it has no session any more.
    package func name(of account: LedgerAccount) -> [UInt8] {
        guard users.isRecord(account.record) else { return [] }
        return users.withName(account.record) { name in name.indices.map { name[$0] } }
    }

    /// What is remembered of an account's entry in shadow(5).
    package func credential(of account: LedgerAccount) -> AccountCredential? {
        users.isRecord(account.record) ? users.credential(account.record) : nil
    }

    /// Remembers what an account's entry in shadow(5) is.
    package mutating func remember(_ credential: AccountCredential, of account: LedgerAccount) {
        guard users.isRecord(account.record), users.credential(account.record) != credential else { return }
        users.setCredential(account.record, credential)
    }

    /// What the account files had of an account when it was last checked; nil while that is not known, as after a restart.
    package func digest(of account: LedgerAccount) -> AccountDigest? {
        users.isRecord(account.record) ? users.digest(account.record) : nil
    }

    /// Remembers what the account files have of an account.
    package mutating func remember(_ digest: AccountDigest, of account: LedgerAccount) {
        if users.isRecord(account.record) { users.setDigest(account.record, digest) }
    }

    /// Shows each live session of an account, expired or not, in no particular order.
    package func visit(_ account: LedgerAccount, _ body: (Session) -> Void) {
        guard users.isRecord(account.record) else { return }
        users.visit(account.record) { body(snapshot($0)) }
    }

    /// Ends the sessions of an account for which `ends` says so, and returns how many lived until then. Those whose time
    /// was over ended by that, the others for `reason`. Takes time in proportion to the sessions of the account.
    package mutating func endAll(
        of account: LedgerAccount, reason: EndReason, now: LedgerSeconds, ended: Ended, where ends: (Session) -> Bool
    ) -> Int {
        guard users.isRecord(account.record) else { return 0 }
        return endAll(of: account.record, reason: reason, now: now, ended: ended, where: ends)
    }
}
