import Testing
import UsherCluster

@Suite("A host in a new epoch")
struct ClusterHostRecoveryTests {
    private static let both = [ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other)]
    private static let halfway = [
        ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other, isThrough: false),
    ]

    /// A member with a copy, which knows the other member.
    private func holding(_ change: (inout ClusterLimits) -> Void = { _ in }) -> ClusterHarness {
        var harness = ClusterHarness(change)
        harness.join(Self.both)
        harness.hold()
        return harness
    }

    /// Joins as entry `number` of the new epoch, and takes up that entry.
    private func enter(_ harness: inout ClusterHarness, number: UInt64 = 2) {
        harness.reply(.joined(number: number))
        harness.read(number, .joined(ClusterHarness.member), ordinal: 2)
    }

    /// A member of the second epoch.
    private func entered() -> ClusterHarness {
        var harness = holding()
        harness.changeEpoch()
        harness.readNewStream()
        enter(&harness)
        return harness
    }

    /// A member of the second epoch whose lease was interrupted, while the older epoch is not complete.
    private func doubting() -> ClusterHarness {
        var harness = holding()
        loseLease(&harness)
        harness.changeEpoch()
        harness.readNewStream()
        enter(&harness)
        harness.replyToBeat(ClusterHarness.granted(2, isWhole: false, members: Self.both))
        return harness
    }

    /// Lets the lease run out without an answer.
    private func loseLease(_ harness: inout ClusterHarness) {
        harness.take(.disconnected)
        harness.lose()
        harness.pass(10_001)
    }

    @Test("a host whose lease is unbroken after the probe keeps its copies, and says that it is sure")
    func sure() throws {
        var harness = holding()
        harness.changeEpoch()
        #expect(harness.reports == [.epochEntered(ClusterHarness.newEpoch, dropped: 0)])
        #expect(harness.open.last?.call == .probe)
        harness.readNewStream()
        let heritage = try #require(harness.joining?.heritage)
        #expect(heritage.isSure)
        #expect(heritage.epoch == ClusterHarness.epoch)
        #expect(heritage.view == [ClusterHarness.member, ClusterHarness.other])
        #expect(harness.accepts)
        enter(&harness)
        #expect(harness.accepts)
    }

    @Test("a host whose lease ends before the probe is confirmed is not sure, and takes its copies off the board")
    func probed() throws {
        var harness = holding()
        harness.changeEpoch()
        harness.pass(4_500)
        harness.lose()
        harness.pass(600)
        harness.take(.connected)
        harness.lose()
        harness.pass(5_000)
        harness.changeEpoch()
        harness.reply(.probed)
        #expect(harness.reports == [.doubted(1)])
        #expect(harness.actions.contains { if case .suspendAll = $0 { true } else { false } })
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        #expect(try #require(harness.joining?.heritage).isSure == false)
    }

    @Test("doubtful copies are refused, whatever lease there is, until the older epochs are complete")
    func doubtful() {
        var harness = doubting()
        #expect(harness.host.hasLease(at: harness.now))
        #expect(!harness.accepts)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers == [.unavailable])
        harness.pass(2_500)
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        #expect(!harness.accepts, "the stream has not come so far yet")
        harness.read(3, .left(ClusterHarness.other), ordinal: 2)
        #expect(harness.reports == [.trusted])
        #expect(harness.actions.contains { if case .resumeAll = $0 { true } else { false } })
        #expect(harness.accepts)
    }

    @Test("the end of a doubtful copy that the new stream tells is one")
    func endedInDoubt() {
        var harness = holding()
        loseLease(&harness)
        harness.changeEpoch()
        harness.readNewStream([ClusterHarness.ended()])
        enter(&harness, number: 3)
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        #expect(harness.reports == [.trusted, .recovered])
        #expect(!harness.accepts)
    }

    @Test("doubtful copies are dropped after five minutes, and the sessions are nobody's then")
    func doubtEnds() {
        var harness = doubting()
        var reports: [ClusterReport] = []
        var isResumed = false
        for _ in 0..<121 where !reports.contains(.doubtOver(dropped: 1)) {
            harness.pass(2_500)
            reports += harness.reports
            isResumed = harness.actions.contains { if case .resumeAll = $0 { true } else { false } }
            harness.replyToBeat(ClusterHarness.granted(2, isWhole: false, members: Self.both))
        }
        #expect(reports.contains(.doubtOver(dropped: 1)))
        #expect(isResumed, "the board takes copies again")
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        harness.reply(.foundDoubtful)
        #expect(harness.answers == [.absent])
    }

    @Test("tells what the new stream has not told: ends, ends of realms before those of users, and changes")
    func tells() throws {
        var harness = holding()
        let others = (0..<3).map { SharedDigest(high: 4, low: $0) }
        let stamps = (0..<9).map { Stamp(ordinal: 1, number: $0) }
        harness.read(5, ClusterHarness.ended(others[0], tag: .none))
        harness.read(6, ClusterHarness.ended(others[1], tag: .none))
        harness.read(7, .userEnded(bucket: 9, stamp: stamps[7], spared: .none, until: 2_000_000))
        harness.read(8, .realmEnded(realm: 3, stamp: stamps[8], until: 2_000_000))
        harness.read(9, ClusterHarness.changed(others[2], version: 2, nonce: 6))
        harness.changeEpoch()
        harness.readNewStream([ClusterHarness.ended(others[0], tag: .none)])
        guard case .restoreEnds(let ends)? = harness.open.last?.call else {
            Issue.record("no end is told")
            return
        }
        #expect(ends.map(\.digest) == [others[1]])
        harness.reply(.told)
        guard case .restoreAll(let lasts)? = harness.open.last?.call else {
            Issue.record("no end of all is told")
            return
        }
        #expect(lasts.map(\.stamp) == [stamps[8], stamps[7]])
        harness.reply(.told)
        let change = KnownChange(
            digest: others[2], edition: Edition(era: 1, version: 2), nonce: 6, absolute: 2_000_000)
        #expect(harness.open.last?.call == .restoreChanges([change]))
        harness.reply(.told)
        #expect(harness.joining != nil)
    }

    @Test("tells, before an end of all that spared a session, the last one that did not spare it")
    func tellsBoth() {
        var harness = holding()
        let stamps = (0..<9).map { Stamp(ordinal: 1, number: $0) }
        for number in 5...7 {
            let spared = number == 5 ? SessionTag.none : SessionTag(78)
            harness.read(
                UInt64(number), .userEnded(bucket: 9, stamp: stamps[number], spared: spared, until: 2_000_000))
        }
        harness.changeEpoch()
        harness.readNewStream()
        guard case .restoreAll(let lasts)? = harness.open.last?.call else {
            Issue.record("no end of all is told")
            return
        }
        #expect(lasts.map(\.stamp) == [stamps[5], stamps[7]])
    }

    @Test("puts its copies back once the older epochs are complete, and says when it is through")
    func putsBack() throws {
        var harness = entered()
        harness.replyToBeat(ClusterHarness.granted(2, isWhole: false, members: Self.halfway))
        #expect(harness.putBack == nil)
        harness.pass(2_500)
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.halfway))
        let stamp = ClusterHarness.record().stamp
        #expect(harness.putBack == [PutBack(digest: ClusterHarness.digest, stamp: stamp, era: 1, record: nil)])
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.halfway))
        guard case .beat(_, _, _, _, let isThrough, _)? = harness.open.last?.call else {
            Issue.record("no beat says that the host is through")
            return
        }
        #expect(isThrough)
        #expect(harness.accepts)
    }

    @Test("a copy that is refused as ended is put back once more when the stream has come to there, and dropped then")
    func putsBackWhatEnded() {
        var harness = entered()
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.both))
        harness.replyToPutBack(.putBack(ended: [ClusterHarness.digest]))
        #expect(harness.accepts)
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        #expect(harness.putBack == nil, "the stream has not come so far yet")
        #expect(!harness.reports.contains(.recovered))
        harness.read(3, .left(ClusterHarness.other), ordinal: 2)
        #expect(harness.putBack?.map(\.digest) == [ClusterHarness.digest])
        harness.replyToPutBack(.putBack(ended: [ClusterHarness.digest]))
        #expect(!harness.accepts)
    }

    @Test("a copy that is refused as ended is put back with the stamp of the end that has spared it")
    func putsBackWhatWasSpared() {
        var harness = entered()
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.both))
        harness.replyToPutBack(.putBack(ended: [ClusterHarness.digest]))
        let stamp = Stamp(ordinal: 1, number: 9)
        harness.read(
            3, .userEnded(bucket: 0x8000_0001, stamp: stamp, spared: SessionTag(77), until: 2_000_000), ordinal: 2)
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        #expect(harness.putBack == [PutBack(digest: ClusterHarness.digest, stamp: stamp, era: 1, record: nil)])
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        #expect(harness.reports.contains(.recovered))
        #expect(harness.accepts)
    }

    @Test("what the store lacks is unavailable until all hosts have put back what they hold, and absent then")
    func unavailable() {
        var harness = entered()
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.halfway))
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.halfway))
        let unknown = SharedDigest(high: 5, low: 5)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, unknown))
        harness.reply(.foundNothing)
        #expect(harness.answers == [.unavailable])
        harness.pass(2_500)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, unknown))
        let early = harness.open.removeLast()
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.both))
        #expect(harness.reports == [.recovered])
        harness.take(.replied(early.id, .foundNothing))
        #expect(harness.answers.isEmpty, "the store may have got it since: it is asked again")
        harness.reply(.foundNothing)
        #expect(harness.answers == [.absent])
    }

    @Test("what the store lacks is unavailable while anybody has still to come, known to this host or not")
    func lacking() {
        var harness = entered()
        harness.replyToBeat(ClusterHarness.granted(2, lacksHosts: true, members: Self.both))
        harness.replyToPutBack(.putBack(ended: []))
        harness.replyToBeat(ClusterHarness.granted(2, lacksHosts: true, members: Self.both))
        let unknown = SharedDigest(high: 5, low: 5)
        for (lacksHosts, answer) in [(true, ClusterAnswer.unavailable), (false, .absent)] {
            harness.pass(2_500)
            harness.replyToBeat(ClusterHarness.granted(2, lacksHosts: lacksHosts, members: Self.both))
            harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, unknown))
            harness.reply(.foundNothing)
            #expect(harness.answers == [answer])
        }
    }

    @Test("a host whose epoch is not older than the store's drops its copies, and joins without it")
    func behind() throws {
        var harness = holding()
        harness.changeEpoch()
        harness.readNewStream()
        harness.reply(.refused(.behind))
        #expect(harness.reports == [.epochEntered(ClusterHarness.newEpoch, dropped: 1)])
        #expect(!harness.accepts)
        harness.pass(200)
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        #expect(try #require(harness.joining).heritage == nil)
    }

    @Test("an end of all that spares a session waits until all hosts have put back what they hold")
    func sparing() {
        var harness = holding()
        harness.changeEpoch()
        let target = EndTarget.user(bucket: 9, spared: SessionTag(78), until: 2_000_000, note: [])
        harness.readNewStream()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, target))
        harness.reply(.joined(number: 2))
        harness.read(2, .joined(ClusterHarness.member), ordinal: 2)
        let call = StoreCall.end(ClusterHarness.member, joined: 2, acknowledged: 0, target)
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.both))
        harness.replyToPutBack(.putBack(ended: []))
        #expect(!harness.open.contains { $0.call == call })
        harness.replyToBeat(ClusterHarness.granted(2, members: Self.both))
        #expect(harness.open.contains { $0.call == call })
    }

    @Test("a member that has come counts once all members have read what it told before its join")
    func readByAll() {
        var harness = entered()
        let members = [ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other, joined: 6)]
        harness.replyToBeat(ClusterHarness.granted(2, members: members))
        harness.replyToPutBack(.putBack(ended: []))
        for (minimum, reports) in [(5, []), (6, [.recovered])] as [(UInt64, [ClusterReport])] {
            harness.replyToBeat(ClusterHarness.granted(2, minimum: minimum, members: members))
            #expect(harness.reports == reports)
            harness.pass(2_500)
        }
    }

    @Test("a host whose table of ends has overflowed tells a new epoch nothing that it has heard since")
    func overflowed() throws {
        var harness = ClusterHarness { $0.endCapacity = 2 }
        harness.join()
        for number in 5...6 as ClosedRange<UInt64> {
            let digest = SharedDigest(high: number, low: 1)
            harness.read(number, ClusterHarness.ended(digest, tag: SessionTag(number)))
        }
        #expect(harness.reports.contains(.endsOverflowed(dropped: 0)))
        harness.read(
            7,
            .userEnded(
                bucket: 9, stamp: Stamp(ordinal: 1, number: 7), spared: SessionTag(78), until: 2_000_000, note: []))
        harness.changeEpoch()
        harness.read(1, .opened(ClusterHarness.newEpoch), ordinal: 2)
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        #expect(try #require(harness.joining).heritage == nil)
    }

    @Test("copies that are doubtful when their epoch ends are dropped")
    func doubtEndsWithEpoch() {
        var harness = doubting()
        #expect(harness.host.copyCount == 1)
        harness.changeEpoch(to: Epoch(9), ordinal: 3)
        #expect(harness.host.copyCount == 0)
    }

    @Test("a host that is waited for when the epoch ends must come to the next one too: it may have joined unseen")
    func unseen() throws {
        var harness = holding()
        harness.read(5, .joined(ClusterHarness.other))
        harness.changeEpoch()
        harness.readNewStream()
        enter(&harness)
        harness.replyToBeat(ClusterHarness.granted(2, members: [ClusterHarness.count()]))
        harness.changeEpoch(to: Epoch(9), ordinal: 3)
        harness.readNewStream(epoch: Epoch(9), ordinal: 3)
        let heritage = try #require(harness.joining?.heritage)
        #expect(heritage.epoch == ClusterHarness.newEpoch)
        #expect(heritage.view == [ClusterHarness.member, ClusterHarness.other])
    }

    @Test("members that the stream adds must come, and those that a beat no longer lists need not")
    func view() throws {
        let third = MemberID(high: 3, low: 3)
        var harness = holding()
        harness.read(5, .joined(third))
        harness.read(6, .left(ClusterHarness.other))
        harness.replyToBeat(ClusterHarness.granted(4, members: [ClusterHarness.count()]))
        harness.changeEpoch()
        harness.readNewStream()
        #expect(try #require(harness.joining?.heritage).view == [ClusterHarness.member, third])
    }

    @Test("a change whose fate is unknown is kept over the epoch, and put back where others have seen it")
    func keepsChange() {
        var harness = holding()
        let record = ClusterHarness.record(version: 2, nonce: 6)
        harness.take(
            .changeAsked(
                harness.request(), ClusterHarness.owner,
                ChangeOrder(digest: ClusterHarness.digest, record: record)))
        harness.changeEpoch()
        harness.readNewStream([ClusterHarness.changed(version: 2, nonce: 6)])
        #expect(!harness.accepts)
        harness.reply(.joined(number: 3))
        harness.read(3, .joined(ClusterHarness.member), ordinal: 2)
        harness.replyToBeat(ClusterHarness.granted(3, members: Self.both))
        #expect(
            harness.putBack == [
                PutBack(digest: ClusterHarness.digest, stamp: record.stamp, era: 1, record: record)
            ])
    }

    @Test("an entry of an epoch that no call has told of is not applied: the store is asked what it is")
    func newerEntry() {
        var harness = holding()
        harness.read(1, ClusterHarness.ended(), ordinal: 2)
        #expect(harness.open.last?.call == .hello)
        #expect(harness.accepts)
    }
}
