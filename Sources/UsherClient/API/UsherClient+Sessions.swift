internal import UsherNames
internal import UsherWire

// Sessions: for tasks, then for threads that may block.
extension UsherClient {
    /// Whether `token` proves a session now; nil when it does not, whatever the reason. `touch` counts this as use of
    /// the session, which moves its idle deadline.
    ///
    /// Most answers come from memory, without a system call (``ClientConfiguration/cacheCapacity``). The session is
    /// then as the daemon last described it, but for its times: ``Session/lastSeen`` and ``Session/idleExpires`` may
    /// have moved on.
    public func validate(_ token: Token, touch: Bool = true) async throws(UsherError) -> Session? {
        if let session = remembered(token, touch: touch) { return session }
        return try await driver.validate(token, touch: touch).answer()
    }

    /// The session that `token` proves, as far as this client remembers; nil when its memory cannot tell, and then
    /// ``validate(_:touch:)`` asks the daemon. `touch` counts this as use of the session.
    ///
    /// Never waits and never fails, whatever the daemon and other callers do, so event loops may call it. What is
    /// remembered is checked as ``ClientConfiguration/cacheCapacity`` describes. O(1): it reads at most eight entries
    /// of the memory and one slot of the daemon's board. It allocates only for the first use in a twentieth of the
    /// session's idle timeout, which another thread reports to the daemon later.
    ///
    /// Nil for every token before the first answer to ``validate(_:touch:)``, after ``close()``, where
    /// ``ClientConfiguration/cacheCapacity`` is 0, and in a child of fork(2) until its first call. It is nil now and
    /// then for a session that is remembered, when other threads use entries beside it at that instant.
    public func remembered(_ token: Token, touch: Bool = true) -> Session? {
        connection.remembered(token, touch: touch)
    }

    /// Counts as one use of each of these sessions, of any number. A session that has ended stays ended.
    public func touch(_ tokens: [Token]) async throws(UsherError) {
        for batch in tokens.batches { try await driver.touch(batch).answer() }
    }

    /// Replaces the session's token; the old one is void at once. Do so when the rights of a session grow. A lost
    /// answer means that the user must log in again. Fails as `noSuchSession` when the token is not valid.
    public func rotate(_ token: Token) async throws(UsherError) -> IssuedSession {
        try await driver.rotate(token).answer()
    }

    /// Sets the keys of `changes` in the session's data, and removes those whose value is nil; returns the data's new
    /// version.
    ///
    /// Of two keys that are the same text to Swift, but not the same bytes, one call can name only one
    /// (``SessionData``). With `ifVersion` it fails as `conflict` unless the data has that version; such a call is
    /// never repeated by itself.
    @discardableResult
    public func update(
        _ token: Token, changes: [String: String?], ifVersion: Int64? = nil
    ) async throws(UsherError) -> Int64 {
        try await driver.update(token, changes, ifVersion: ifVersion).answer()
    }

    /// One page of the owner's sessions, from `cursor`, which is ``SessionPage/next`` of the page before, or from the
    /// start.
    public func sessionPage(of owner: SessionOwner, from cursor: String? = nil) async throws(UsherError) -> SessionPage
    {
        try await driver.page(of: owner, from: cursor).answer()
    }

    /// The owner's sessions, page by page as they are asked for.
    public func sessions(of owner: SessionOwner) -> SessionSequence { SessionSequence(client: self, owner: owner) }

    /// Ends the session of `token`. Once this has returned, nobody accepts it. Returns 1, or 0 when there was none.
    @discardableResult
    public func revoke(_ token: Token) async throws(UsherError) -> Int { try await driver.revoke(token).answer() }

    /// Ends the session with that handle. With `token` it must be a session of the same user; without, it may be any,
    /// which takes the role `admin`. Returns 1, or 0 when there was none.
    @discardableResult
    public func revoke(_ handle: SessionHandle, as token: Token? = nil) async throws(UsherError) -> Int {
        try await driver.revoke(handle, as: token).answer()
    }

    /// Ends all of the owner's sessions but `except`, and the logins of the owner that are under way. Returns how many
    /// sessions ended.
    ///
    /// Everybody's sessions end piece by piece; where this throws, a part of them may have ended. A session that begins
    /// meanwhile may or may not end.
    @discardableResult
    public func revokeAll(of owner: SessionOwner, except: SessionHandle? = nil) async throws(UsherError) -> Int {
        var piece = try await driver.revokeAll(of: owner, except: except, from: nil).answer()
        var (revoked, pieces) = (piece.revoked, PieceCount())
        while let next = piece.next {
            try pieces.next()
            piece = try await driver.revokeAll(of: owner, except: except, from: next).answer()
            revoked += piece.revoked
        }
        return Int(revoked)
    }

    /// Makes a session without a login, for somebody whom the caller has authenticated; takes the role `issue`.
    public func create(
        user: String, service: String? = nil, methods: [String], context: [String: String] = [:]
    ) async throws(UsherError) -> IssuedSession {
        try await driver.create(user: user, service: service, methods: methods, context: context).answer()
    }
}

extension UsherClient.Blocking {
    /// Blocks; otherwise as ``UsherClient/validate(_:touch:)``.
    public func validate(_ token: Token, touch: Bool = true) throws(UsherError) -> Session? {
        if let session = remembered(token, touch: touch) { return session }
        return try driver.validate(token, touch: touch).wait()
    }

    /// As ``UsherClient/remembered(_:touch:)``; it does not block either.
    public func remembered(_ token: Token, touch: Bool = true) -> Session? { client.remembered(token, touch: touch) }

    /// Blocks; otherwise as ``UsherClient/touch(_:)``.
    public func touch(_ tokens: [Token]) throws(UsherError) {
        for batch in tokens.batches { try driver.touch(batch).wait() }
    }

    /// Blocks; otherwise as ``UsherClient/rotate(_:)``.
    public func rotate(_ token: Token) throws(UsherError) -> IssuedSession {
        try driver.rotate(token).wait()
    }

    /// Blocks; otherwise as ``UsherClient/update(_:changes:ifVersion:)``.
    @discardableResult
    public func update(
        _ token: Token, changes: [String: String?], ifVersion: Int64? = nil
    ) throws(UsherError) -> Int64 {
        try driver.update(token, changes, ifVersion: ifVersion).wait()
    }

    /// Blocks; otherwise as ``UsherClient/sessionPage(of:from:)``.
    public func sessionPage(of owner: SessionOwner, from cursor: String? = nil) throws(UsherError) -> SessionPage {
        try driver.page(of: owner, from: cursor).wait()
    }

    /// All of the owner's sessions. A user has at most as many as the daemon's quota allows (100 by default); all users
    /// may have a million, which are better fetched page by page.
    public func sessions(of owner: SessionOwner) throws(UsherError) -> [Session] {
        var page = try sessionPage(of: owner)
        var (sessions, pieces) = (page.sessions, PieceCount())
        while let next = page.next {
            try pieces.next()
            page = try sessionPage(of: owner, from: next)
            sessions += page.sessions
        }
        return sessions
    }

    /// Blocks; otherwise as ``UsherClient/revoke(_:)``.
    @discardableResult
    public func revoke(_ token: Token) throws(UsherError) -> Int { try driver.revoke(token).wait() }

    /// Blocks; otherwise as ``UsherClient/revoke(_:as:)``.
    @discardableResult
    public func revoke(_ handle: SessionHandle, as token: Token? = nil) throws(UsherError) -> Int {
        try driver.revoke(handle, as: token).wait()
    }

    /// Blocks; otherwise as ``UsherClient/revokeAll(of:except:)``.
    @discardableResult
    public func revokeAll(of owner: SessionOwner, except: SessionHandle? = nil) throws(UsherError) -> Int {
        var piece = try driver.revokeAll(of: owner, except: except, from: nil).wait()
        var (revoked, pieces) = (piece.revoked, PieceCount())
        while let next = piece.next {
            try pieces.next()
            piece = try driver.revokeAll(of: owner, except: except, from: next).wait()
            revoked += piece.revoked
        }
        return Int(revoked)
    }

    /// Blocks; otherwise as ``UsherClient/create(user:service:methods:context:)``.
    public func create(
        user: String, service: String? = nil, methods: [String], context: [String: String] = [:]
    ) throws(UsherError) -> IssuedSession {
        try driver.create(user: user, service: service, methods: methods, context: context).wait()
    }
}

extension [Token] {
    /// Slices of as many tokens as one `session.touch` takes.
    var batches: [ArraySlice<Token>] {
        stride(from: 0, to: count, by: 1000).map { self[$0..<Swift.min($0 + 1000, count)] }
    }
}
