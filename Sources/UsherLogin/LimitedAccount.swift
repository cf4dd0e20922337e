/// A name with failures or a wait, for `limiter.list`.
package struct LimitedAccount: Hashable, Sendable {
    /// The name, where somebody has succeeded under it and it fits 64 bytes; nil otherwise (people type passwords
    /// into the name field).
    package var user: String?
    /// The realm of `user`; nil with it.
    package var realm: String?
    /// Failures in a row from sources that the user has not succeeded from.
    package var failures: Int
    /// The most failures in a row from one of the user's own sources.
    package var failuresOfKnownSources: Int
    /// How long a source from which the user has not succeeded must wait; zero for no wait.
    package var retryAfter: Duration
    /// The longest wait of a source from which the user has succeeded; zero for no wait.
    package var retryAfterOfKnownSources: Duration
    /// Whether the cap is reached, so that only clearing helps.
    package var isCapped: Bool

    /// The most failures in a row from anywhere.
    var worst: Int { max(failures, failuresOfKnownSources) }

    /// What entries of one account have in common; nil for one without a name.
    var key: String? { user.map { "\(LoginName.folded($0))\0\(realm ?? "")" } }

    /// Takes in what was counted for the same account elsewhere.
    mutating func add(_ other: LimitedAccount) {
        failures += other.failures
        failuresOfKnownSources = max(failuresOfKnownSources, other.failuresOfKnownSources)
        retryAfter = max(retryAfter, other.retryAfter)
        retryAfterOfKnownSources = max(retryAfterOfKnownSources, other.retryAfterOfKnownSources)
        isCapped = isCapped || other.isCapped
    }
}
