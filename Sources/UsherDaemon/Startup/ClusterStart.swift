internal import UsherCluster
internal import UsherConfiguration
internal import UsherEngine
internal import UsherEventLoop
internal import UsherPOSIX
internal import UsherSealing
internal import UsherSessions

/// What a daemon with a `[cluster]` begins with: its keys, its link, the member that it was, and the snapshot of the
/// process before. It is made before the ledger, which keeps only the copies that the snapshot names.
struct ClusterStart {
    let link: ClusterLink
    private let settings: ClusterSettings
    private let keys: ClusterKeys
    private let capacity: Int
    private let member: MemberMemory
    private let snapshot: ClusterSnapshot?

    /// nil where `configuration` has no `[cluster]`.
    init?(_ configuration: Configuration, _ memory: SessionMemory, _ loop: EventLoop) throws(StartupError) {
        guard let settings = configuration.cluster else { return nil }
        let capacity = configuration.limits.capacity
        let keys = try ClusterKeyFile.read(settings)
        let member: MemberMemory
        do throws(SystemError) {
            link = try ClusterLink(settings, loop: loop)
            member = try memory.member()
        } catch {
            throw StartupError("cluster", error)
        }
        link.kept = { member.keep($0, beats: $1) }
        link.keptFence = { member.keep($0) }
        snapshot = memory.snapshot { (reader) throws(SnapshotFault) in
            guard let known = member.known else { throw .otherMember }
            return try Cluster.snapshot(
                &reader, settings, keys: keys, member: known.member, beats: known.beats, fence: member.fence,
                capacity: capacity, at: Moment.now.nanoseconds)
        }
        (self.settings, self.keys, self.member, self.capacity) = (settings, keys, member, capacity)
    }

    /// The copies of shared sessions that the ledger is to keep.
    var copies: KeptCopies? { snapshot?.copies }

    /// This host as one of the cluster. `goesOn`: the ledger is that of the process before.
    func cluster(goesOn: Bool) -> Cluster {
        Cluster(
            settings, keys: keys, member: member.known?.member, beats: member.known?.beats ?? 0, fence: member.fence,
            capacity: capacity, snapshot: goesOn ? snapshot : nil, driver: link)
    }
}
