import Testing
import UsherCluster

@Suite("Fetches of a host")
struct ClusterHostFetchTests {
    @Test("one call for many who ask; all are answered, and the session is accepted from then on")
    func coalesced() {
        var harness = ClusterHarness()
        harness.join()
        for _ in 0..<3 { harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest)) }
        #expect(harness.open.count == 1)
        harness.reply(.found(ClusterHarness.record()))
        #expect(harness.answers == [.adopted, .adopted, .adopted])
        #expect(harness.accepts)
    }

    @Test(
        "an ended session is not adopted, by digest or by tag",
        arguments: [SharedDigest(high: 9, low: 9), SharedDigest(high: 8, low: 8)])
    func meetsEnds(ended: SharedDigest) {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        let call = harness.open.last
        harness.read(5, ClusterHarness.ended(ended))
        #expect(call != nil)
        if let call { harness.take(.replied(call.id, .found(ClusterHarness.record()))) }
        #expect(harness.answers == [.ended])
        #expect(!harness.accepts)
    }

    @Test("an entry that changes the session makes its fetch void, and it is asked again")
    func dirty() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        let call = try #require(harness.open.last)
        harness.read(5, ClusterHarness.changed(version: 2, nonce: 6))
        harness.take(.replied(call.id, .found(ClusterHarness.record())))
        #expect(harness.answers.isEmpty)
        #expect(harness.open.last?.call == .get(ClusterHarness.digest))
        harness.reply(.found(ClusterHarness.record(version: 2, nonce: 6)))
        #expect(harness.answers == [.adopted])
    }

    @Test("a record older than one that the stream has told of is not taken up, and the store hears what it has lost")
    func olderRecord() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.read(5, ClusterHarness.changed(version: 2, nonce: 6))
        if harness.beat != nil { harness.reply(ClusterHarness.granted(5)) }
        harness.hold(ClusterHarness.record(version: 1))
        #expect(harness.answers == [.absent])
        #expect(!harness.accepts)
        let edition = Edition(era: 1, version: 2)
        let lost = KnownChange(digest: ClusterHarness.digest, edition: edition, nonce: 6, absolute: 2_000_000)
        #expect(harness.open.last?.call == .restoreChanges([lost]))
        harness.reply(.told)
        harness.hold(ClusterHarness.record(version: 2, nonce: 6))
        #expect(harness.answers == [.adopted])
        #expect(harness.accepts)
    }

    @Test("the record that the stream has told of is taken up, though it was told again in a later epoch")
    func sameRecord() {
        var harness = ClusterHarness()
        harness.join()
        harness.read(5, ClusterHarness.changed(version: 2, era: 2, nonce: 6))
        if harness.beat != nil { harness.reply(ClusterHarness.granted(5)) }
        harness.hold(ClusterHarness.record(version: 2, nonce: 6))
        #expect(harness.answers == [.adopted])
    }

    @Test("a record from before the last end of all of its user or realm is asked for again", arguments: [true, false])
    func comparesStamp(isRealm: Bool) {
        var harness = ClusterHarness()
        harness.join()
        let stamp = Stamp(ordinal: 1, number: 5)
        harness.read(
            5,
            isRealm
                ? .realmEnded(realm: 0x8000_0002, stamp: stamp, until: 2_000_000)
                : .userEnded(bucket: 0x8000_0001, stamp: stamp, spared: .none, until: 2_000_000))
        if harness.beat != nil { harness.reply(ClusterHarness.granted(5)) }
        harness.hold(ClusterHarness.record(number: 4))
        #expect(harness.answers.isEmpty)
        #expect(!harness.accepts)
        harness.reply(.foundEnded)
        #expect(harness.answers == [.ended])
        harness.hold(ClusterHarness.record(number: 5))
        #expect(harness.answers == [.adopted])
    }

    @Test("who waits for longer than 250 ms is answered unavailable; what comes later is taken up")
    func late() {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        harness.pass(251)
        #expect(harness.answers == [.unavailable])
        harness.reply(.found(ClusterHarness.record()))
        #expect(harness.answers.isEmpty)
        #expect(harness.accepts)
    }

    @Test("who asks again has the whole 250 ms, whatever was asked for before")
    func lateForEarlier() {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        harness.reply(.foundNothing)
        harness.pass(200)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        harness.pass(60)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers.isEmpty)
        harness.pass(190)
        #expect(harness.answers == [.unavailable])
        harness.pass(60)
        #expect(harness.answers == [.unavailable])
    }

    @Test("no owner has more calls for sessions under way than the share, though nobody waits for them any more")
    func callShare() {
        var harness = ClusterHarness {
            $0.fetchCapacity = 3
            $0.fetchShare = 2
        }
        harness.join()
        for low in 1...2 as ClosedRange<UInt64> {
            harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, SharedDigest(high: 9, low: low)))
        }
        harness.pass(251)
        #expect(harness.answers == [.unavailable, .unavailable])
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers == [.busy])
        harness.take(.fetchAsked(harness.request(), ShareOwner(uid: 2), ClusterHarness.digest))
        #expect(harness.answers.isEmpty)
        harness.reply(.foundNothing)
        harness.reply(.foundNothing)
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, SharedDigest(high: 9, low: 3)))
        #expect(harness.answers.isEmpty)
    }

    @Test("the answer of a fetch that was asked in an older epoch is dropped")
    func olderEpoch() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        let call = try #require(harness.open.last)
        harness.pass(2_500)
        harness.reply(.refused(.epoch))
        harness.reply(ClusterHarness.greeting(epoch: Epoch(8), ordinal: 2, number: 1))
        harness.take(.replied(call.id, .found(ClusterHarness.record())))
        #expect(harness.host.copyCount == 0)
    }

    @Test("no owner waits in more places than the share, and places come back")
    func share() {
        var harness = ClusterHarness {
            $0.waiterCapacity = 4
            $0.waiterShare = 2
        }
        harness.join()
        for _ in 0..<3 { harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest)) }
        #expect(harness.answers == [.busy])
        harness.take(.fetchAsked(harness.request(), ShareOwner(uid: 2), ClusterHarness.digest))
        #expect(harness.answers.isEmpty)
        harness.reply(.foundNothing)
        #expect(harness.answers == [.absent, .absent, .absent])
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers.isEmpty)
    }

    @Test("a full ledger forgets a copy, and not the session")
    func full() {
        var harness = ClusterHarness { $0.copyCapacity = 1 }
        harness.join()
        harness.hold()
        harness.take(.fetchAsked(harness.request(), ClusterHarness.owner, SharedDigest(high: 4, low: 4)))
        var other = ClusterHarness.record()
        other.tag = SessionTag(78)
        harness.reply(.found(other))
        #expect(harness.actions.contains { if case .drop(ClusterHarness.digest) = $0 { true } else { false } })
        #expect(harness.host.copyCount == 1)
    }

    @Test("a table of ends that overflows costs the lease and all copies, and no end")
    func overflow() {
        var harness = ClusterHarness { $0.endCapacity = 2 }
        harness.join()
        harness.hold()
        for number in 5...6 as ClosedRange<UInt64> {
            harness.read(number, ClusterHarness.ended(SharedDigest(high: number, low: 0), tag: SessionTag(number)))
        }
        #expect(harness.reports.contains(.endsOverflowed(dropped: 1)))
        #expect(harness.host.lease == .boot)
        #expect(harness.host.copyCount == 0)
    }

    @Test("a beat that was under way when the table of ends overflowed begins no lease, and the next one does")
    func overflowVoidsBeat() throws {
        var harness = ClusterHarness { $0.endCapacity = 2 }
        harness.join()
        harness.pass(2_500)
        #expect(harness.beat != nil)
        let beat = try #require(harness.open.last?.id)
        for number in 5...6 as ClosedRange<UInt64> {
            harness.read(number, ClusterHarness.ended(SharedDigest(high: number, low: 0), tag: SessionTag(number)))
        }
        harness.take(.replied(beat, ClusterHarness.granted(4)))
        #expect(harness.host.lease == .boot)
        harness.replyToBeat(ClusterHarness.granted(6))
        #expect(harness.host.hasLease(at: harness.now))
    }

    @Test("a grant that waits for the stream is void once the table of ends has overflowed")
    func overflowVoidsGrant() throws {
        var harness = ClusterHarness { $0.endCapacity = 2 }
        harness.join()
        harness.pass(40_000)
        harness.reply(ClusterHarness.granted(6))
        for number in 5...6 as ClosedRange<UInt64> {
            harness.read(number, ClusterHarness.ended(SharedDigest(high: number, low: 0), tag: SessionTag(number)))
        }
        #expect(harness.reports.contains(.endsOverflowed(dropped: 0)))
        #expect(harness.host.lease == .boot)
    }
}
