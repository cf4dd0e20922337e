import Testing
import UsherCluster

@Suite("Claims of a host")
struct ClusterHostClaimTests {
    private static let order = ClaimOrder(name: ClusterHarness.digest, mark: 1, until: 1_000_060)
    private static let call = StoreCall.claim(ClusterHarness.digest, mark: 1, until: 1_000_060)

    private func harness(_ change: (inout ClusterLimits) -> Void = { _ in }) -> ClusterHarness {
        var harness = ClusterHarness(change)
        harness.join()
        return harness
    }

    private func ask(_ harness: inout ClusterHarness, _ owner: ShareOwner = ClusterHarness.owner) {
        harness.take(.claimAsked(harness.request(), owner, Self.order))
    }

    @Test(
        "the store decides; what it does not answer counts as not claimed",
        arguments: [
            (.claimed(true), .done), (.claimed(false), .conflict), (.refused(.cancelled), .cancelled),
            (.refused(.epoch), .unavailable), (.refused(.other), .unavailable), (.told, .unavailable),
        ] as [(StoreReply, ClusterAnswer)])
    func decides(reply: StoreReply, answer: ClusterAnswer) {
        var harness = harness()
        ask(&harness)
        #expect(harness.open.last?.call == Self.call)
        harness.reply(reply)
        #expect(harness.answers == [answer])
    }

    @Test("a host that is no member asks nobody")
    func noMember() {
        var harness = ClusterHarness()
        ask(&harness)
        #expect(harness.answers == [.unavailable] && harness.open.isEmpty)
    }

    @Test("a claim whose answer is lost is answered unavailable once, and is never sent again")
    func lost() {
        var harness = harness()
        ask(&harness)
        harness.take(.disconnected)
        #expect(harness.answers == [.unavailable])
        harness.lose()
        harness.join()
        #expect(!harness.open.contains { $0.call == Self.call })
        #expect(harness.answers.isEmpty)
    }

    @Test("a claim that is under way when the epoch changes is answered unavailable, whatever the store says later")
    func epoch() {
        var harness = harness()
        ask(&harness)
        let call = harness.open.removeLast()
        harness.pass(2_500)
        harness.replyToBeat(.refused(.epoch))
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        #expect(harness.answers == [.unavailable])
        harness.take(.replied(call.id, .claimed(true)))
        #expect(harness.answers.isEmpty)
    }

    @Test("who waits for longer than 3 s is answered unavailable, and a later answer of the store changes nothing")
    func late() {
        var harness = harness()
        ask(&harness)
        let call = harness.open.removeLast()
        harness.pass(2_999)
        #expect(harness.answers.isEmpty)
        harness.pass(1)
        #expect(harness.answers == [.unavailable])
        harness.take(.replied(call.id, .claimed(true)))
        #expect(harness.answers.isEmpty)
    }

    @Test("claims under way are bounded, each owner has a share, and places come back when the store has answered")
    func bounds() {
        var harness = harness { ($0.claimCapacity, $0.claimShare) = (3, 2) }
        let other = ShareOwner(uid: 2_000)
        let answers = [ClusterHarness.owner, ClusterHarness.owner, ClusterHarness.owner, other, other].map { owner in
            ask(&harness, owner)
            return harness.answers
        }
        #expect(answers == [[], [], [.busy], [], [.busy]])
        // Their patience ends, and their places stay taken: the store may still be busy with them.
        harness.pass(3_000)
        ask(&harness)
        #expect(harness.answers == [.busy])
        harness.open.removeAll { $0.call != Self.call }
        for _ in 0..<3 { harness.reply(.claimed(true)) }
        ask(&harness)
        #expect(harness.answers.isEmpty && harness.open.last?.call == Self.call)
    }

    @Test("a restart of the daemon begins without claims")
    func restart() {
        var harness = harness { ($0.claimCapacity, $0.claimShare) = (1, 1) }
        ask(&harness)
        harness.restart()
        harness.join()
        ask(&harness)
        #expect(harness.answers.isEmpty && harness.open.last?.call == Self.call)
    }
}
