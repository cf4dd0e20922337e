import Testing
import UsherCluster

@Suite("A host that is gone for good, and what administrators are shown")
struct ClusterHostForgetTests {
    private static let other = ClusterHarness.count(ClusterHarness.other)
    private static let stranger = MemberID(high: 3, low: 3)

    private func isForget(_ call: StoreCall) -> Bool { if case .forget = call { true } else { false } }

    private func answer(_ harness: ClusterHarness, _ request: RequestID) -> ClusterAnswer? {
        for action in harness.actions { if case .answer(request, let answer) = action { return answer } }
        return nil
    }

    /// Asks to forget `member`; what was answered at once.
    private func ask(_ harness: inout ClusterHarness, _ member: MemberID?) -> (RequestID, ClusterAnswer?) {
        let request = harness.request()
        harness.take(.forgetAsked(request, member))
        return (request, answer(harness, request))
    }

    /// The store takes what the host tells it, and its join as entry 2.
    private func comeIn(_ harness: inout ClusterHarness) {
        while !harness.open.isEmpty, !harness.host.isMember {
            if case .join = harness.open[harness.open.count - 1].call {
                harness.reply(.joined(number: 2))
            } else {
                harness.reply(.told)
            }
        }
    }

    @Test("a member whose beats are seen, and the host itself, are not forgotten")
    func live() {
        var harness = ClusterHarness()
        harness.join([ClusterHarness.count(), Self.other])
        #expect(ask(&harness, ClusterHarness.other).1 == .conflict)
        #expect(ask(&harness, ClusterHarness.member).1 == .conflict)
        #expect(!harness.open.contains { isForget($0.call) })
    }

    @Test("a member that has fallen silent is forgotten once it is expelled, and not before")
    func silent() {
        var harness = ClusterHarness()
        harness.join([ClusterHarness.count(), Self.other])
        for beats in 1...6 as ClosedRange<UInt64> {
            harness.pass(2_500)
            harness.replyToBeat(ClusterHarness.granted(4, members: [ClusterHarness.count(beats: beats), Self.other]))
        }
        #expect(ask(&harness, ClusterHarness.other).1 == .conflict)
        #expect(!harness.open.contains { isForget($0.call) })
        harness.pass(2_500)
        harness.replyToBeat(ClusterHarness.granted(4, members: [ClusterHarness.count(beats: 7)]))
        let (request, early) = ask(&harness, ClusterHarness.other)
        #expect(early == nil && harness.open.contains { isForget($0.call) })
        harness.reply(.forgotten)
        #expect(answer(harness, request) == .done)
    }

    @Test("one that has joined meanwhile is not forgotten, as the store knows")
    func joined() {
        var harness = ClusterHarness()
        harness.join()
        let (request, _) = ask(&harness, Self.stranger)
        harness.reply(.refused(.conflict))
        #expect(answer(harness, request) == .conflict)
    }

    @Test("a host that is no member is forgotten at once; one request at a time")
    func stranger() {
        var harness = ClusterHarness()
        harness.join([ClusterHarness.count(), Self.other])
        let (request, _) = ask(&harness, Self.stranger)
        #expect(ask(&harness, Self.stranger).1 == .busy)
        harness.reply(.refused(.unconfirmed))
        #expect(answer(harness, request) == .unavailable)
        let (second, _) = ask(&harness, Self.stranger)
        harness.reply(.forgotten)
        #expect(answer(harness, second) == .done)
    }

    @Test("members that have still to put back what they hold are waited for when all others are forgotten")
    func all() {
        var harness = ClusterHarness()
        harness.join([ClusterHarness.count(), Self.other])
        harness.hold()
        harness.changeEpoch()
        harness.readNewStream()
        comeIn(&harness)
        harness.read(2, .joined(ClusterHarness.member), ordinal: 2)
        let other = ClusterHarness.count(ClusterHarness.other, isThrough: false)
        harness.replyToBeat(ClusterHarness.granted(2, isWhole: false, members: [ClusterHarness.count(), other]))
        let (request, _) = ask(&harness, nil)
        let at = harness.open.firstIndex { isForget($0.call) }!
        harness.take(.replied(harness.open.remove(at: at).id, .forgotten))
        #expect(answer(harness, request) == .done)
        #expect(harness.host.status(at: harness.now).awaited.map(\.id) == [ClusterHarness.other])
    }

    @Test("one that has joined after the last list was shown is not forgotten")
    func fresh() {
        var harness = ClusterHarness()
        harness.join()
        harness.read(5, .joined(Self.stranger))
        #expect(ask(&harness, Self.stranger).1 == .conflict)
    }

    @Test("the request is answered where the connection or the epoch is lost, and where there is no lease")
    func lost() {
        var harness = ClusterHarness()
        #expect(ask(&harness, Self.stranger).1 == .unavailable)
        harness.join()
        let (first, _) = ask(&harness, Self.stranger)
        harness.take(.disconnected)
        #expect(answer(harness, first) == .unavailable)
        harness.lose()
        harness.join()
        let (second, _) = ask(&harness, Self.stranger)
        harness.reply(.refused(.epoch))
        #expect(answer(harness, second) == .unavailable)
    }

    @Test("the status shows the members, how old their beats are, and the lease")
    func status() {
        var harness = ClusterHarness()
        #expect(harness.host.status(at: harness.now).stage == .away)
        harness.join([ClusterHarness.count(), Self.other])
        harness.pass(700)
        let status = harness.host.status(at: harness.now)
        #expect(status.stage == .member && status.isWhole && status.fault == nil)
        #expect(status.members.map(\.id) == [ClusterHarness.member, ClusterHarness.other])
        #expect(status.members.map(\.name) == ["one", "two"])
        #expect(status.members.map(\.age) == [.milliseconds(700), .milliseconds(700)])
        #expect(status.lease == .milliseconds(9_300) && status.acknowledged == 4)
        harness.hold()
        #expect(status.doubtful == 0 && status.ends == 0)
    }

    @Test(
        "the status says why the store is not joined",
        arguments: [
            (ClusterHarness.greeting(evictsKeys: true), ClusterRefusal.evictsKeys),
            (ClusterHarness.greeting(lease: 5_000), .otherLease), (ClusterHarness.greeting(check: 1), .otherKey),
        ])
    func refused(_ greeting: StoreReply, _ refusal: ClusterRefusal) {
        var harness = ClusterHarness()
        harness.take(.connected)
        harness.reply(greeting)
        let status = harness.host.status(at: harness.now)
        #expect(status.stage == .joining && status.fault == refusal && !refusal.text.isEmpty)
    }

    @Test("a store whose clock is another one is not joined, not even while it is empty")
    func skewed() {
        var harness = ClusterHarness()
        harness.take(.connected)
        guard case .hello(var greeting) = ClusterHarness.greeting(epoch: nil) else { return }
        greeting.isSkewed = true
        harness.reply(.hello(greeting))
        #expect(harness.host.status(at: harness.now).fault == .otherClock)
        #expect(!harness.open.contains { if case .open = $0.call { true } else { false } })
    }

    @Test(
        "after a loss the status names who is waited for, also when the waiting is over, until somebody forgets them",
        arguments: [ClusterHarness.other, nil], [false, true])
    func awaited(_ forgotten: MemberID?, isWhole: Bool) {
        var harness = ClusterHarness()
        harness.join([ClusterHarness.count(), Self.other])
        harness.hold()
        harness.changeEpoch()
        harness.pass(20_000)
        harness.lose()
        harness.take(.disconnected)
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        harness.readNewStream()
        comeIn(&harness)
        harness.read(2, .joined(ClusterHarness.member), ordinal: 2)
        let alone = ClusterHarness.granted(
            2, isWhole: isWhole, lacksHosts: true, members: [ClusterHarness.count()])
        harness.replyToBeat(alone)
        var status = harness.host.status(at: harness.now)
        #expect(status.awaited.map(\.id) == [ClusterHarness.other] && status.awaited.first?.name == "two")
        #expect(status.isWhole == isWhole && status.doubtful == (isWhole ? 0 : 1))
        for _ in 0..<130 {
            harness.pass(2_500)
            while harness.open.contains(where: { if case .beat = $0.call { true } else { false } }) {
                harness.replyToBeat(alone)
            }
        }
        status = harness.host.status(at: harness.now)
        #expect(status.awaited.map(\.id) == [ClusterHarness.other] && status.doubtful == 0)
        let (request, _) = ask(&harness, forgotten)
        let at = harness.open.firstIndex { isForget($0.call) }!
        harness.take(.replied(harness.open.remove(at: at).id, .forgotten))
        #expect(answer(harness, request) == .done)
        #expect(harness.host.status(at: harness.now).awaited.isEmpty)
    }
}
