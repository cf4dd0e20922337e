internal import UsherSecrets

extension Ledger {
    /// What is wrong with the ledger, as far as a few memory accesses show it; nil if nothing is.
    package func fault(now: LedgerSeconds) -> String? {
        if count > geometry.capacity { return "more sessions than there can be" }
        let stranger = TokenDigest(of: SessionToken())
        return session(stranger, in: .all, now: now) == nil ? nil : "a random token was valid"
    }
}
