/// What happens to the sessions of the host, as it happens.
///
/// A tool that serves somebody for longer than a moment, say over a WebSocket, closes that connection when the session
/// behind it ends:
///
/// ```swift
/// for try await event in client.events(kinds: [.revoked, .expired, .rotated]) {
///     switch event.kind {
///     case .revoked, .expired:
///         if let handle = event.handle { connections.close(all: handle) }
///     default:
///         // After a gap nothing is sure, and a session that was rotated has another token: in both cases the token
///         // that the connection was opened with decides.
///         for connection in connections.open {
///             if try await client.validate(connection.token, touch: false) == nil { connection.close() }
///         }
///     }
/// }
/// ```
///
/// The events come over a connection of their own, which begins with the first call of `next`. It is lost when the
/// daemon is restarted, or when events come faster than they can be sent. It is then made anew, for as long as that
/// takes, and an event of the kind ``SessionEvent/Kind/gap`` says that some may be missing. The sequence throws only
/// when it cannot begin, or when the daemon refuses: ``UsherError/Code/forbidden`` without the role `watch`. Cancelling
/// the task ends it.
public struct SessionEvents: AsyncSequence, Sendable {
    /// An event.
    public typealias Element = SessionEvent
    /// Why it cannot go on.
    public typealias Failure = UsherError

    let configuration: ClientConfiguration
    let kinds: Set<SessionEvent.Kind>
    let user: String?

    /// Subscribes with the first call of `next`.
    public func makeAsyncIterator() -> Iterator { Iterator(feed: EventFeed(configuration, kinds: kinds, user: user)) }

    /// A subscription; copies share it. For one task at a time.
    public struct Iterator: AsyncIteratorProtocol {
        let feed: EventFeed

        /// The next event; nil when the task was cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(UsherError) -> SessionEvent? { try await feed.next() }

        /// The next event; nil when the task was cancelled.
        public mutating func next() async throws(UsherError) -> SessionEvent? { try await feed.next() }
    }
}

extension UsherClient {
    /// What happens to sessions from now on; takes the role `watch`.
    ///
    /// - Parameters:
    ///   - kinds: What to tell; all kinds when it is empty. A gap is always told.
    ///   - user: Whose sessions; nil for everybody's.
    public func events(kinds: Set<SessionEvent.Kind> = [], user: String? = nil) -> SessionEvents {
        SessionEvents(configuration: configuration, kinds: kinds, user: user)
    }
}
