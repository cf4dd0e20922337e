import Testing
import UsherCluster

@Suite("Lease of a host")
struct ClusterHostLeaseTests {
    @Test("a lease counts from before its beat was sent, and is written to the board")
    func fromSending() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.pass(2_500)
        let sent = harness.now
        harness.pass(700)
        harness.reply(ClusterHarness.granted(4))
        #expect(harness.leases == [sent + .milliseconds(10_000)])
        #expect(harness.host.lease == sent + .milliseconds(10_000))
    }

    @Test("a lease that is over is cleared on the board, and sessions are not accepted")
    func over() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        #expect(harness.accepts)
        harness.take(.disconnected)
        harness.pass(10_001)
        #expect(!harness.accepts)
        #expect(harness.leases == [.boot])
        #expect(harness.reports.contains(.leaseLost))
        let request = harness.request()
        harness.take(.fetchAsked(request, ClusterHarness.owner, ClusterHarness.digest))
        #expect(harness.answers == [.unavailable])
    }

    @Test("a lease that was over begins again only once the stream has come to what the beat told")
    func slept() {
        var harness = ClusterHarness()
        harness.join()
        harness.hold()
        harness.pass(40_000)
        let sent = harness.now
        #expect(harness.beat != nil)
        harness.reply(ClusterHarness.granted(6))
        #expect(!harness.accepts)
        harness.read(5, .left(ClusterHarness.other))
        #expect(!harness.accepts)
        harness.pass(100)
        harness.replyToBeatIfOpen(members: [ClusterHarness.count()], number: 7)
        harness.read(6, .left(ClusterHarness.other))
        #expect(harness.accepts)
        #expect(harness.leases == [sent + .milliseconds(10_000)], "it counts from the first beat")
    }

    @Test("a lease that runs is extended while entries are on their way, for no longer than pending ends are told")
    func halfHeard() {
        var harness = ClusterHarness { $0.copies = 1 }
        harness.join()
        harness.hold()
        harness.pass(2_500)
        // Now the store gets an end, as entry 6, and entry 5 is on its way.
        let end = harness.now
        harness.pass(4_900)
        harness.reply(ClusterHarness.granted(5))
        harness.pass(2_499)
        harness.reply(ClusterHarness.granted(6))
        harness.take(.bellRang(harness.follow, minimum: 4))
        harness.read(5, .left(ClusterHarness.other))
        harness.pass(4_999)
        harness.reply(ClusterHarness.granted(6))
        harness.reply(ClusterHarness.granted(6))
        harness.pass(2_499)
        harness.take(.bellRang(harness.follow, minimum: 4))
        harness.reply(ClusterHarness.granted(6))
        let lease = harness.host.lease.since(end)
        #expect(lease > .milliseconds(24_205) && lease <= .milliseconds(33_990))
        harness.pass(1)
        harness.take(.bellRang(harness.follow, minimum: 4))
        harness.reply(ClusterHarness.granted(6))
        #expect(harness.host.lease.since(end) == lease && !harness.host.isMember)
    }

    @Test(
        "a beat that the store does not grant, or that no replica has confirmed, extends nothing",
        arguments: [true, false])
    func notGranted(isConfirmed: Bool) {
        var harness = ClusterHarness { $0.copies = 1 }
        harness.join()
        let lease = harness.host.lease
        harness.pass(2_500)
        let refused = ClusterHarness.withheld([])
        harness.reply(isConfirmed ? refused : .refused(.unconfirmed))
        #expect(harness.host.lease == lease)
        #expect(harness.host.isMember)
    }

    @Test("a member is expelled once its count and its join have not moved for 1.03 times lease and margin")
    func expels() throws {
        var harness = ClusterHarness()
        harness.join()
        let still = ClusterHarness.count(ClusterHarness.other)
        var waited: UInt64 = 0
        harness.pass(2_500)
        harness.reply(ClusterHarness.granted(4, members: [still]))
        while waited < 10_000 {
            harness.pass(2_500)
            waited += 2_500
            #expect(try #require(harness.beat).expelled == [])
            harness.reply(ClusterHarness.granted(4, members: [still]))
        }
        // It is not before the next beat of the usual interval, and not a moment later.
        harness.pass(1_329)
        #expect(harness.beat == nil)
        harness.pass(1)
        #expect(try #require(harness.beat).expelled == [still])
    }

    @Test("a beat lists the members once in an interval, and while this host waits for them")
    func wantsList() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.pass(2_500)
        #expect(try #require(harness.beat).wantsList)
        harness.reply(ClusterHarness.granted(4, members: [ClusterHarness.count(ClusterHarness.other)]))
        for number in [5, 6] as [UInt64] {
            harness.pass(100)
            harness.read(number, ClusterHarness.ended(SharedDigest(high: 9, low: number), tag: SessionTag(number)))
            let beat = try #require(harness.beat)
            #expect(beat.acknowledged == number && !beat.wantsList)
            harness.reply(ClusterHarness.granted(number, members: []))
        }
        harness.pass(2_300)
        #expect(try #require(harness.beat).wantsList)
        harness.reply(ClusterHarness.granted(6, members: [ClusterHarness.count(ClusterHarness.other)]))
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end()))
        harness.reply(.ended(number: 7, lived: true, minimum: 6))
        harness.read(7, ClusterHarness.ended())
        #expect(try #require(harness.beat).wantsList)
    }

    @Test("a list is asked for again after a member has come, also where the answer on its way is older")
    func listsNewcomer() throws {
        var harness = ClusterHarness()
        harness.join()
        harness.pass(2_500)
        #expect(try #require(harness.beat).wantsList)
        harness.read(5, .joined(ClusterHarness.other))
        harness.reply(ClusterHarness.granted(4))
        #expect(try #require(harness.beat).wantsList)
        harness.reply(ClusterHarness.granted(5, members: [ClusterHarness.count(ClusterHarness.other)]))
        harness.read(6, ClusterHarness.ended(SharedDigest(high: 9, low: 6), tag: SessionTag(6)))
        #expect(!(try #require(harness.beat).wantsList))
        harness.reply(ClusterHarness.granted(6, members: []))
        harness.read(7, .left(ClusterHarness.other))
        harness.read(8, ClusterHarness.ended(SharedDigest(high: 9, low: 8), tag: SessionTag(8)))
        #expect(try #require(harness.beat).wantsList)
    }

    @Test("beats that acknowledge do not put off the one that expels a silent member")
    func expelsBetweenEnds() throws {
        var harness = ClusterHarness()
        harness.join()
        let still = ClusterHarness.count(ClusterHarness.other)
        harness.pass(2_500)
        harness.reply(ClusterHarness.granted(4, members: [still]))
        for _ in 0..<4 {
            harness.pass(2_500)
            harness.reply(ClusterHarness.granted(4, members: [still]))
        }
        harness.pass(1_000)
        harness.read(5, ClusterHarness.ended(SharedDigest(high: 9, low: 5), tag: SessionTag(5)))
        harness.reply(ClusterHarness.granted(5, members: []))
        harness.pass(330)
        #expect(try #require(harness.beat).expelled == [still])
    }

    @Test("a member that cannot be expelled, as this host has no lease, makes no more beats than usual")
    func silentWithoutLease() throws {
        var harness = ClusterHarness()
        harness.join()
        let refused = ClusterHarness.withheld([ClusterHarness.count(ClusterHarness.other)])
        var beats = 0
        for _ in 0..<60 {
            harness.pass(500)
            guard harness.beat != nil else { continue }
            beats += 1
            harness.reply(refused)
        }
        // One in 2.5 s. The one at the instant at which the member would have been expelled takes another's place.
        #expect(beats == 12)
    }

    @Test("a member that has joined again is not expelled for what it was before")
    func joinedAgain() throws {
        var harness = ClusterHarness()
        harness.join()
        for joined in [2, 2, 2, 2, 8, 8] as [UInt64] {
            harness.pass(2_500)
            #expect(try #require(harness.beat).expelled == [])
            let count = ClusterHarness.count(ClusterHarness.other, joined: joined)
            harness.reply(ClusterHarness.granted(4, members: [count]))
        }
    }

    @Test("a host without a lease expels nobody")
    func noLeaseNoExpulsion() throws {
        var harness = ClusterHarness()
        harness.join()
        let still = ClusterHarness.count(ClusterHarness.other)
        let refused = ClusterHarness.withheld([still])
        for _ in 0..<8 {
            harness.pass(2_500)
            #expect(try #require(harness.beat).expelled == [])
            harness.reply(refused)
        }
        #expect(harness.host.isMember)
    }

    @Test("a host without a lease expels what it was itself before it lost its memory")
    func expelsItself() throws {
        var harness = ClusterHarness()
        harness.join()
        let itself = ClusterHarness.count(ClusterHarness.other, name: "one")
        let refused = ClusterHarness.withheld([itself])
        var expelled: [MemberCount] = []
        for _ in 0..<8 where expelled.isEmpty {
            harness.pass(2_500)
            expelled = try #require(harness.beat).expelled
            harness.reply(refused)
        }
        #expect(expelled == [itself])
        #expect(harness.milliseconds >= 11_330 + 1_000)
    }

    @Test("two hosts of one member id: the one that is told so takes another, and has no lease")
    func twice() {
        var harness = ClusterHarness()
        harness.join()
        harness.pass(2_500)
        harness.reply(.refused(.twice))
        #expect(harness.host.member != ClusterHarness.member)
        #expect(harness.host.lease == .boot)
        #expect(harness.reports.contains(.duplicated))
    }

    @Test("a store that does not answer is connected to anew after pauses that grow, and never within none")
    func pauses() {
        var harness = ClusterHarness()
        var longest: UInt64 = 0
        for round in 0..<12 {
            harness.take(.connected)
            harness.lose()
            harness.pass(5_000)
            let pauses: [BootSpan] = harness.actions.compactMap {
                if case .connect(let pause) = $0 { pause } else { nil }
            }
            #expect(pauses.count == 1)
            let pause = pauses.first?.nanoseconds ?? 0
            #expect(pause >= 50_000_000 && pause <= 5_000_000_000)
            if round == 11 { #expect(pause >= 2_500_000_000) }
            longest = max(longest, pause)
        }
        #expect(longest > 2_000_000_000)
    }
}
