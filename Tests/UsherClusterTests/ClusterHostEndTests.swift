import Testing
import UsherCluster

@Suite("Ends of a host")
struct ClusterHostEndTests {
    private func holding(_ change: (inout ClusterLimits) -> Void = { _ in }) -> ClusterHarness {
        var harness = ClusterHarness(change)
        harness.join()
        harness.passFence()
        harness.hold()
        return harness
    }

    /// The ends that are sent and not answered, in this join.
    private func ends(sent harness: ClusterHarness, joined number: UInt64) -> [EndTarget] {
        harness.open.compactMap {
            if case .end(_, let joined, _, let target) = $0.call, joined == number { target } else { nil }
        }
    }

    @Test("ends at home at once, and answers when all members have acknowledged")
    func answers() {
        var harness = holding()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        #expect(!harness.accepts)
        harness.reply(.ended(number: 5, minimum: 4))
        #expect(harness.answers.isEmpty)
        harness.read(5, ClusterHarness.ended())
        #expect(harness.beat?.acknowledged == 5)
        harness.reply(ClusterHarness.granted(5, minimum: 4))
        #expect(harness.answers.isEmpty)
        harness.pass(2_500)
        harness.reply(ClusterHarness.granted(5, minimum: 5))
        #expect(harness.answers == [.done])
    }

    @Test("the call that ends a handle acknowledges its entry, where the store says so", arguments: [true, false])
    func acknowledgesItself(isCounted: Bool) throws {
        for readsFirst in [true, false] {
            var harness = holding()
            harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(nil)))
            let call = try #require(harness.open.last)
            #expect(call.call == .end(ClusterHarness.member, joined: 4, acknowledged: 4, ClusterHarness.end(nil)))
            if readsFirst { harness.read(5, ClusterHarness.ended()) }
            #expect(harness.beat == nil)
            harness.reply(.ended(number: 5, minimum: 4, isCounted: isCounted))
            if !readsFirst { harness.read(5, ClusterHarness.ended()) }
            #expect((harness.beat == nil) == isCounted)
        }
    }

    @Test("an end by a token alone is acknowledged by a beat: the session may be held under another one")
    func acknowledgesToken() {
        var harness = holding()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        let call = StoreCall.end(ClusterHarness.member, joined: 4, acknowledged: 0, ClusterHarness.end())
        #expect(harness.open.last?.call == call)
        harness.read(5, ClusterHarness.ended())
        #expect(harness.beat?.acknowledged == 5)
    }

    @Test("an end that is sent again after the table of ends has overflowed acknowledges nothing")
    func acknowledgesNothingForgotten() {
        var harness = holding { $0.endCapacity = 2 }
        harness.take(.disconnected)
        harness.lose()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(nil)))
        harness.take(
            .endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(SharedDigest(high: 5, low: 5))))
        harness.take(
            .endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(SharedDigest(high: 5, low: 6))))
        #expect(harness.reports.contains(.endsOverflowed(dropped: 0)))
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.reply(.joined(number: 5))
        let call = StoreCall.end(ClusterHarness.member, joined: 5, acknowledged: 0, ClusterHarness.end(nil))
        #expect(harness.open.contains { $0.call == call })
    }

    @Test("answers pending after 3 s, and goes on until the store has it, over lost connections")
    func pending() {
        var harness = holding()
        harness.take(.disconnected)
        harness.lose()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        #expect(harness.answers.isEmpty)
        harness.pass(3_000)
        #expect(harness.answers == [.pending(until: nil)])
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.reply(.joined(number: 5))
        #expect(harness.open.contains { if case .end = $0.call { true } else { false } })
    }

    @Test("a pending end says by when all have stopped, once the store has it")
    func bound() {
        var harness = holding()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        harness.pass(100)
        harness.reply(.ended(number: 5, minimum: 4))
        // Three leases and margins, by clocks that are 3 % off.
        let until = harness.now + .milliseconds(33_990)
        harness.pass(2_900)
        #expect(harness.answers == [.pending(until: until)])
    }

    @Test("who asks for the same end again waits for it, and has a place until the answer")
    func again() {
        var harness = holding { $0.endingShare = 2 }
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        let calls = harness.open.count
        for _ in 0..<3 {
            harness.pass(3_000)
            harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
            #expect(harness.answers.isEmpty && harness.open.count(where: Self.isEnd) == 1)
            harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
            #expect(harness.answers == [.busy])
        }
        harness.pass(1_000)
        harness.take(.endAsked(harness.request(), ShareOwner(uid: 2), ClusterHarness.end()))
        #expect(calls > 0 && harness.open.count(where: Self.isEnd) == 1)
    }

    private static func isEnd(_ open: (id: CallID, call: StoreCall)) -> Bool {
        if case .end = open.call { true } else { false }
    }

    @Test("an end of what neither this host nor the store has says so, unless a lost answer might have said otherwise")
    func nothing() {
        var harness = ClusterHarness()
        harness.join()
        harness.passFence()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        harness.reply(.ended(number: 5, lived: false, minimum: 5))
        #expect(harness.answers == [.endedNothing])
        let other = ClusterHarness.end(SharedDigest(high: 5, low: 5))
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, other))
        harness.reply(.refused(.unconfirmed))
        harness.pass(500)
        harness.reply(.ended(number: 6, lived: false, minimum: 6))
        #expect(harness.answers == [.done])
    }

    @Test("is not answered in a new epoch before lease and margin have passed since the own join")
    func fenced() {
        var harness = ClusterHarness { $0.patience = .milliseconds(20_000) }
        harness.join()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        harness.reply(.ended(number: 5, minimum: 5))
        #expect(harness.answers.isEmpty)
        var answered: UInt64 = 0
        for _ in 0..<5 where answered == 0 {
            harness.pass(2_500)
            if harness.answers.contains(.done) { answered = harness.milliseconds }
            if harness.beat != nil { harness.reply(ClusterHarness.granted(4, minimum: 5)) }
            if harness.answers.contains(.done) { answered = harness.milliseconds }
        }
        #expect(answered >= 1_000 + 11_330)
    }

    @Test("the bell is enough for one primary, and only hurries a beat where replicas must confirm", arguments: [0, 1])
    func bell(copies: Int) {
        var harness = holding { $0.copies = copies }
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        harness.reply(.ended(number: 5, minimum: 4))
        harness.take(.bellRang(CallID(0), minimum: 5))
        #expect(harness.answers.isEmpty && harness.beat == nil, "the bell is of an earlier reading")
        harness.take(.bellRang(harness.follow, minimum: 5))
        #expect(harness.answers == (copies == 0 ? [.done] : []))
        #expect((harness.beat != nil) == (copies > 0))
    }

    @Test("an end by handle ends what has the tag, whatever its digest")
    func byHandle() {
        var harness = holding()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(nil)))
        #expect(!harness.accepts)
        harness.reply(.ended(number: 5, minimum: 5))
        #expect(harness.answers == [.done])
        harness.hold()
        #expect(harness.answers == [.ended])
    }

    @Test("an end of all takes what was put before it, and spares one")
    func ofAll() {
        var harness = holding()
        let stamp = Stamp(ordinal: 1, number: 5)
        harness.read(5, .userEnded(bucket: 0x8000_0001, stamp: stamp, spared: SessionTag(77), until: 2_000_000))
        #expect(harness.accepts)
        harness.read(
            6,
            .userEnded(bucket: 0x8000_0001, stamp: Stamp(ordinal: 1, number: 5), spared: .none, until: 2_000_000))
        #expect(harness.accepts, "it counts as put with the first end")
        harness.read(7, .realmEnded(realm: 0x8000_0002, stamp: Stamp(ordinal: 1, number: 7), until: 2_000_000))
        #expect(!harness.accepts)
    }

    @Test("an end that the store takes for a wrong call fails, and its place is free again")
    func wrong() {
        var harness = holding { $0.endingShare = 1 }
        for _ in 0..<2 {
            harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
            harness.reply(.refused(.bad))
            #expect(harness.answers == [.notBegun])
        }
    }

    private static func all(spared: SessionTag = .none, until: UInt32 = 2_000_000) -> EndTarget {
        .user(bucket: 0x8000_0001, spared: spared, until: until, note: [])
    }

    @Test("an end of all that is not sent is joined by the same one, with the later end; one that was sent is not")
    func joined() {
        var harness = holding()
        harness.take(.disconnected)
        harness.lose()
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, Self.all(until: 1_999_999)))
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, Self.all()))
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, Self.all(spared: SessionTag(5))))
        harness.take(.connected)
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.readEnd()
        harness.reply(ClusterHarness.greeting(number: 4))
        harness.reply(.joined(number: 5))
        var sent = ends(sent: harness, joined: 5)
        #expect(sent == [Self.all(), Self.all(spared: SessionTag(5))])
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, Self.all()))
        sent = ends(sent: harness, joined: 5)
        #expect(sent.count == 3)
    }

    @Test("no owner has more ends under way than the share")
    func share() {
        var harness = ClusterHarness {
            $0.endingCapacity = 3
            $0.endingShare = 2
        }
        harness.join()
        for low in 1...3 as ClosedRange<UInt64> {
            let target = ClusterHarness.end(SharedDigest(high: 5, low: low))
            harness.take(.endAsked(harness.request(), ClusterHarness.owner, target))
        }
        #expect(harness.answers == [.busy])
        harness.take(.endAsked(harness.request(), ShareOwner(uid: 2), ClusterHarness.end()))
        #expect(harness.answers.isEmpty)
    }
}
