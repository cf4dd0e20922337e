import Testing
import UsherCluster

@Suite("The way of a host into the cluster")
struct ClusterHostJoinTests {
    @Test("opens a store that nobody has opened, and joins once it has read the stream twice asked")
    func opens() throws {
        var harness = ClusterHarness()
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(epoch: nil, ordinal: 0, isOpen: false, number: 0))
        guard case .open(let old, _, _, let lease, _)? = harness.open.last?.call else {
            Issue.record("no epoch is opened")
            return
        }
        #expect(old == nil)
        #expect(lease == 10_000)
        harness.reply(.opened)
        harness.reply(ClusterHarness.greeting(number: 1))
        harness.read(1, .opened(ClusterHarness.epoch))
        harness.reply(ClusterHarness.greeting(number: 1))
        let join = try #require(harness.joining)
        #expect(join.member == ClusterHarness.member)
        #expect(join.name == "one")
        #expect(join.acknowledged == 1)
        #expect(join.heritage == nil)
        harness.reply(.joined(number: 2))
        #expect(harness.host.isMember)
        #expect(harness.host.lease == .boot)
        #expect(harness.reports == [.joined])
    }

    @Test(
        "refuses a store that breaks the promise, says why, and asks again",
        arguments: [
            (ClusterHarness.greeting(evictsKeys: true), ClusterRefusal.evictsKeys),
            (ClusterHarness.greeting(check: 4), .otherKey), (ClusterHarness.greeting(lease: 9_000), .otherLease),
        ])
    func refuses(greeting: StoreReply, refusal: ClusterRefusal) throws {
        var harness = ClusterHarness()
        harness.take(.connected)
        harness.reply(greeting)
        #expect(harness.reports == [.refused(refusal)])
        #expect(harness.open.isEmpty)
        harness.pass(200)
        #expect(harness.open.last?.call == .hello)
    }

    @Test("a new epoch drops the copies of a host that no beat has shown the members, and is read from its start")
    func newEpoch() {
        var harness = ClusterHarness()
        harness.join([])
        harness.hold()
        harness.pass(2_500)
        harness.reply(.refused(.epoch))
        harness.reply(ClusterHarness.greeting(epoch: Epoch(8), ordinal: 2, number: 6))
        #expect(harness.reports == [.epochEntered(Epoch(8), dropped: 1)])
        #expect(harness.actions.contains { if case .dropAll = $0 { true } else { false } })
        #expect(harness.actions.contains { if case .follow(_, after: .zero) = $0 { true } else { false } })
        #expect(!harness.accepts)
    }

    @Test("a stream that was trimmed before it was read drops all shared copies")
    func gap() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.take(.disconnected)
        harness.lose()
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 9))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 9, front: Stamp(ordinal: 1, number: 8)))
        #expect(harness.reports == [.missedEntries(dropped: 1)])
        #expect(!harness.accepts)
        #expect(try #require(harness.joining).acknowledged == 9)
    }

    @Test("entries that a reading has missed are missed also where the connection is lost before that is known")
    func gapOfLostReading() {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        for front in [Stamp.zero, Stamp(ordinal: 1, number: 8)] {
            harness.take(.disconnected)
            harness.lose()
            harness.take(.connected)
            harness.reply(ClusterHarness.greeting(number: 9, front: front))
            harness.readEnd()
        }
        harness.reply(ClusterHarness.greeting(number: 9, front: Stamp(ordinal: 1, number: 8)))
        #expect(harness.reports == [.missedEntries(dropped: 1)])
        #expect(!harness.accepts)
    }

    @Test("entries that were trimmed while the host was no member are missed, whatever its old reading still brings")
    func gapWhileExpelled() {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.pass(2_500)
        harness.reply(.refused(.expelled))
        harness.read(9, .left(ClusterHarness.other))
        harness.reply(ClusterHarness.greeting(number: 9, front: Stamp(ordinal: 1, number: 8)))
        harness.read(9, .left(ClusterHarness.other))
        harness.reply(ClusterHarness.greeting(number: 9, front: Stamp(ordinal: 1, number: 8)))
        #expect(harness.reports == [.missedEntries(dropped: 1)])
        #expect(!harness.accepts)
    }

    @Test(
        "what was trimmed between the last look at the stream and the join is missed only where it matters",
        arguments: [false, true])
    func gapWhileJoining(matters: Bool) {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.reconnect()
        harness.read(9, .left(ClusterHarness.other))
        #expect(harness.accepts && harness.reports == [])
        #expect(harness.open.last?.call == .hello)
        let front = matters ? Stamp(ordinal: 1, number: 8) : .zero
        harness.reply(ClusterHarness.greeting(number: 9, front: front))
        harness.read(9, .left(ClusterHarness.other))
        harness.reply(ClusterHarness.greeting(number: 9, front: front))
        #expect(harness.accepts == !matters)
        #expect(harness.reports == (matters ? [.missedEntries(dropped: 1)] : []))
        harness.reply(.joined(number: 10))
        harness.read(10, .joined(ClusterHarness.member))
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 10)
        harness.hold()
        harness.read(12, .left(ClusterHarness.other))
        #expect(harness.reports == [.missedEntries(dropped: 1)], "a member misses none")
    }

    @Test("the greatest number and the latest clock that a store can tell stop nothing")
    func greatestNumbers() {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.read(.max, .left(ClusterHarness.other))
        harness.pass(2_500)
        harness.reply(ClusterHarness.granted(.max, minimum: .max, seconds: .max))
        harness.read(.max, .left(ClusterHarness.other), ordinal: .max)
        #expect(!harness.accepts)
        #expect(harness.open.last?.call == .hello)
    }

    @Test("what an earlier reading of the stream brings is no end of this one")
    func earlierReading() {
        var harness = ClusterHarness()
        harness.join()
        let earlier = harness.follow
        harness.pass(2_500)
        harness.reply(.refused(.expelled))
        harness.reply(ClusterHarness.greeting(number: 9))
        harness.take(.entriesRead(earlier, [], isEnd: true))
        #expect(harness.host.position.number == 4)
        #expect(harness.open.isEmpty)
        harness.readEnd()
        #expect(harness.open.last?.call == .hello)
    }

    @Test("a host that leaves ends its lease before it says so")
    func leaves() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.take(.leaveAsked)
        let lease = try #require(harness.actions.firstIndex { if case .writeLease(.boot) = $0 { true } else { false } })
        let call = try #require(harness.actions.firstIndex { if case .call = $0 { true } else { false } })
        #expect(lease < call)
        harness.reply(.left)
        #expect(harness.reports == [.left])
        harness.take(.connected)
        #expect(harness.actions.isEmpty)
    }

    @Test("an entry of a newer contract stops the host, and its lease")
    func unknownEntry() {
        var harness = ClusterHarness()
        harness.join()
        harness.read(5, .unknown(kind: 9))
        #expect(harness.reports.contains(.unknownEntry(kind: 9)))
        #expect(harness.host.lease == .boot)
        #expect(harness.host.position.number == 4)
    }

    @Test("a restart of the daemon keeps lease, copies and ends, and goes on with them")
    func restarts() {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.take(
            .endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(SharedDigest(high: 3, low: 3))))
        harness.restart()
        #expect(harness.accepts)
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.reply(.joined(number: 5))
        #expect(harness.open.contains { if case .end = $0.call { true } else { false } })
    }

    @Test("a session that is fetched after a restart, before the first beat, ends by the store's clock")
    func restartedClock() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.restart()
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.reply(.joined(number: 5))
        harness.hold()
        let ends: [BootInstant] = harness.actions.compactMap { if case .adopt(_, _, let end) = $0 { end } else { nil } }
        #expect(ends == [harness.now + .milliseconds(1_000_000_000)])
    }
}
