// Names that must wait because of refused logins; takes the role `admin`.
extension UsherClient {
    /// The names with refused logins in a row, or `user` alone.
    public func limits(of user: String? = nil) async throws(UsherError) -> LimiterReport {
        try await driver.limits(of: user).answer()
    }

    /// Forgets the refused logins of `user`, or of everybody, in the realms that the caller may administer.
    public func clearLimits(of user: String? = nil) async throws(UsherError) {
        try await driver.clearLimits(of: user).answer()
    }
}

extension UsherClient.Blocking {
    /// Blocks; otherwise as ``UsherClient/limits(of:)``.
    public func limits(of user: String? = nil) throws(UsherError) -> LimiterReport {
        try driver.limits(of: user).wait()
    }

    /// Blocks; otherwise as ``UsherClient/clearLimits(of:)``.
    public func clearLimits(of user: String? = nil) throws(UsherError) { try driver.clearLimits(of: user).wait() }
}
