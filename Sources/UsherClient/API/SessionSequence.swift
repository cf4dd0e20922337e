/// The sessions of an owner, fetched page by page while they are walked through.
///
/// A session that begins or ends meanwhile may or may not be in it.
public struct SessionSequence: AsyncSequence, Sendable {
    /// A session, without its data.
    public typealias Element = Session
    /// What asking for a page may fail with.
    public typealias Failure = UsherError

    let client: UsherClient
    let owner: SessionOwner

    /// Starts from the first session.
    public func makeAsyncIterator() -> Iterator { Iterator(client: client, owner: owner) }

    /// Walks through the sessions once.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: UsherClient
        private let owner: SessionOwner
        private var sessions: ArraySlice<Session> = []
        private var cursor: String?
        private var pieces = PieceCount()
        private var isLast = false

        init(client: UsherClient, owner: SessionOwner) {
            self.client = client
            self.owner = owner
        }

        /// The next session; nil after the last.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(UsherError) -> Session? {
            while sessions.isEmpty, !isLast {
                try pieces.next()
                let page = try await client.sessionPage(of: owner, from: cursor)
                sessions = page.sessions[...]
                cursor = page.next
                isLast = page.next == nil
            }
            return sessions.popFirst()
        }

        /// The next session; nil after the last.
        public mutating func next() async throws(UsherError) -> Session? { try await next(isolation: #isolation) }
    }
}
