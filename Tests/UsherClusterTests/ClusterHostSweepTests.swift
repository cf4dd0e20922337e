import Testing
import UsherCluster

@Suite("Sweeps behind ends of all")
struct ClusterHostSweepTests {
    private static func all(_ bucket: UInt32) -> EndTarget {
        .user(bucket: bucket, spared: .none, until: 2_000_000, note: [])
    }

    private func member(_ change: (inout ClusterLimits) -> Void = { _ in }) -> ClusterHarness {
        var harness = ClusterHarness(change)
        harness.join()
        harness.passFence()
        return harness
    }

    /// An end of all of a user that the store has and all have acknowledged.
    private func endAll(_ harness: inout ClusterHarness, _ bucket: UInt32 = 1) {
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, Self.all(bucket)))
        let at = harness.open.lastIndex { if case .end = $0.call { true } else { false } }
        guard let at else { preconditionFailure("no end is open") }
        harness.take(.replied(harness.open.remove(at: at).id, .ended(number: 5, minimum: 5)))
        #expect(harness.answers == [.done])
    }

    private func sweeps(_ harness: ClusterHarness) -> [StoreCall] {
        harness.open.map(\.call).filter { if case .sweep = $0 { true } else { false } }
    }

    @Test("what an end of all has ended is swept to the end of the index, in a quarter of the store's time")
    func swept() {
        var harness = member()
        endAll(&harness)
        for (cursor, next) in [(0, 700), (700, 200), (200, 0)] as [(UInt64, UInt64)] {
            #expect(sweeps(harness) == [.sweep(bucket: 1, cursor: cursor)])
            harness.pass(20)
            harness.replyToSweep(.swept(next: next))
            harness.pass(59)
            #expect(sweeps(harness) == [])
            harness.pass(1)
        }
        #expect(sweeps(harness) == [])
    }

    @Test("one sweep is under way at a time; a user that waits for one waits once")
    func joined() {
        var harness = member { $0.sweptUsers = 2 }
        for bucket in [1, 1, 1, 2, 2, 3] as [UInt32] { endAll(&harness, bucket) }
        var swept: [StoreCall] = []
        while let next = sweeps(harness).first {
            #expect(sweeps(harness).count == 1)
            swept.append(next)
            harness.replyToSweep(.swept(next: 0))
            harness.pass(0)
        }
        #expect(swept == [1, 1, 2].map { .sweep(bucket: $0, cursor: 0) })
    }

    @Test("a sweep ends with a refusal, after too many pieces, and with the connection")
    func ends() {
        var harness = member { $0.sweepCapacity = 3 }
        endAll(&harness)
        harness.replyToSweep(.refused(.other))
        harness.pass(0)
        #expect(sweeps(harness) == [])
        endAll(&harness)
        for next in 1...3 as ClosedRange<UInt64> {
            #expect(sweeps(harness).count == 1)
            harness.replyToSweep(.swept(next: next))
            harness.pass(0)
        }
        #expect(sweeps(harness) == [])
        endAll(&harness)
        harness.take(.disconnected)
        harness.lose()
        harness.join()
        harness.passFence()
        endAll(&harness, 2)
        #expect(sweeps(harness) == [.sweep(bucket: 2, cursor: 0)])
    }
}
