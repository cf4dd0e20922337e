/// A connection to the session daemon of this host, for any number of tasks and threads at once.
///
/// ```swift
/// let client = UsherClient()
/// if let session = try await client.validate(token) {
///     print("hello", session.user)
/// }
/// ```
///
/// One client is enough for a process. It connects when it is first used, sends the calls of all callers over one
/// socket without waiting for one answer before the next call, and connects anew when the daemon was restarted. A call
/// that may be repeated without harm is then sent once more: `hello`, `ping`, `stats`, `limits`, `clearLimits`,
/// `validate`, `touch`, `sessions`, `revoke`, `revokeAll`, and `update` without a version. A repeated `revoke` counts
/// only the sessions that were left. Every other call fails as ``UsherError/Code/connectionLost`` when it may have
/// taken effect: log in again.
///
/// While the daemon is away, calls wait for it for at most a second and then fail at once as
/// ``UsherError/Code/unreachable``, until it is back (``ClientConfiguration/requestPatience``). Logins wait longer
/// (``ClientConfiguration/patience``). What is remembered is accepted as long as the daemon's process lives.
///
/// The methods here are for tasks; ``blocking`` has the same for threads that may wait. Before anything is sent, the
/// kernel is asked who serves the socket (``ServerTrust``). After fork(2) a child gets a connection of its own; it
/// should use ``blocking``, as the threads of Swift's tasks do not survive a fork.
public final class UsherClient: Sendable {
    let connection: ForkSafeConnection

    /// A client with this configuration. Nothing is connected yet.
    public init(_ configuration: ClientConfiguration = ClientConfiguration()) {
        self.configuration = configuration
        connection = ForkSafeConnection(configuration)
    }

    /// A client whose turns an event loop of the host program runs (``HostLoop``). Its calls are those of ``calls``.
    package init(hosted configuration: ClientConfiguration) {
        self.configuration = configuration
        connection = ForkSafeConnection(configuration, isHosted: true)
    }

    /// How the client was configured.
    public let configuration: ClientConfiguration

    /// Ends the connection; calls under way and later ones fail as ``UsherError/Code/closed``. A client that is
    /// released closes itself.
    public func close() { connection.current.close() }

    /// The same calls for threads that may block.
    public var blocking: Blocking { Blocking(client: self) }

    var driver: ConnectionDriver { connection.current }

    /// The calls of this process' connection, to be waited for or begun.
    package var calls: ConnectionDriver { connection.current }

    /// As ``remembered(_:touch:)``, of the token that `text` writes; allocates only to report a use.
    package func remembered(text: Span<UInt8>, touch: Bool) -> Session? {
        connection.remembered(text: text, touch: touch)
    }
}

extension UsherClient {
    /// The calls of a client for threads that may wait: each blocks its thread until the answer, or its deadline,
    /// comes.
    ///
    /// A thread that is alone with its call reads the answer itself, without any other thread being woken. Never call
    /// these from a task: they hold up a thread of its pool.
    public struct Blocking: Sendable {
        let client: UsherClient
        var driver: ConnectionDriver { client.driver }
    }
}
