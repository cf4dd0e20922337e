import Testing
import UsherCluster

@Suite("Trimming of the stream")
struct ClusterHostTrimTests {
    private static let higher = MemberID(high: 1, low: 2)
    private static let lower = MemberID(high: 1, low: 0)

    /// A member with a lease, beside `others`.
    private func member(_ others: [MemberID] = [higher]) -> ClusterHarness {
        var harness = ClusterHarness { $0.trimPause = ClusterLimits().trimPause }
        harness.join([ClusterHarness.count()] + others.map { ClusterHarness.count($0) })
        return harness
    }

    private func trims(_ harness: ClusterHarness) -> Int {
        harness.open.count { if case .trim = $0.call { true } else { false } }
    }

    @Test("the lowest member calls about once a second, and never twice at once")
    func pace() {
        var harness = member()
        #expect(trims(harness) == 0)
        harness.pass(1_000)
        #expect(trims(harness) == 1)
        harness.pass(1_000)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count(), ClusterHarness.count(Self.higher)])
        harness.pass(400)
        #expect(trims(harness) == 1, "one is under way")
        harness.replyToTrim(.trimmed(removed: 3))
        harness.pass(999)
        #expect(trims(harness) == 0)
        harness.pass(1)
        #expect(trims(harness) == 1)
    }

    @Test(
        "it goes on in a quarter of the store's time while a quarter of what was looked at goes, whatever the store says",
        arguments: [64, 256, .max] as [UInt64])
    func hurries(removed: UInt64) {
        var harness = member()
        harness.pass(1_000)
        harness.pass(10)
        harness.replyToTrim(.trimmed(removed: removed))
        harness.pass(29)
        #expect(trims(harness) == 0)
        harness.pass(1)
        #expect(trims(harness) == 1)
    }

    @Test("it looks at four entries for each that was written, wherever in the stream nothing goes")
    func keepsUp() {
        var harness = member()
        harness.pass(2_500)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 4 + 6_400)
        var calls = 0
        while trims(harness) == 1 {
            calls += 1
            harness.replyToTrim(.trimmed(removed: 0))
            harness.pass(0)
        }
        #expect(calls == 100)
        harness.pass(1_000)
        #expect(trims(harness) == 1)
    }

    @Test("no other member calls")
    func others() {
        var harness = member([Self.higher, Self.lower])
        for _ in 0..<4 {
            harness.pass(1_000)
            harness.replyToBeatIfOpen(
                members: [Self.lower, ClusterHarness.member].map { ClusterHarness.count($0) })
        }
        #expect(trims(harness) == 0)
        harness.pass(2_500)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()])
        harness.pass(1_000)
        #expect(trims(harness) == 1, "the lower one is gone")
    }

    @Test("a host calls neither without a lease nor during a recovery")
    func waits() {
        var harness = member()
        harness.pass(1_000)
        harness.pass(10_000)
        #expect(!harness.host.hasLease(at: harness.now))
        #expect(trims(harness) == 1)
        harness.replyToTrim(.trimmed(removed: 256))
        harness.pass(1_000)
        #expect(trims(harness) == 0)

        var other = member()
        other.changeEpoch()
        other.readNewStream()
        other.reply(.joined(number: 2))
        other.read(2, .joined(ClusterHarness.member), ordinal: 2)
        let awaited = [ClusterHarness.count(), ClusterHarness.count(Self.higher, isThrough: false)]
        for _ in 0..<3 {
            other.replyToBeatIfOpen(members: awaited, number: 2)
            other.pass(2_000)
        }
        #expect(other.host.hasLease(at: other.now))
        #expect(trims(other) == 0)
        other.replyToBeatIfOpen(members: [ClusterHarness.count(), ClusterHarness.count(Self.higher)], number: 2)
        other.pass(2_500)
        other.replyToBeatIfOpen(members: [ClusterHarness.count(), ClusterHarness.count(Self.higher)], number: 2)
        other.pass(1_000)
        #expect(trims(other) == 1)
    }

    @Test("what the store refuses is tried again after pauses that grow to a minute; what is lost, with the next beat")
    func backsOff() {
        var harness = member()
        harness.pass(1_000)
        var waited = 0
        for _ in 0..<8 {
            harness.replyToTrim(.refused(.other))
            waited = 0
            while trims(harness) == 0 {
                harness.pass(500)
                harness.replyToBeatIfOpen(members: [ClusterHarness.count()])
                waited += 500
            }
        }
        #expect((30_000...60_500).contains(waited))
        harness.take(.disconnected)
        harness.lose()
        harness.join()
        harness.pass(1_000)
        #expect(trims(harness) == 1)
    }
}
