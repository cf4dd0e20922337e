/// `[cluster]`: the hosts that share sessions with this one through a store.
package struct ClusterSettings: Hashable, Sendable {
    /// The name of the cluster, the same on all hosts: 1 to 32 of a-z, 0-9 and -.
    package var name: String
    /// What the other hosts and the journal call this host.
    package var host: String
    /// Where usher-link listens.
    package var link: String
    /// The realms whose sessions are shared. All other realms are this host's own.
    package var realms: [String]
    /// How long a host accepts shared sessions without hearing from the store.
    package var lease: Duration
    /// Replicas of the store that must have confirmed an end and a lease.
    package var copies: Int
    /// The file with the cluster's key; nil for the credential ``credential``.
    package var keyFile: String?

    /// Whether an account is the same on all hosts, so that each host ends the sessions of an account that it lacks or
    /// that is locked there; if not, only the host where a session began does.
    package var hasSameAccounts = true

    /// The name of the credential with the cluster's key (systemd.exec(5), LoadCredential=).
    package static let credential = "cluster-key"

    /// The cluster `name` with the defaults of usherd.toml(5).
    package init(
        name: String, host: String, link: String = "/run/usher-link.sock", realms: [String] = ["default"],
        lease: Duration = .seconds(10), copies: Int = 0, keyFile: String? = nil
    ) {
        (self.name, self.host, self.link, self.realms) = (name, host, link, realms)
        (self.lease, self.copies, self.keyFile) = (lease, copies, keyFile)
    }
}
