import UsherCluster

/// An orderly restart of the daemon: one process writes, the next one reads.
extension ClusterHarness {
    private final class Words {
        var all: [UInt64] = []
    }

    /// What the host writes as the last thing that it does.
    mutating func snapshot() -> [UInt64] {
        let words = Words()
        var writer = SnapshotWriter {
            words.all += $0
            return true
        }
        host.write(to: &writer, at: now)
        writer.flush()
        return words.all
    }

    /// The host of the next process, which knows nothing yet.
    func fresh(
        _ member: MemberID = ClusterHarness.member, beats: UInt64? = nil,
        _ change: (inout ClusterLimits) -> Void = { _ in }
    ) -> ClusterHost {
        var limits = host.limits
        change(&limits)
        return ClusterHost(
            member: member, beats: beats ?? host.beats, fence: keptFence, name: "one", limits: limits, seed: 2)
    }

    /// What the next process reads from `words` into `fresh`.
    func read(_ words: [UInt64], into fresh: ClusterHost) throws(SnapshotFault) -> ClusterHost {
        var (host, reader) = (fresh, SnapshotReader(count: words.count) { Array(words[$0]) })
        try host.read(from: &reader, at: now)
        try reader.end()
        return host
    }

    /// The next process goes on by what this one writes.
    mutating func restartInOrder() throws(SnapshotFault) {
        let words = snapshot()
        host = try read(words, into: fresh())
        restart()
    }
}
