// The daemon itself.
extension UsherClient {
    /// Asks the daemon what it is and what this process may do there.
    public func hello() async throws(UsherError) -> ServerInfo { try await driver.hello().answer() }

    /// Asks for an answer and nothing else.
    public func ping() async throws(UsherError) { try await driver.ping().answer() }

    /// The daemon's counters; takes the role `admin`.
    public func stats() async throws(UsherError) -> ServerStatistics { try await driver.stats().answer() }
}

extension UsherClient.Blocking {
    /// Blocks; otherwise as ``UsherClient/hello()``.
    public func hello() throws(UsherError) -> ServerInfo { try driver.hello().wait() }

    /// Blocks; otherwise as ``UsherClient/ping()``.
    public func ping() throws(UsherError) { try driver.ping().wait() }

    /// Blocks; otherwise as ``UsherClient/stats()``.
    public func stats() throws(UsherError) -> ServerStatistics { try driver.stats().wait() }
}
