internal import UsherLogin
package import UsherSessions

/// What became of a configuration that was read again.
package struct Reload: Equatable {
    /// Connections whose peer lost something that it had; to be closed.
    package var closing: [ConnectionID]
    /// Keys whose new value takes effect after a restart only.
    package var unchanged: [String]
}

extension Engine {
    /// Replaces the configuration. No session ends. ``Reload/closing`` names the connections whose peers lost a role, a
    /// service, the board or the belief in their `remote_ip`. The caller closes them, so that nothing that they began
    /// outlives the right to it. All other peers go on with their new rights.
    ///
    /// `rootNames` are the names of uid 0 by now. Throws if the services do not fit the ledger's labels. The earlier
    /// configuration is then in effect, and the ledger keeps no name of the fresh one.
    package func reload(_ fresh: Configuration, rootNames: Set<String>) throws(LedgerError) -> Reload {
        let table = try table(of: fresh.services)
        let unchanged = configuration.keysThatNeedRestart(fresh)
        configuration = configuration.replaced(by: fresh)
        policy = Policy(configuration)
        services = table
        self.rootNames = rootNames
        settleSharedRealms()
        let names = Set(configuration.services.map(\.name))
        statistics.services = statistics.services.filter { names.contains($0.key) }
        setWatchedServices()
        let known = Set(configuration.services.map(\.pam))
        refusalWork = refusalWork.filter { known.contains($0.key) }
        logins.limits = LoginLimits(
            open: configuration.limits.logins, perSource: configuration.limits.loginsPerSource)
        limiter.namesPerSource = configuration.limits.namesPerSource
        ledger.memoryLimit = configuration.limits.memory
        return Reload(closing: peers.compactMap(\.self).filter(loses).map(\.id), unchanged: unchanged)
    }

    private func table(of services: [Service]) throws(LedgerError) -> ServiceTable {
        dropUnusedNames()
        do throws(LedgerError) { return try ServiceTable(services, in: &ledger) } catch {
            // Nobody needs the names that did fit, and they would take the room of logins.
            dropUnusedNames()
            throw error
        }
    }

    /// Makes room in the ledger for names and lists. Logins in progress end in the services that they began in.
    func dropUnusedNames() {
        ledger.dropNames(sparing: services.ids.union(logins.all.map(\.context.service.id)))
    }

    /// Applies the policy to a peer. Returns whether the peer lost a right.
    private func loses(_ peer: Peer) -> Bool {
        let before = peer.grant
        peer.user = policy.user(of: peer.credentials.uid)
        peer.explanation = policy.explain(
            uid: peer.credentials.uid, gid: peer.credentials.gid, groups: peer.credentials.groups)
        peer.realms = services.realms(of: peer.grant)
        subscribers.move(peer.id, to: peer.realms, owner: peer.user)
        return !peer.grant.includes(before)
    }
}

extension Grant {
    /// Whether it gives all that `other` gives.
    package func includes(_ other: Grant) -> Bool {
        allows(other.roles) && Set(services).isSuperset(of: other.services) && (board || !other.board)
            && (relaysSource || !other.relaysSource)
    }
}

extension Configuration {
    /// Keys whose values in `fresh` differ and take a restart: they size memory, or name the broker's socket.
    func keysThatNeedRestart(_ fresh: Configuration) -> [String] {
        var keys: [String] = []
        if fresh.limits.capacity != limits.capacity { keys.append("limits.capacity") }
        if fresh.limits.limiterNames != limits.limiterNames { keys.append("limits.limiter_names") }
        if fresh.pam != pam { keys.append("pam.socket") }
        if fresh.cluster != cluster { keys.append("cluster") }
        return keys
    }

    /// `fresh`, with this configuration's values for the keys that need a restart.
    func replaced(by fresh: Configuration) -> Configuration {
        var result = fresh
        result.limits.capacity = limits.capacity
        result.limits.limiterNames = limits.limiterNames
        result.pam = pam
        result.cluster = cluster
        return result
    }
}
