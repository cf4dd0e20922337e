import Testing
import UsherCluster

@Suite("A daemon that was restarted and has lost its tables")
struct ClusterHostRestartTests {
    /// The host before, and after the restart, when it has read the stream up to entry 6.
    private func restarted() -> (before: ClusterHarness, after: ClusterHarness) {
        var before = ClusterHarness()
        before.join()
        before.passFence()
        before.hold()
        var after = ClusterHarness(beats: before.kept)
        after.take(.connected)
        after.reply(ClusterHarness.greeting(number: 6))
        after.read(5, ClusterHarness.ended(SharedDigest(high: 5, low: 5), tag: .none))
        after.read(6, .left(ClusterHarness.other))
        after.reply(ClusterHarness.greeting(number: 6))
        return (before, after)
    }

    @Test("joins as the same member with the next number, and brings neither an older epoch nor copies nor a lease")
    func joins() {
        let (before, after) = restarted()
        guard case .join(let member, let number, let acknowledged, _, let heritage)? = after.open.last?.call else {
            Issue.record("it does not join")
            return
        }
        #expect(before.kept > 1)
        #expect((member, number) == (ClusterHarness.member, before.kept + 1))
        #expect(after.kept == before.kept + 1)
        #expect(acknowledged == 6, "what others wait for is acknowledged at once")
        #expect(heritage == nil)
        #expect(after.host.lease == .boot)
        #expect(after.host.copyCount == 0)
    }

    @Test("has a lease after one round of beats, and what it fetches then meets the ends that it has read")
    func getsLease() {
        var host = restarted().after
        host.reply(.joined(number: 7))
        host.read(7, .joined(ClusterHarness.member))
        host.replyToBeat(ClusterHarness.withheld([ClusterHarness.count()]))
        #expect(!host.host.hasLease(at: host.now))
        host.pass(2_500)
        host.replyToBeat(ClusterHarness.granted(7))
        #expect(host.host.hasLease(at: host.now))
        host.take(.fetchAsked(host.request(), ClusterHarness.owner, SharedDigest(high: 5, low: 5)))
        #expect(host.answers == [.ended])
        host.hold()
        #expect(host.accepts)
    }

    /// The answers to an end, after each beat from `milliseconds` on, of a host that has joined again.
    private func answers(_ kept: KeptFence?, at milliseconds: UInt64, beats: Int) -> [[ClusterAnswer]] {
        var after = ClusterHarness(fence: kept, at: milliseconds) { $0.patience = .milliseconds(100_000) }
        after.join()
        after.take(.endAsked(after.request(), ClusterHarness.owner, ClusterHarness.end()))
        after.reply(.ended(number: 5, minimum: 4))
        after.read(5, ClusterHarness.ended())
        var answers: [[ClusterAnswer]] = []
        for _ in 0..<beats {
            if after.beat == nil { after.pass(2_500) }
            after.reply(ClusterHarness.granted(5, minimum: 5))
            answers.append(after.answers)
        }
        return answers
    }

    @Test("keeps the fence of its first join in the epoch: once that is over, an end waits for a beat alone")
    func keepsFence() throws {
        var before = ClusterHarness()
        before.join()
        let kept = try #require(before.keptFence)
        #expect(kept.epoch == ClusterHarness.epoch && kept.ordinal == 1)
        #expect(kept.end == before.now + .milliseconds(11_330))
        #expect(answers(kept, at: 13_000, beats: 1) == [[.done]])
        // A beat that was sent before the fence was over does not count.
        #expect(answers(kept, at: 12_000, beats: 2) == [[], [.done]])
        #expect(answers(nil, at: 13_000, beats: 4) == [[], [], [], []])
    }

    @Test("waits anew in an epoch that it has not joined, and never longer than after a first join")
    func otherFence() {
        let end = BootInstant(nanoseconds: 1)
        let others = [
            KeptFence(epoch: ClusterHarness.newEpoch, ordinal: 1, end: end),
            KeptFence(epoch: ClusterHarness.epoch, ordinal: 2, end: end),
        ]
        for kept in others { #expect(answers(kept, at: 13_000, beats: 4) == [[], [], [], []]) }
        let late = KeptFence(epoch: ClusterHarness.epoch, ordinal: 1, end: .never)
        #expect(answers(late, at: 13_000, beats: 7).last == answers(nil, at: 13_000, beats: 7).last)
        #expect(answers(late, at: 13_000, beats: 7).contains([.done]))
    }

    @Test("is not sure in the epoch that follows if its lease had not come by then")
    func isNotSure() throws {
        var host = restarted().after
        host.reply(.joined(number: 7))
        host.read(7, .joined(ClusterHarness.member))
        host.replyToBeat(ClusterHarness.withheld([ClusterHarness.count()]))
        host.changeEpoch()
        host.readNewStream()
        while case .restoreEnds? = host.open.last?.call { host.reply(.told) }
        #expect(try #require(host.joining?.heritage).isSure == false)
    }
}
