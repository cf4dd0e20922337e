package import UsherNames

/// A user name with one uid, or with none, that has sessions. Good until the next call that changes the ledger.
package struct LedgerAccount: Hashable, Sendable {
    let record: UInt32
}

/// A position in a walk over all accounts: a number that any change of the ledger, and a restart, leaves valid. A whole
/// walk shows each account once that has sessions all the while.
package typealias AccountPosition = UInt32

/// The accounts that have sessions, and what the ledger remembers of them. A name with two uids is two accounts.
extension Ledger {
    /// The key of the fingerprints in ``credential(of:)``, made with the ledger.
    package var credentialKey: CredentialKey { Header(memory).credentialKey }

    /// How many accounts have sessions, expired ones that no sweep has reached included.
    package var accountCount: Int { users.count }

    /// Every account that has a session stands before this position.
    package var accountFrontier: AccountPosition { users.frontier }

    /// Shows at most `limit` accounts behind `position` and before `end`, in the order of their positions, while `body`
    /// returns true. Returns the position of the last one shown, or `end - 1` when no account is left before `end`.
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

    /// The uid of an account; nil without one, or where the account has no session any more.
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

    /// What the account files said of an account at its last check; nil before the first check since a restart.
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

    /// Ends the sessions of an account for which `ends` returns true, and returns how many of them had not expired. A
    /// session that had expired ends for that reason, the others for `reason`. Takes time in proportion to the
    /// account's sessions.
    package mutating func endAll(
        of account: LedgerAccount, reason: EndReason, now: LedgerSeconds, ended: Ended, where ends: (Session) -> Bool
    ) -> Int {
        guard users.isRecord(account.record) else { return 0 }
        return endAll(of: account.record, reason: reason, now: now, ended: ended, where: ends)
    }
}
