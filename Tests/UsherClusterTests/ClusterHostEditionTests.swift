import Testing

@testable import UsherCluster

@Suite("Records of one session from two epochs")
struct ClusterHostEditionTests {
    private static let digest = ClusterHarness.digest

    private func holding(_ record: SharedRecord) -> ClusterHarness {
        var harness = ClusterHarness()
        harness.join()
        harness.passFence()
        harness.hold(record)
        harness.open = []
        return harness
    }

    private func change(_ harness: inout ClusterHarness, to record: SharedRecord) {
        let order = ChangeOrder(digest: Self.digest, record: record)
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
    }

    @Test("a change of a newer epoch drops a copy of an older one, whatever the versions")
    func newerEra() {
        var harness = holding(ClusterHarness.record(version: 3, era: 1))
        harness.read(5, ClusterHarness.changed(version: 2, era: 2, nonce: 6))
        #expect(!harness.accepts)
    }

    @Test("a change of an older epoch that is told late drops no copy of a newer one")
    func olderEra() {
        var harness = holding(ClusterHarness.record(version: 2, era: 2))
        harness.read(5, ClusterHarness.changed(version: 3, era: 1, nonce: 6))
        #expect(harness.accepts)
    }

    @Test("a record that its sender tells again stays, and what is made from it names the newer epoch")
    func toldAgain() {
        var harness = holding(ClusterHarness.record(version: 3, era: 1))
        harness.read(5, ClusterHarness.changed(version: 3, era: 2, nonce: 5))
        #expect(harness.accepts)
        harness.open = []
        let record = ClusterHarness.record(version: 4, nonce: 7)
        change(&harness, to: record)
        let base = Edition(era: 2, version: 3)
        #expect(harness.open.last?.call == .change(ClusterHarness.member, Self.digest, from: base, record))
    }

    @Test("a change names the record that it was made from, and a rotation too")
    func names() {
        var harness = holding(ClusterHarness.record(version: 2, era: 7))
        let record = ClusterHarness.record(version: 3, nonce: 6)
        change(&harness, to: record)
        let base = Edition(era: 7, version: 2)
        #expect(harness.open.last?.call == .change(ClusterHarness.member, Self.digest, from: base, record))
        harness.reply(.changed(number: 5, minimum: 4))
        harness.open = []
        let (rotated, new) = (ClusterHarness.record(version: 3, nonce: 8), SharedDigest(high: 10, low: 10))
        let order = MoveOrder(old: Self.digest, new: new, record: rotated)
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, order))
        let note = Succession(digest: new, edition: Edition(era: 1, version: 3)).note
        #expect(
            harness.open.last?.call
                == .move(ClusterHarness.member, old: Self.digest, new: new, era: 1, rotated, note: note),
            "the change was executed in the epoch with the ordinal 1")
    }

    @Test("what this host made and the new stream has not told is told with its epoch")
    func told() {
        var harness = holding(ClusterHarness.record())
        let record = ClusterHarness.record(version: 2, nonce: 6)
        change(&harness, to: record)
        harness.reply(.changed(number: 5, minimum: 4))
        harness.changeEpoch()
        harness.readNewStream()
        let known = KnownChange(
            digest: Self.digest, edition: Edition(era: 1, version: 2), nonce: 6, absolute: 2_000_000)
        #expect(harness.open.last?.call == .restoreChanges([known]))
    }

    @Test("a change of an older epoch is not told where the new stream has a newer one with a lower version")
    func isNotTold() {
        var harness = holding(ClusterHarness.record(version: 3, era: 1))
        harness.read(5, ClusterHarness.changed(version: 4, era: 1, nonce: 6))
        harness.changeEpoch(ordinal: 3)
        harness.readNewStream([ClusterHarness.changed(version: 2, era: 2, nonce: 9)], ordinal: 3)
        #expect(harness.joining != nil)
    }

    @Test("what was sent in an older epoch is not put back where the new stream has a newer record")
    func isNotPutBack() {
        var harness = holding(ClusterHarness.record())
        change(&harness, to: ClusterHarness.record(version: 3, nonce: 6))
        harness.changeEpoch(ordinal: 3)
        let entries = [(3, 1, 6), (2, 2, 9)].map { (version: UInt64, era: UInt64, nonce: UInt64) in
            ClusterHarness.changed(version: version, era: era, nonce: nonce)
        }
        harness.readNewStream(entries, ordinal: 3)
        harness.reply(.joined(number: 4))
        harness.read(4, .joined(ClusterHarness.member), ordinal: 3)
        harness.replyToBeat(ClusterHarness.granted(4))
        #expect(harness.putBack == [])
    }

    @Test("the answer to a change that was made in an older epoch is not taken for one of the new epoch")
    func lateAnswer() throws {
        var harness = holding(ClusterHarness.record())
        change(&harness, to: ClusterHarness.record(version: 2, nonce: 6))
        let call = try #require(harness.open.last { if case .change = $0.call { true } else { false } })
        harness.read(1, .opened(ClusterHarness.newEpoch), ordinal: 2)
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        harness.take(.replied(call.id, .changed(number: 0, minimum: 9)))
        #expect(harness.answers.isEmpty)
        #expect(!harness.actions.contains { if case .adopt = $0 { true } else { false } })
    }
}
