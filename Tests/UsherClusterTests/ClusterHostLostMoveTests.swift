import Testing

@testable import UsherCluster

@Suite("Rotations that the store has lost")
struct ClusterHostLostMoveTests {
    private static let fresh = SharedDigest(high: 10, low: 10)
    private static let next = SharedDigest(high: 11, low: 11)
    private static let succession = Succession(digest: fresh, edition: Edition(era: 1, version: 1))

    private func member() -> ClusterHarness {
        var harness = ClusterHarness()
        harness.join()
        harness.passFence()
        return harness
    }

    /// What the host tells a new epoch about the token, whose stream has told `entries`; nil: nothing.
    private func told(_ harness: inout ClusterHarness, _ entries: [StreamEntry] = []) -> KnownEnd? {
        harness.changeEpoch()
        harness.readNewStream(entries)
        guard case .restoreEnds(let ends)? = harness.open.last?.call else { return nil }
        return ends.first { $0.digest == ClusterHarness.digest }
    }

    private static let end = KnownEnd(digest: ClusterHarness.digest, absolute: 2_000_000)
    private static let move = KnownEnd(digest: ClusterHarness.digest, absolute: 2_000_000, succession: succession)

    @Test("who has heard of a rotation tells a new epoch where the session went")
    func tells() {
        var harness = member()
        harness.read(5, ClusterHarness.moved(to: Self.fresh))
        #expect(told(&harness) == Self.move)
    }

    @Test("what the new stream has told of a rotation is not told again")
    func isTold() {
        var harness = member()
        harness.read(5, ClusterHarness.moved(to: Self.fresh))
        #expect(told(&harness, [ClusterHarness.moved(to: Self.fresh)]) == nil)
    }

    @Test("a note that is no such note tells of an end", arguments: [0, 16, 31, 33])
    func otherNote(_ length: Int) {
        var harness = member()
        let note = Array(Self.succession.note + [0]).prefix(length)
        harness.read(
            5,
            .moved(
                EndNotice(
                    digest: ClusterHarness.digest, tag: .none, bucket: 0, absolute: 2_000_000, reason: 0,
                    note: Array(note))))
        #expect(told(&harness) == Self.end)
    }

    private static let restored = StreamEntry.ended(
        EndNotice(
            digest: ClusterHarness.digest, tag: .none, bucket: 0, absolute: 2_000_000, reason: EndNotice.restored,
            note: []))

    @Test("who ends the token of a session that has gone on leaves the session alone")
    func endsOldToken() {
        var harness = member()
        harness.read(5, ClusterHarness.moved(to: Self.fresh))
        harness.read(6, ClusterHarness.ended(tag: .none))
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        #expect(told(&harness) == Self.move)
    }

    /// What is newer than the rotation, or is no less known of its token.
    private static let others = [
        restored, ClusterHarness.moved(to: next), ClusterHarness.moved(to: fresh, version: 2),
        ClusterHarness.changed(version: 2, nonce: 6),
    ]

    @Test("of two words about a token that differ the rotation is none to rely on", arguments: others, [true, false])
    func differs(other: StreamEntry, isFirst: Bool) {
        let both = [ClusterHarness.moved(to: Self.fresh), other]
        var harness = member()
        harness.read(5, isFirst ? both[1] : both[0])
        harness.read(6, isFirst ? both[0] : both[1])
        #expect(told(&harness) == Self.end)
    }

    @Test("a new stream that tells less than the host knows does not lift the end", arguments: others)
    func tellsMore(other: StreamEntry) {
        var harness = member()
        harness.read(5, other)
        #expect(told(&harness, [ClusterHarness.moved(to: Self.fresh)]) == Self.end)
    }

    @Test("a record that is no newer than the rotation changes nothing", arguments: [true, false])
    func older(isFirst: Bool) {
        let both = [ClusterHarness.changed(version: 1, nonce: 6), ClusterHarness.moved(to: Self.fresh)]
        var harness = member()
        harness.read(5, isFirst ? both[0] : both[1])
        harness.read(6, isFirst ? both[1] : both[0])
        #expect(told(&harness) == Self.move)
    }

    // MARK: The sender

    private func order(_ old: SharedDigest = ClusterHarness.digest, _ new: SharedDigest = fresh) -> MoveOrder {
        MoveOrder(old: old, new: new, record: ClusterHarness.record(nonce: 6))
    }

    /// A member of the second epoch, whose store has lost a rotation that another host has told it of. The stamp of its
    /// session is that of an end that spared it.
    private func sender() -> ClusterHarness {
        var harness = member()
        harness.hold()
        let stamp = Stamp(ordinal: 1, number: 5)
        harness.read(5, .userEnded(bucket: 0x8000_0001, stamp: stamp, spared: SessionTag(77), until: 2_000_000))
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, order()))
        harness.changeEpoch()
        harness.readNewStream([ClusterHarness.moved(to: Self.fresh)])
        while let call = harness.open.last?.call, harness.joining == nil {
            if case .restoreAll = call { harness.reply(.told) } else { break }
        }
        harness.reply(.joined(number: 3))
        harness.read(3, .joined(ClusterHarness.member), ordinal: 2)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 3)
        return harness
    }

    private func sent(_ harness: ClusterHarness) -> (record: SharedRecord, note: [UInt8])? {
        harness.open.compactMap {
            if case .move(_, _, _, _, let record, let note) = $0.call { (record: record, note: note) } else { nil }
        }.last
    }

    @Test("the sender sends it again, with its record, stamp and note, until the store has put it back")
    func putsBack() throws {
        var harness = sender()
        #expect(!harness.accepts)
        let call = try #require(sent(harness))
        #expect(call.note == Self.succession.note)
        #expect(call.record.stamp == Stamp(ordinal: 1, number: 5) && call.record.nonce == 6)
        #expect(harness.putBack == nil, "the store compares it with what other hosts have told")
        for refusal in [.incomplete, .ended] as [StoreRefusal] {
            harness.answerMove(.refused(refusal))
            #expect(harness.answers.isEmpty && harness.host.recovery?.isThrough == false)
            harness.pass(200)
        }
        harness.answerMove(.changed(number: 2, minimum: 1))
        #expect(harness.answers.isEmpty && harness.host.recovery?.isThrough == true)
        #expect(harness.host.accepts(Self.fresh, at: harness.now) && !harness.accepts)
    }

    @Test("a rotation that is refused as ended after the stream has come to the refusal is given up")
    func givenUp() {
        var harness = sender()
        for _ in 0..<20 where sent(harness)?.note != nil {
            harness.answerMove(.refused(.ended))
            harness.pass(3_000)
            harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 3)
        }
        #expect(sent(harness)?.note == nil && harness.host.recovery?.isThrough ?? true)
    }

    @Test("a change under the new token is given up where the session was changed under the old one in a new epoch")
    func changedUnderBoth() {
        var harness = member()
        harness.hold()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, order()))
        harness.reply(.changed(number: 5, minimum: 4))
        let change = ChangeOrder(digest: Self.fresh, record: ClusterHarness.record(version: 2, nonce: 7))
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, change))
        harness.changeEpoch()
        harness.readNewStream([ClusterHarness.changed(version: 2, era: 2, nonce: 9)])
        while case .restoreEnds? = harness.open.last?.call { harness.reply(.told) }
        harness.reply(.joined(number: 3))
        #expect(!harness.open.contains { if case .change = $0.call { true } else { false } })
        #expect(harness.open.contains { if case .move = $0.call { true } else { false } })
    }

    @Test("that the store does not have the session says nothing before all have told the store what they know")
    func absent() {
        var harness = ClusterHarness()
        harness.join([ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other)])
        harness.hold()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, order()))
        harness.changeEpoch()
        harness.readNewStream()
        harness.reply(.joined(number: 2))
        harness.read(2, .joined(ClusterHarness.member), ordinal: 2)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 2)
        harness.replyToPutBack(.putBack(ended: []))
        harness.answerMove(.refused(.absent))
        harness.read(3, .joined(ClusterHarness.other), ordinal: 2)
        #expect(harness.host.recovery?.isThrough == false)
        harness.pass(200)
        harness.answerMove(.refused(.absent))
        #expect(harness.host.recovery?.isThrough == true)
    }

    @Test("a rotation of a token that is rotated further was executed: its token leads on", arguments: [true, false])
    func movedFurther(isFurther: Bool) throws {
        var harness = member()
        harness.hold()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, order()))
        harness.reply(.changed(number: 5, minimum: 4))
        if isFurther { harness.take(.moveAsked(harness.request(), ClusterHarness.owner, order(Self.fresh, Self.next))) }
        harness.reconnect()
        harness.reply(.joined(number: 5))
        let call = try #require(
            harness.open.first {
                if case .move(_, ClusterHarness.digest, _, _, _, _) = $0.call { true } else { false }
            })
        harness.take(.replied(call.id, .refused(.ended)))
        #expect(harness.answers == [isFurther ? .unavailable : .ended])
        let kept = harness.actions.compactMap {
            if case .moveEnded(Self.fresh, let isKept) = $0 { isKept } else { nil }
        }
        #expect(kept == [isFurther])
    }
}
