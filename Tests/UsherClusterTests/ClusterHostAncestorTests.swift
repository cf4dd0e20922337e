import Testing
import UsherCluster

@Suite("A host over several losses of the store's memory")
struct ClusterHostAncestorTests {
    private static let epochs = (8..<40).map { Epoch($0) }
    private static let both = [ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other)]
    private static let halfway = [
        ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other, isThrough: false),
    ]

    /// A member of epoch 7 with a copy, which knows the other member.
    private func holding() -> ClusterHarness {
        var harness = ClusterHarness()
        harness.join(Self.both)
        harness.hold()
        return harness
    }

    /// The store has lost its memory for the `loss`th time; the host comes as far as its join.
    private func lose(_ loss: Int, _ harness: inout ClusterHarness) {
        harness.changeEpoch(to: Self.epochs[loss], ordinal: UInt64(loss) + 2)
        harness.readNewStream(epoch: Self.epochs[loss], ordinal: UInt64(loss) + 2)
    }

    /// Joins, and a beat shows the members.
    private func join(_ loss: Int, _ harness: inout ClusterHarness, isWhole: Bool, _ members: [MemberCount]) {
        harness.reply(.joined(number: 2))
        harness.read(2, .joined(ClusterHarness.member), ordinal: UInt64(loss) + 2)
        harness.replyToBeat(ClusterHarness.granted(2, isWhole: isWhole, members: members))
    }

    @Test("a host names the epoch that was complete in the one that it comes from, and that one's ancestors")
    func ancestors() throws {
        var harness = holding()
        lose(0, &harness)
        #expect(try #require(harness.joining?.heritage).ancestors.isEmpty)
        join(0, &harness, isWhole: true, Self.both)
        lose(1, &harness)
        let second = try #require(harness.joining?.heritage)
        #expect(second.epoch == Self.epochs[0])
        #expect(second.ancestors == [ClusterHarness.epoch])
        join(1, &harness, isWhole: true, Self.both)
        lose(2, &harness)
        let third = try #require(harness.joining?.heritage)
        #expect(third.epoch == Self.epochs[1])
        #expect(third.ancestors == [Self.epochs[0], ClusterHarness.epoch])
    }

    @Test("an epoch that was not complete is no ancestor, nor is what was one of it")
    func incomplete() throws {
        var harness = holding()
        lose(0, &harness)
        join(0, &harness, isWhole: false, Self.both)
        lose(1, &harness)
        #expect(try #require(harness.joining?.heritage).ancestors.isEmpty)
    }

    @Test("an epoch is no ancestor before the stream has come to where it was complete")
    func unread() throws {
        var harness = holding()
        lose(0, &harness)
        harness.reply(.joined(number: 2))
        harness.read(2, .joined(ClusterHarness.member), ordinal: 2)
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        lose(1, &harness)
        #expect(try #require(harness.joining?.heritage).ancestors.isEmpty)
    }

    @Test("a host that no beat of an epoch has shown the members still comes from the one before, with its ancestors")
    func unlisted() throws {
        var harness = holding()
        lose(0, &harness)
        join(0, &harness, isWhole: true, Self.both)
        lose(1, &harness)
        harness.reply(.joined(number: 2))
        lose(2, &harness)
        let heritage = try #require(harness.joining?.heritage)
        #expect(heritage.epoch == Self.epochs[0])
        #expect(heritage.ancestors == [ClusterHarness.epoch])
    }

    @Test("the sixteen newest ancestors are named")
    func many() throws {
        var harness = holding()
        for loss in 0..<20 {
            lose(loss, &harness)
            join(loss, &harness, isWhole: true, Self.both)
        }
        lose(20, &harness)
        let heritage = try #require(harness.joining?.heritage)
        #expect(heritage.epoch == Self.epochs[19])
        #expect(heritage.ancestors == (3..<19).reversed().map { Self.epochs[$0] })
    }

    @Test("a member that had not put back what it holds is waited for in the next epoch too")
    func awaited() {
        var harness = holding()
        lose(0, &harness)
        join(0, &harness, isWhole: true, Self.halfway)
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(2, members: [ClusterHarness.count()]))
        lose(1, &harness)
        join(1, &harness, isWhole: true, [ClusterHarness.count()])
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(2, members: [ClusterHarness.count()]))
        #expect(!harness.reports.contains(.recovered))
        harness.pass(2_500)
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.both))
        #expect(harness.reports.contains(.recovered))
    }

    @Test("a member that has put back all that it holds, and has gone, is not waited for")
    func gone() {
        var harness = holding()
        lose(0, &harness)
        join(0, &harness, isWhole: true, Self.both)
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(2, members: [ClusterHarness.count()]))
        #expect(harness.reports.contains(.recovered))
    }
}
