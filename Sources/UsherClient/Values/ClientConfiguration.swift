/// How a client reaches the daemon and how patient it is.
public struct ClientConfiguration: Sendable {
    /// Path of the daemon's socket.
    public var socketPath: String
    /// Who must stand behind the socket.
    public var trust: ServerTrust
    /// How long a call may take, from its start to its answer, retries included. Five seconds by default. A login has
    /// ``loginDeadline`` instead.
    public var deadline: Duration
    /// How long a login may take, from the password to the last answer, time for typing included. 120 seconds by
    /// default. The daemon shortens it to what the service allows.
    public var loginDeadline: Duration
    /// How long a login, or a subscription to events, waits for a daemon that is away, from the moment it began to
    /// wait. The deadline of the call may end the wait sooner. `zero` tries once. Five seconds by default.
    public var patience: Duration
    /// How long all other calls wait for a daemon that is away, from the first try to connect that failed; never longer
    /// than `patience`. One second by default.
    ///
    /// Calls then fail as ``UsherError/Code/unreachable`` at once, without waiting, until a try to connect succeeds. A
    /// call makes such a try itself, at most one in ten milliseconds. `zero` never waits. An outage that no call has
    /// met for a minute is forgotten, and the next call waits again.
    public var requestPatience: Duration
    /// The most calls that wait for their turn in this client, 4096 by default; a call beyond them fails as
    /// ``UsherError/Code/busy``.
    public var queueCapacity: Int
    /// Sessions that this client remembers as valid, rounded down to a power of two, 8 at least; 0 asks the daemon
    /// about each token. 8192 by default. Up to half as many sessions all have their place; beyond that, sessions
    /// displace each other more and more.
    ///
    /// Each time, what is remembered is checked against memory that the daemon writes. A session that was revoked,
    /// rotated or updated, or that has expired, is never accepted from memory; no session is while the daemon does not
    /// live. A daemon that is merely stopped (SIGSTOP) cannot change a session either, so its last word holds until the
    /// session's expiry. On a host that shares sessions with others it holds until the host's lease is over, because
    /// others may end the session meanwhile.
    public var cacheCapacity: Int

    /// The socket of an installed daemon, served by root or the user `usher`.
    public static let defaultSocketPath = "/run/usher/usher.sock"

    /// A configuration with the defaults, to be changed member by member.
    public init(socketPath: String = Self.defaultSocketPath, trust: ServerTrust = .user(named: "usher")) {
        self.socketPath = socketPath
        self.trust = trust
        deadline = .seconds(5)
        loginDeadline = .seconds(120)
        patience = .seconds(5)
        requestPatience = .seconds(1)
        queueCapacity = 4096
        cacheCapacity = 8192
    }

    /// The daemon that one started oneself with `usherd --dev --directory DIRECTORY`.
    public static func development(directory: String) -> Self {
        Self(socketPath: directory + "/usher.sock", trust: .ownUser)
    }
}
