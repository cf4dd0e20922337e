/// The names with refused logins in a row, and how long each must wait.
public struct LimiterReport: Sendable {
    /// The names, the worst first.
    public let names: [LimitedName]
    /// Whether names are missing because the answer had no room for them.
    public let isCut: Bool

    /// A report for a test.
    public init(names: [LimitedName], isCut: Bool = false) {
        self.names = names
        self.isCut = isCut
    }
}

/// Refused logins in a row under a name.
public struct LimitedName: Sendable, Hashable {
    /// The name; nil if nobody has ever logged in under it, because people type passwords into the name field. To see
    /// the figures of such a name, ask for that name.
    public let user: String?
    /// The realm of `user`; nil with it.
    public let realm: String?
    /// Refusals in a row from sources that the user has not succeeded from.
    public let failures: Int
    /// The most refusals in a row from one of the user's own sources.
    public let failuresOfKnownSources: Int
    /// How long a login from a new source has to wait from now.
    public let retryAfter: Duration
    /// How long a login from one of the user's own sources has to wait from now, at most.
    public let retryAfterOfKnownSources: Duration
    /// Whether every login is refused without a try until the name is cleared.
    public let isCapped: Bool

    /// Refused logins for a test.
    public init(
        user: String?, realm: String?, failures: Int, failuresOfKnownSources: Int = 0, retryAfter: Duration = .zero,
        retryAfterOfKnownSources: Duration = .zero, isCapped: Bool = false
    ) {
        self.user = user
        self.realm = realm
        self.failures = failures
        self.failuresOfKnownSources = failuresOfKnownSources
        self.retryAfter = retryAfter
        self.retryAfterOfKnownSources = retryAfterOfKnownSources
        self.isCapped = isCapped
    }
}
