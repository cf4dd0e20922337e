/// What only the driver of a host asks.
extension ClusterHost {
    /// The first eight bytes of the nonce with which the record of a copy was sealed; nil where it is not held. A
    /// record that is put back must have the same ones: the store tells two records of one version apart by them.
    package func nonce(of digest: SharedDigest) -> UInt64? { copies[digest]?.nonce }

    /// The Unix second at which a copy ends; nil where it is not held. The store refuses a change with another one, and
    /// the ledger's instants follow the host's clock.
    package func absolute(of digest: SharedDigest) -> UInt32? { copies[digest]?.absolute }

    /// The digest of the copy with that tag; nil where it is not held.
    package func digest(of tag: SessionTag) -> SharedDigest? { copies.find(tag) }

    /// The tag of a copy; nil where it is not held.
    package func tag(of digest: SharedDigest) -> SessionTag? { copies[digest]?.tag }

    /// Whether this host knows that the session of `digest` has ended, or goes on under another one.
    package func knowsEnd(of digest: SharedDigest) -> Bool { ends.has(digest) }

    /// Whether ends or changes that were begun here are not known to be in effect on all hosts. This host must not
    /// leave before: nobody else goes on with them.
    package var isChanging: Bool { !endings.isEmpty || !writes.isEmpty }

    /// Members that the last list has shown, this host among them; 0 while this host is none.
    package var memberCount: Int {
        guard case .member(let membership) = standing else { return 0 }
        return membership.sightings.count + 1
    }
}
