// The daemon itself.
extension UsherClient {
    /// Asks the daemon what it is and what this process may do there.
    public func hello() async throws(UsherError) -> ServerInfo { try await engine.hello().answer() }

    /// Asks for an answer and nothing else.
    public func ping() async throws(UsherError) { try await engine.ping().answer() }

    /// The daemon's counters; takes the role `admin`.
    public func stats() async throws(UsherError) -> ServerStatistics { try await engine.stats().answer() }
}

extension UsherClient.Blocking {
    /// Asks the daemon what it is and what this process may do there.
    public func hello() throws(UsherError) -> ServerInfo { try engine.hello().wait() }

    /// Asks for an answer and nothing else.
    public func ping() throws(UsherError) { try engine.ping().wait() }

    /// The daemon's counters; takes the role `admin`.
    public func stats() throws(UsherError) -> ServerStatistics { try engine.stats().wait() }
}
