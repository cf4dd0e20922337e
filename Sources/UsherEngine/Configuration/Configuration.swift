internal import UsherLogin

/// The daemon's settings, checked and resolved: values only, nothing left to fail.
package struct Configuration: Hashable, Sendable {
    /// `[pam]`.
    package struct PAM: Hashable, Sendable {
        /// Where the broker listens.
        package var socket: String

        /// Settings of PAM; the default is the system's place.
        package init(socket: String = "/run/usher-pam.sock") { self.socket = socket }
    }

    /// `[pam]`.
    package var pam: PAM
    /// `[limits]`.
    package var limits: Limits
    /// `[[service]]`, at least one, in order, names unique.
    package var services: [Service]
    /// `[[client]]`, in order.
    package var clients: [ClientEntry]
    /// `[cluster]`; nil where this host shares no sessions.
    package var cluster: ClusterSettings?

    /// A configuration. The defaults are in effect without a file: one service `usher`, open to root.
    package init(
        pam: PAM = PAM(), limits: Limits = Limits(),
        services: [Service] = [Service(name: "usher")], clients: [ClientEntry] = [.root],
        cluster: ClusterSettings? = nil
    ) {
        self.pam = pam
        self.limits = limits
        self.services = services
        self.clients = clients
        self.cluster = cluster
    }

    /// The configuration of `--dev`, with its files below `directory`: one service `default`, for users without an
    /// account too, who may change an expired password; and every role for `uid`, who started the daemon.
    package static func development(directory: String, uid: UInt32) -> Configuration {
        Configuration(
            pam: PAM(socket: directory + "/pam.sock"),
            services: [
                Service(name: "default", rules: LoginRules(allowsNoAccount: true, allowsPasswordChange: true))
            ],
            clients: [ClientEntry(name: "developer", subject: .user(uid), roles: .all, relaysSource: true)])
    }

    /// The entries that peers are matched with: the configured ones and, where none of them is for uid 0,
    /// ``ClientEntry/root``.
    package var entries: [ClientEntry] { namesRoot ? clients : clients + [.root] }

    /// Whether a configured entry is for uid 0.
    package var namesRoot: Bool { clients.contains { $0.subject == .user(0) } }

    /// The service called `name`.
    package func service(_ name: String) -> Service? { services.first { $0.name == name } }
}
