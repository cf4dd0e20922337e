import Testing
import UsherCluster

@Suite("Lists of a host")
struct ClusterHostListTests {
    private static let bucket: UInt32 = 0x8000_0001
    private static let session = ListedSession(digest: ClusterHarness.digest, record: ClusterHarness.record())

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
        #expect(harness.open.last?.call == .list(bucket: Self.bucket, after: SessionTag(7), count: 100))
        harness.reply(.listed([Self.session], next: SessionTag(77)))
        guard case .listed(let sessions, let next, let isWhole)? = harness.answers.first else {
            Issue.record("not answered: \(harness.answers)")
            return
        }
        #expect(sessions == [Self.session] && next == SessionTag(77))
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

    @Test("an owner has so many lists and fetches at once, and no more")
    func share() {
        var harness = asked { $0.fetchShare = 2 }
        harness.ask()
        harness.ask()
        #expect(harness.answers == [.busy])
        harness.pass(3_000)
        harness.ask()
        #expect(harness.answers.isEmpty)
    }
}

extension ClusterHarness {
    fileprivate mutating func ask() {
        take(.listAsked(request(), Self.owner, bucket: 0x8000_0001, after: SessionTag(7)))
    }
}
