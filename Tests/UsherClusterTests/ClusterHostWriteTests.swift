import Testing

@testable import UsherCluster

@Suite("New sessions, rotations and updates of a host")
struct ClusterHostWriteTests {
    private static let fresh = SharedDigest(high: 10, low: 10)

    private func holding() -> ClusterHarness {
        var harness = ClusterHarness()
        harness.join()
        harness.passFence()
        harness.hold()
        return harness
    }

    private func put(_ began: Stamp) -> PutOrder {
        PutOrder(
            digest: ClusterHarness.digest, record: ClusterHarness.record(), limit: 0, evicts: false, began: began,
            note: [])
    }

    private func move(_ new: SharedDigest = fresh, isProof: Bool = false) -> MoveOrder {
        MoveOrder(
            old: ClusterHarness.digest, new: new, record: ClusterHarness.record(nonce: 6), isProof: isProof)
    }

    @Test("a new session carries the position at which its login began, and is accepted with the stamp it got")
    func puts() throws {
        var harness = ClusterHarness()
        harness.join()
        let began = harness.host.position
        harness.read(5, .left(ClusterHarness.other))
        harness.take(.putAsked(harness.request(), ClusterHarness.owner, put(began)))
        guard case .put(_, _, _, _, let sent, _)? = harness.open.last?.call else {
            Issue.record("nothing is put")
            return
        }
        #expect(sent == Stamp(ordinal: 1, number: 4))
        harness.reply(.put(number: 5, evicted: []))
        #expect(harness.answers == [.done])
        #expect(harness.accepts)
        harness.read(
            6, .userEnded(bucket: 0x8000_0001, stamp: Stamp(ordinal: 1, number: 5), spared: .none, until: 2_000_000))
        #expect(harness.accepts)
    }

    @Test(
        "what the store refuses is answered as what it is",
        arguments: [
            (StoreRefusal.cancelled, ClusterAnswer.cancelled), (.quota, .quota), (.conflict, .conflict),
            (.memory, .unavailable), (.other, .unavailable),
        ])
    func refused(refusal: StoreRefusal, answer: ClusterAnswer) {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.putAsked(harness.request(), ClusterHarness.owner, put(harness.host.position)))
        harness.reply(.refused(refusal))
        #expect(harness.answers == [answer])
        #expect(!harness.accepts)
    }

    @Test("a rotation answers when all have it; the old token is over at home once the store has it")
    func moves() {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        #expect(harness.accepts)
        harness.reply(.changed(number: 5, minimum: 4))
        #expect(!harness.accepts)
        #expect(harness.host.accepts(Self.fresh, at: harness.now))
        #expect(harness.answers.isEmpty)
        harness.pass(100)
        harness.read(5, ClusterHarness.moved(to: Self.fresh))
        harness.reply(ClusterHarness.granted(5, minimum: 5))
        #expect(harness.answers == [.done])
        #expect(harness.host.accepts(Self.fresh, at: harness.now))
    }

    @Test("a rotation that another host was faster with is not taken for this host's own", arguments: [true, false])
    func othersMove(_ isOwn: Bool) {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        harness.read(5, ClusterHarness.moved(to: isOwn ? Self.fresh : SharedDigest(high: 1, low: 1)))
        #expect(harness.host.writes.values.map(\.isExecuted) == [isOwn])
    }

    @Test("the same rotation asked for again joins the wait, and gets the first one's token")
    func movesTwice() {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move(SharedDigest(high: 11, low: 11))))
        #expect(harness.open.count == 1)
        harness.reply(.changed(number: 5, minimum: 5))
        #expect(harness.answers == [.done, .movedTo(Self.fresh)])
    }

    @Test(
        "a rotation gets no token of a proof that is under way, nor a proof that of a rotation",
        arguments: [true, false])
    func movesOfTwoKinds(isProof: Bool) {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move(isProof: isProof)))
        let other = move(SharedDigest(high: 11, low: 11), isProof: !isProof)
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, other))
        #expect(harness.answers == [.notBegun])
        #expect(harness.open.count == 1)
        harness.reply(.changed(number: 5, minimum: 5))
        #expect(harness.answers == [.done])
    }

    @Test("a rotation that not every host knows is answered after 3 s, goes on, and answers who asks again")
    func movesLate() {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        harness.pass(100)
        harness.answerMove(.changed(number: 5, minimum: 4))
        harness.pass(2_900)
        #expect(harness.answers == [.unavailable])
        harness.take(.rotationAwaited(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers.isEmpty && harness.host.isMoving(ClusterHarness.digest))
        harness.take(.bellRang(harness.follow, minimum: 5))
        #expect(harness.answers == [.movedTo(Self.fresh)])
        harness.take(.rotationAwaited(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers == [.absent] && !harness.host.isMoving(ClusterHarness.digest))
    }

    @Test("who was answered unavailable leaves the places of a rotation to others")
    func placesAfterPatience() {
        var harness = ClusterHarness { $0.writeShare = 3 }
        harness.join()
        harness.passFence()
        harness.hold()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        for turn in 0..<2 {
            for _ in 0..<2 {
                harness.take(.rotationAwaited(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
                #expect(harness.answers.isEmpty, "\(turn)")
            }
            harness.take(.rotationAwaited(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
            #expect(harness.answers == [.busy])
            harness.pass(3_000)
            #expect(harness.answers == Array(repeating: .unavailable, count: turn == 0 ? 3 : 2))
        }
        harness.answerMove(.changed(number: 5, minimum: 5))
        for nonce in 7...9 as ClosedRange<UInt64> {
            let record = ClusterHarness.record(version: 2, nonce: nonce)
            let order = ChangeOrder(digest: Self.fresh, record: record)
            harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
            #expect(harness.answers.isEmpty)
        }
    }

    @Test("a session that is rotated is not ended because a report of its use finds the old token ended")
    func usedWhileMoved() {
        var harness = holding()
        harness.take(.used(ClusterHarness.digest))
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        harness.pass(1_000)
        harness.replyToTouch(.touched(absent: [], ended: [ClusterHarness.digest]))
        #expect(!harness.actions.contains { if case .end = $0 { true } else { false } })
        harness.answerMove(.changed(number: 5, minimum: 5))
        #expect(!harness.actions.contains { if case .end = $0 { true } else { false } })
        #expect(harness.answers == [.done] && harness.host.accepts(Self.fresh, at: harness.now))
    }

    @Test("a proof that is under way answers no rotation with its token")
    func awaitsProof() {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move(isProof: true)))
        harness.take(.rotationAwaited(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers == [.unavailable])
    }

    @Test("an executed write is given up once all have it or were expelled, and not before")
    func writeEnds() {
        var harness = holding()
        harness.take(.moveAsked(harness.request(), ClusterHarness.owner, move()))
        harness.answerMove(.changed(number: 5, minimum: 4))
        var seconds = 0
        while harness.host.isMoving(ClusterHarness.digest), seconds < 60 {
            seconds += 1
            harness.pass(1_000)
            while harness.beat != nil { harness.replyToBeat(ClusterHarness.granted(4)) }
        }
        // Lease and margin, by clocks that are 3 % off, and two intervals.
        #expect(seconds == 17)
    }

    @Test("an update takes the place of the copy, and one that another host made drops it")
    func changes() {
        var harness = holding()
        let order = ChangeOrder(digest: ClusterHarness.digest, record: ClusterHarness.record(version: 2, nonce: 6))
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
        harness.reply(.changed(number: 5, minimum: 5))
        #expect(harness.answers == [.done])
        #expect(harness.accepts)
        harness.read(5, ClusterHarness.changed(version: 2, nonce: 6))
        #expect(harness.accepts)
        harness.read(6, ClusterHarness.changed(version: 3, nonce: 7))
        #expect(!harness.accepts)
    }

    @Test("a record is held where the entries of it and of the one that it was made from come before the answer")
    func lateAnswer() {
        var harness = holding()
        for (version, nonce) in [(2, 6), (3, 7)] as [(UInt64, UInt64)] {
            let record = ClusterHarness.record(version: version, nonce: nonce)
            let order = ChangeOrder(digest: ClusterHarness.digest, record: record)
            harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
            if version == 2 { harness.replyToChange(.changed(number: 5, minimum: 5)) }
        }
        harness.read(5, ClusterHarness.changed(version: 2, nonce: 6))
        harness.read(6, ClusterHarness.changed(version: 3, nonce: 7))
        harness.replyToChange(.changed(number: 6, minimum: 6))
        #expect(harness.answers == [.done])
        #expect(harness.accepts)
    }

    @Test("an update from an old version is a conflict, and the copy is read anew")
    func conflicts() {
        var harness = holding()
        let order = ChangeOrder(digest: ClusterHarness.digest, record: ClusterHarness.record(version: 2, nonce: 6))
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
        harness.reply(.refused(.changed))
        #expect(harness.answers == [.conflict])
        #expect(!harness.accepts)
    }

    @Test("a write whose reply was lost is sent again, as it was, and a new session is not")
    func lost() {
        var harness = holding()
        let order = ChangeOrder(digest: ClusterHarness.digest, record: ClusterHarness.record(version: 2, nonce: 6))
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
        harness.take(.disconnected)
        #expect(harness.answers.isEmpty)
        harness.lose()
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.reply(.joined(number: 5))
        let sent = harness.open.compactMap { if case .change(_, _, _, let record) = $0.call { record } else { nil } }
        #expect(sent == [order.record])
    }

    @Test("a change has the stamp that its session has here, also after an end that spared it: the store may lack both")
    func stamped() {
        var harness = holding()
        let stamp = Stamp(ordinal: 1, number: 5)
        harness.read(5, .userEnded(bucket: 0x8000_0001, stamp: stamp, spared: SessionTag(77), until: 2_000_000))
        let order = ChangeOrder(digest: ClusterHarness.digest, record: ClusterHarness.record(version: 2, nonce: 6))
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
        guard case .change(_, _, _, let record)? = harness.open.last?.call else {
            Issue.record("nothing is changed")
            return
        }
        #expect(order.record.stamp < stamp)
        #expect(record.stamp == stamp)
    }

    /// A member of the second epoch, whose change of the first one was not answered.
    private func changingInNextEpoch() -> ClusterHarness {
        var harness = holding()
        let order = ChangeOrder(digest: ClusterHarness.digest, record: ClusterHarness.record(version: 2, nonce: 6))
        harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
        harness.changeEpoch()
        harness.readNewStream()
        harness.reply(.joined(number: 2))
        harness.read(2, .joined(ClusterHarness.member), ordinal: 2)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 2)
        return harness
    }

    @Test("a change of an older epoch that is refused as ended is sent again until the stream has come to the refusal")
    func endedPerhaps() {
        var harness = changingInNextEpoch()
        harness.replyToChange(.refused(.ended))
        harness.pass(200)
        harness.replyToChange(.refused(.ended))
        #expect(harness.answers.isEmpty)
        harness.pass(2_300)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 2)
        harness.replyToChange(.refused(.ended))
        #expect(harness.answers.isEmpty, "this call was sent before the beat was answered")
        harness.pass(1_000)
        #expect(harness.answers == [.unavailable], "who asked has waited for long enough")
        harness.replyToChange(.refused(.ended))
        harness.pass(3_000)
        #expect(!harness.open.contains { if case .change = $0.call { true } else { false } })
    }

    @Test("a host has not put back all while the store has not told the fate of a change of an older epoch")
    func untold() {
        var harness = changingInNextEpoch()
        harness.replyToPutBack(.putBack(ended: []))
        #expect(saysThrough(&harness) == false)
        for refusal in [.incomplete, .ended] as [StoreRefusal] {
            harness.replyToChange(.refused(refusal))
            harness.pass(200)
            #expect(saysThrough(&harness) == false)
        }
        harness.replyToChange(.changed(number: 3, minimum: 2))
        #expect(saysThrough(&harness) == true)
    }

    @Test("what the store says before it is told of a change that an older epoch has executed is not the change's fate")
    func toldLate() {
        var harness = changingInNextEpoch()
        harness.replyToPutBack(.putBack(ended: []))
        #expect(saysThrough(&harness) == false)
        // The first of these calls was sent before all older epochs were complete.
        for isFate in [false, true] {
            harness.replyToChange(.refused(.absent))
            harness.pass(200)
            #expect(saysThrough(&harness) == isFate)
        }
        harness.read(3, ClusterHarness.changed(version: 2, nonce: 6), ordinal: 2)
        #expect(saysThrough(&harness) == false)
        harness.replyToChange(.refused(.absent))
        harness.pass(400)
        #expect(saysThrough(&harness) == false, "this call was under way when the entry came")
        harness.replyToChange(.changed(number: 4, minimum: 2))
        #expect(saysThrough(&harness) == true)
    }

    /// Whether the open beat, or the next one, says that all was put back. It is answered, and another host has not.
    private func saysThrough(_ harness: inout ClusterHarness) -> Bool? {
        if !harness.open.contains(where: { if case .beat = $0.call { true } else { false } }) { harness.pass(2_500) }
        let says = harness.open.compactMap {
            if case .beat(_, _, _, _, let isThrough, _) = $0.call { isThrough } else { nil as Bool? }
        }
        let other = ClusterHarness.count(ClusterHarness.other, isThrough: false)
        harness.replyToBeat(ClusterHarness.granted(2, members: [ClusterHarness.count(), other]))
        return says.last
    }

    @Test("a new session that an epoch has overtaken is unavailable")
    func newEpoch() {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.putAsked(harness.request(), ClusterHarness.owner, put(harness.host.position)))
        harness.pass(2_500)
        harness.replyToBeat(.refused(.epoch))
        harness.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        #expect(harness.answers == [.unavailable])
        #expect(!harness.accepts)
    }

    @Test("of two changes that were sent at once the one that is refused leaves the other one's record alone")
    func twoChanges() {
        var harness = holding()
        for nonce in 6...7 as ClosedRange<UInt64> {
            let record = ClusterHarness.record(version: 2, nonce: nonce)
            let order = ChangeOrder(digest: ClusterHarness.digest, record: record)
            harness.take(.changeAsked(harness.request(), ClusterHarness.owner, order))
        }
        let second = harness.open.removeLast()
        harness.reply(.changed(number: 5, minimum: 4))
        harness.take(.replied(second.id, .refused(.changed)))
        #expect(harness.answers == [.conflict])
        #expect(harness.accepts)
    }
}
