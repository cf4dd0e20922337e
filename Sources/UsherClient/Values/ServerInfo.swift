/// What the daemon says about itself and about this process.
public struct ServerInfo: Sendable {
    /// What the daemon sees of this process, from the kernel.
    public struct Peer: Sendable, Hashable {
        /// User id.
        public let uid: UInt32
        /// Group id.
        public let gid: UInt32
        /// Process id.
        public let pid: Int32

        /// A process for a test.
        public init(uid: UInt32, gid: UInt32, pid: Int32) {
            self.uid = uid
            self.gid = gid
            self.pid = pid
        }
    }

    /// How long sessions of a service live.
    public struct Lifetime: Sendable, Hashable {
        /// How long a session lives without use.
        public let idle: Duration
        /// How long a session lives at most, such as the `Max-Age` of a cookie.
        public let absolute: Duration

        /// A lifetime for a test.
        public init(idle: Duration, absolute: Duration) {
            self.idle = idle
            self.absolute = absolute
        }
    }

    /// Hosts that share sessions.
    public struct Cluster: Sendable, Hashable {
        /// The cluster's name, the same on all its hosts.
        public let name: String
        /// The name of this host in the cluster.
        public let host: String
        /// How long a host accepts shared sessions on its own. A change that a host cannot confirm is in effect there
        /// soon after that time.
        public let lease: Duration

        /// A cluster for a test.
        public init(name: String, host: String, lease: Duration) {
            self.name = name
            self.host = host
            self.lease = lease
        }
    }

    /// The daemon's name and version.
    public let server: String
    /// The version of the protocol it speaks: 1.
    public let protocolVersion: Int
    /// This process, as the daemon sees it.
    public let peer: Peer
    /// What this process may do: `login`, `validate`, `issue`, `watch`, `admin`, `metrics`.
    public let roles: [String]
    /// The services that it may use.
    public let services: [String]
    /// The daemon's limits by name.
    public let limits: [String: Int64]
    /// How long sessions live, by service. An older daemon names none.
    public let lifetimes: [String: Lifetime]
    /// The hosts that this one shares sessions with; nil where it shares none.
    public let cluster: Cluster?
    /// The era of codes that are given out now, for ``UsherClient/claim(_:era:until:)``; an older daemon names none.
    package let era: Int64?
}

/// The daemon's counters.
public struct ServerStatistics: Sendable {
    /// Every counter by its name in the protocol.
    public let counters: [String: Int64]
    /// The counters of each configured service, where they were asked for.
    public let services: [Service]

    /// The counters of one service.
    public struct Service: Sendable {
        /// The service's name.
        public let name: String
        /// The realm that it belongs to.
        public let realm: String
        /// Every counter by its name in the protocol.
        public let counters: [String: Int64]

        /// Counters for a test.
        public init(name: String, realm: String, counters: [String: Int64]) {
            self.name = name
            self.realm = realm
            self.counters = counters
        }
    }

    /// Counters for a test.
    public init(counters: [String: Int64], services: [Service] = []) {
        self.counters = counters
        self.services = services
    }

    /// The counter of that name; nil when the daemon has none such.
    public subscript(name: String) -> Int64? { counters[name] }
}
