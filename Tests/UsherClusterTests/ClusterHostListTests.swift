import Testing
import UsherCluster

@Suite("Lists of a host")
struct ClusterHostListTests {
    private static let bucket: UInt32 = 0x8000_0001
    fileprivate static let place = ListPlace(cursor: 3, after: SessionTag(7))
    private static let next = ListPlace(cursor: 9, after: SessionTag(77))
    private static let session = ListedSession(
        digest: ClusterHarness.digest, record: ClusterHarness.record(), cursor: 5)

    private func asked(_ change: (inout ClusterLimits) -> Void = { _ in }) -> ClusterHarness {
        var harness = ClusterHarness(change)
        harness.join()
        harness.passFence()
        harness.ask()
        return harness
    }

    @Test("a list is answered as the store has it, and nothing of it is held")
    func listed() {
        var harness = asked()
        #expect(harness.open.last?.call == .list(bucket: Self.bucket, from: Self.place, count: 100))
        harness.reply(.listed([Self.session], next: Self.next))
        guard case .listed(let sessions, let next, let isWhole)? = harness.answers.first else {
            Issue.record("not answered: \(harness.answers)")
            return
        }
        #expect(sessions == [Self.session] && next == Self.next)
        #expect(isWhole)
        #expect(harness.host.copyCount == 0 && !harness.accepts)
    }

    @Test("what has ended meanwhile is not listed")
    func ended() {
        var harness = asked()
        let list = harness.open.removeLast()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        harness.take(.replied(list.id, .listed([Self.session], next: nil)))
        guard case .listed(let sessions, _, _)? = harness.answers.first else {
            Issue.record("not answered: \(harness.answers)")
            return
        }
        #expect(sessions.isEmpty)
    }

    @Test(
        "a list that the store does not answer as one is unavailable",
        arguments: [StoreReply.refused(.incomplete), .refused(.other), .refused(.epoch), .probed])
    func refused(reply: StoreReply) {
        var harness = asked()
        harness.reply(reply)
        #expect(harness.answers == [.unavailable])
    }

    @Test("a list is unavailable after 3 s, and when the connection is lost, and where this host is no member")
    func late() {
        var harness = asked()
        harness.pass(2_999)
        #expect(harness.answers.isEmpty)
        harness.pass(1)
        #expect(harness.answers == [.unavailable])
        harness.ask()
        harness.take(.disconnected)
        #expect(harness.answers == [.unavailable])
        harness.ask()
        #expect(harness.answers == [.unavailable])
    }

    @Test("an owner has 32 lists at once, all owners 64, and none takes a fetch's place")
    func share() {
        var harness = asked { ($0.fetchShare, $0.fetchCapacity) = (1, 1) }
        for _ in 1..<32 { harness.ask() }
        #expect(harness.answers.isEmpty)
        harness.ask()
        #expect(harness.answers == [.busy])
        for _ in 0..<32 { harness.ask(ShareOwner(uid: 5_001)) }
        #expect(harness.answers.isEmpty)
        harness.ask(ShareOwner(uid: 6_000))
        #expect(harness.answers == [.busy])
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers.isEmpty && harness.open.last?.call == .get(ClusterHarness.digest))
    }

    @Test("the store reads one list at a time, in the order in which they were asked for")
    func oneAtATime() {
        var harness = asked()
        let lists = { (harness: ClusterHarness) in
            harness.open.filter { if case .list = $0.call { true } else { false } }.count
        }
        harness.ask()
        harness.ask()
        #expect(lists(harness) == 1)
        for _ in 0..<3 {
            #expect(lists(harness) == 1)
            harness.reply(.listed([], next: nil))
            #expect(harness.answers.count == 1)
        }
        #expect(lists(harness) == 0)
    }

    @Test("a list that is late keeps its place until the store has answered; those that were not sent do not")
    func lateKeepsItsPlace() {
        var harness = asked { $0.listShare = 2 }
        harness.ask()
        let list = harness.open.removeLast()
        harness.pass(3_000)
        #expect(harness.answers == [.unavailable, .unavailable])
        harness.ask()
        #expect(harness.answers.isEmpty)
        harness.ask()
        #expect(harness.answers == [.busy])
        harness.take(.replied(list.id, .listed([Self.session], next: nil)))
        #expect(harness.answers.isEmpty)
        harness.ask()
        #expect(harness.answers.isEmpty)
    }

    @Test("a page that goes on where it began, or has more sessions than were asked for, is no list")
    func noProgress() {
        var harness = asked { $0.listBatch = 2 }
        harness.reply(.listed([Self.session], next: Self.place))
        #expect(harness.answers == [.unavailable])
        harness.ask()
        harness.reply(.listed([Self.session, Self.session, Self.session], next: nil))
        #expect(harness.answers == [.unavailable])
        harness.ask()
        harness.reply(.listed([Self.session, Self.session], next: nil))
        #expect(harness.answers != [.unavailable])
    }

    @Test("in another epoch, and once this host leaves, no list waits")
    func void() {
        var harness = asked()
        harness.ask()
        harness.reply(.refused(.epoch))
        #expect(harness.answers == [.unavailable, .unavailable])
        harness = asked()
        harness.ask()
        harness.take(.leaveAsked)
        #expect(harness.answers == [.unavailable, .unavailable])
    }
}

extension ClusterHarness {
    fileprivate mutating func ask(_ owner: ShareOwner = Self.owner) {
        take(.listAsked(request(), owner, bucket: 0x8000_0001, from: ClusterHostListTests.place))
    }
}
