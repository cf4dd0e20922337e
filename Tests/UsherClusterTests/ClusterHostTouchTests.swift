import Testing
import UsherCluster

@Suite("Uses of shared sessions, and copies that the ledger forgets")
struct ClusterHostTouchTests {
    private static let digest = ClusterHarness.digest

    /// A host that holds a session, which is idle after ten minutes and was used last `age` seconds ago.
    private func holding(age: UInt32 = 60) -> ClusterHarness {
        var harness = ClusterHarness()
        harness.join()
        harness.passFence()
        var record = ClusterHarness.record()
        record.seen = 1_000_000 - age
        harness.hold(record)
        harness.open = []
        return harness
    }

    private func touches(_ harness: ClusterHarness) -> [[SessionUse]] {
        harness.open.compactMap { if case .touch(let uses) = $0.call { uses } else { nil } }
    }

    @Test("a use is reported within a second, if the last report is older than a twentieth of the idle time")
    func reports() {
        var harness = holding()
        harness.take(.used(Self.digest))
        #expect(touches(harness).isEmpty)
        harness.pass(400)
        harness.take(.used(Self.digest))
        harness.pass(600)
        #expect(touches(harness) == [[SessionUse(digest: Self.digest, age: 0)]])
        harness.replyToTouch(.touched(absent: [], ended: []))
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        #expect(touches(harness).isEmpty, "it was reported a second ago")
    }

    @Test("a use is not reported while the store knows of one that is not older than a twentieth of the idle time")
    func isKnown() {
        var harness = holding(age: 20)
        harness.take(.used(Self.digest))
        harness.pass(2_000)
        #expect(touches(harness).isEmpty)
        harness.pass(9_000)
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        #expect(touches(harness).count == 1)
    }

    @Test("uses are reported a hundred in a call, one call after the other")
    func batches() {
        var harness = holding()
        for low in UInt64(0)..<250 { hold(SharedDigest(high: 3, low: low), &harness) }
        for low in UInt64(0)..<250 { harness.take(.used(SharedDigest(high: 3, low: low))) }
        harness.pass(1_000)
        var counts: [Int] = []
        while let batch = touches(harness).first {
            #expect(touches(harness).count == 1)
            counts.append(batch.count)
            harness.replyToTouch(.touched(absent: [], ended: []))
        }
        #expect(counts == [100, 100, 50])
    }

    private func hold(_ digest: SharedDigest, _ harness: inout ClusterHarness) {
        var record = ClusterHarness.record()
        record.tag = SessionTag(1_000 + digest.low)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, digest))
        harness.reply(.found(record))
    }

    @Test(
        "a report that was lost with its connection, or that the store refused, is made again",
        arguments: [true, false]
    )
    func lost(isRefused: Bool) {
        var harness = holding()
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        if isRefused {
            harness.replyToTouch(.refused(.other))
            harness.pass(1_000)
        } else {
            harness.take(.disconnected)
            harness.lose()
            harness.pass(3_000)
            harness.join()
        }
        #expect(touches(harness).map { $0.map(\.digest) } == [[Self.digest]])
        #expect((touches(harness).first?.first?.age ?? 0) >= 1)
    }

    @Test("a session that the store says has ended is ended here; one that it lacks is put back")
    func answers() {
        var harness = holding()
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        harness.replyToTouch(.touched(absent: [Self.digest], ended: []))
        #expect(harness.accepts)
        let stamp = ClusterHarness.record().stamp
        #expect(harness.putBack == [PutBack(digest: Self.digest, stamp: stamp, era: 1, record: nil)])
        harness.replyToPutBack(.putBack(ended: []))
        #expect(harness.accepts)
        harness.pass(40_000)
        harness = holding()
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        harness.replyToTouch(.touched(absent: [], ended: [Self.digest]))
        #expect(!harness.accepts)
        #expect(harness.actions.contains { if case .end(Self.digest, _) = $0 { true } else { false } })
    }

    @Test("a session that the store does not take back is dropped, and the next fetch asks")
    func isNotTaken() {
        var harness = holding()
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        harness.replyToTouch(.touched(absent: [Self.digest], ended: []))
        harness.replyToPutBack(.putBack(ended: [Self.digest]))
        #expect(!harness.accepts)
        #expect(harness.actions.contains { if case .drop(Self.digest) = $0 { true } else { false } })
    }

    @Test("what the store answered in an older epoch about uses is not taken up")
    func olderEpoch() throws {
        var harness = holding()
        harness.take(.used(Self.digest))
        harness.pass(1_000)
        let call = try #require(harness.open.last { if case .touch = $0.call { true } else { false } })
        harness.read(1, .opened(ClusterHarness.newEpoch), ordinal: 2)
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        harness.take(.replied(call.id, .touched(absent: [Self.digest], ended: [])))
        #expect(harness.putBack == nil)
    }

    @Test("a copy that the ledger forgets is fetched again, and its uses are not reported")
    func forgets() {
        var harness = holding()
        harness.take(.used(Self.digest))
        harness.take(.forgotten(Self.digest))
        #expect(!harness.accepts)
        #expect(harness.actions.isEmpty, "the ledger knows it")
        harness.pass(1_000)
        #expect(touches(harness).isEmpty)
        harness.take(.used(Self.digest))
        harness.hold()
        #expect(harness.accepts)
        harness.take(.forgotten(SharedDigest(high: 4, low: 4)))
        #expect(harness.host.copyCount == 1)
    }
}
