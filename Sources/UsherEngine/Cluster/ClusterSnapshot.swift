package import UsherCluster
package import UsherSealing
package import UsherSessions
internal import UsherWire

/// What of a ``Cluster`` outlives an orderly restart of the daemon: the rules' state, and what the copies in the ledger
/// need. Tokens are not in it.
package struct ClusterSnapshot {
    /// The rules' state, without the actions of its restart.
    let host: ClusterHost
    let accounts: [SessionTag: (origin: UInt32, uid: UInt32?)]
    let untold: [EndTarget]
    let isSuspended, isRecovering: Bool
    /// Bytes of settings, with room.
    private static let settingsLimit = 1 << 16

    /// Reads what a ``Cluster`` of the same settings has written into the state of the same member, `fresh`, at `now`.
    init(
        _ reader: inout SnapshotReader, settings: [UInt8], into fresh: consuming ClusterHost, capacity: Int,
        at now: BootInstant
    ) throws(SnapshotFault) {
        guard try reader.bytes(Self.settingsLimit) == settings else { throw .otherSettings }
        let flags = try reader.flags(2)
        (isSuspended, isRecovering) = (flags[0], flags[1])
        try fresh.read(from: &reader, at: now)
        host = fresh
        untold = try reader.list(capacity, of: 3) { (reader) throws(SnapshotFault) in try reader.target() }
        var accounts: [SessionTag: (origin: UInt32, uid: UInt32?)] = [:]
        let count = try reader.length(capacity, of: 3)
        accounts.reserveCapacity(count)
        for _ in 0..<count {
            let tag = SessionTag(try reader.number())
            let (origin, uid) = try reader.halves()
            accounts[tag] = (origin, try reader.flag() ? uid : nil)
        }
        self.accounts = accounts
        try reader.end()
    }

    /// The copies that the ledger is to keep.
    package var copies: KeptCopies {
        KeptCopies(isSuspended: isSuspended) { [host] digest, tag in
            host.bucket(of: SharedDigest(digest), SessionTag(tag))
        }
    }
}

extension Cluster {
    /// Reads what an earlier process of this host has written; the parameters are those of the initializer.
    package static func snapshot(
        _ reader: inout SnapshotReader, _ settings: ClusterSettings, keys: ClusterKeys, member: MemberID, beats: UInt64,
        fence: KeptFence?, capacity: Int, at now: Int64
    ) throws(SnapshotFault) -> ClusterSnapshot {
        try ClusterSnapshot(
            &reader, settings: identity(settings, keys),
            into: host(settings, keys: keys, member: member, beats: beats, fence: fence, capacity: capacity),
            capacity: capacity, at: BootInstant(nanoseconds: UInt64(clamping: now)))
    }

    /// What must be the same in both processes.
    private static func identity(_ settings: ClusterSettings, _ keys: ClusterKeys) -> [UInt8] {
        let names = [settings.name, settings.host] + settings.realms
        let numbers = "\(settings.lease) \(settings.copies) \(keys.check)"
        return Array((names + [numbers]).joined(separator: "\0").utf8)
    }

    /// Writes what outlives a restart, and gives up the rest.
    func write(to writer: inout SnapshotWriter, at now: BootInstant) {
        writer.put(Self.identity(settings, keys))
        writer.put(isSuspended, isRecovering)
        host.write(to: &writer, at: now)
        writer.put(untold) { $0.put($1.target) }
        writer.put(accounts) { writer, held in
            writer.put(held.key.value)
            writer.put(held.value.origin, held.value.uid ?? 0)
            writer.put(held.value.uid != nil)
        }
    }
}

extension Engine {
    /// Writes what of the cluster outlives a restart of the daemon. Returns false, and writes nothing, where that is of
    /// no use to the next process. Nothing may happen to the engine after that.
    package func writeCluster(to writer: inout SnapshotWriter) -> Bool {
        now = clock()
        settleCluster()
        guard let cluster, cluster.host.isToBeKept else { return false }
        cluster.write(to: &writer, at: instant)
        return true
    }

    /// Goes on where the earlier process has ended. Copies that either the ledger or the rules do not have are dropped;
    /// the lease on the board is in effect as if the daemon had been stopped for a moment.
    func goOn(_ cluster: Cluster) {
        if ledger.sharedCount != cluster.host.copyCount {
            cluster.host.keepCopies { ledger.sharedDigest(tag: $1.value) == TokenDigest($0) }
            cluster.accounts = cluster.accounts.filter { cluster.host.digest(of: $0.key) != nil }
        }
        writeLease(cluster.host.lease, cluster)
        for action in cluster.host.restart(at: instant) { perform(action, cluster) }
    }
}
