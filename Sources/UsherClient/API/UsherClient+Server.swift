// The daemon itself.
extension UsherClient {
    /// Asks the daemon what it is and what this process may do there.
    public func hello() async throws(UsherError) -> ServerInfo { try await driver.hello().answer() }

    /// Checks that the daemon answers.
    public func ping() async throws(UsherError) { try await driver.ping().answer() }

    /// Claims a code that may be used once on all hosts that share sessions; takes the role `login`. `era` is
    /// ``ServerInfo/era`` when the code was given out; nobody accepts it after `until`, which is five minutes away at
    /// most. False where somebody was faster.
    ///
    /// Where it fails the code may be claimed or not, and must not be accepted.
    package func claim(_ code: Token, era: Int64, until: UnixTime) async throws(UsherError) -> Bool {
        try await driver.claim(code, era: era, until: until).answer()
    }

    /// The daemon's counters, `byService` with those of each service; takes the role `metrics` or `admin`.
    public func stats(byService: Bool = false) async throws(UsherError) -> ServerStatistics {
        try await driver.stats(byService: byService).answer()
    }
}

extension UsherClient.Blocking {
    /// Blocks; otherwise as ``UsherClient/hello()``.
    public func hello() throws(UsherError) -> ServerInfo { try driver.hello().wait() }

    /// Takes the daemon's host out of the hosts that share sessions, before it is stopped for good: the others do not
    /// wait for its lease then. From now on it answers for no shared session, until it is started again. Takes the role
    /// `admin` for all shared realms. Throws ``UsherError/Code/busy`` while ends or changes are under way, and
    /// ``UsherError/Code/unavailable`` where the store could not be told. Blocks.
    package func leaveCluster() throws(UsherError) { try driver.leaveCluster().wait() }

    /// Blocks; otherwise as ``UsherClient/ping()``.
    public func ping() throws(UsherError) { try driver.ping().wait() }

    /// Blocks; otherwise as ``UsherClient/stats(byService:)``.
    public func stats(byService: Bool = false) throws(UsherError) -> ServerStatistics {
        try driver.stats(byService: byService).wait()
    }
}
