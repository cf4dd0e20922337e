import Testing
import UsherCluster
import UsherTestKit

@Suite("A daemon that was restarted in order")
struct ClusterHostSnapshotTests {
    private static let others = (1...3).map { SharedDigest(high: 9, low: 100 + UInt64($0)) }

    /// A member with all that the stream can bring, and ends under way.
    private static func member() -> ClusterHarness {
        var host = ClusterHarness()
        host.join()
        host.passFence()
        host.hold()
        for (place, digest) in others.enumerated() {
            var record = ClusterHarness.record(version: 3, nonce: UInt64(place))
            (record.tag, record.bucket) = (SessionTag(UInt64(place) + 200), 0x8000_0100)
            host.take(.fetchAsked(host.request(), ClusterHarness.owner, digest))
            host.reply(.found(record))
        }
        host.take(.used(others[0]))
        host.read(5, ClusterHarness.changed(others[1], version: 4, nonce: 1))
        host.read(6, ClusterHarness.ended(SharedDigest(high: 5, low: 5), tag: SessionTag(6)))
        for (number, spared) in [(7, SessionTag.none), (8, SessionTag(201))] {
            let stamp = Stamp(ordinal: 1, number: UInt64(number))
            host.read(
                UInt64(number),
                .userEnded(bucket: 0x8000_0009, stamp: stamp, spared: spared, until: 2_000_000, note: []))
        }
        let stamp = Stamp(ordinal: 1, number: 9)
        host.read(9, .realmEnded(realm: 0x8000_0007, stamp: stamp, until: 2_000_000, note: []))
        // The second is moved twice, so that neither is the last word.
        for (number, old) in [(10, 7), (11, 8), (12, 8)] as [(UInt64, UInt64)] {
            let successor = Succession(digest: SharedDigest(high: 6, low: number), edition: Edition(era: 1, version: 2))
            host.read(
                number,
                .moved(
                    EndNotice(
                        digest: SharedDigest(high: 6, low: old), tag: SessionTag(old), bucket: 0x8000_0001,
                        absolute: 2_000_000, reason: 1, note: successor.note)))
        }
        let targets: [EndTarget] = [
            ClusterHarness.end(nil), ClusterHarness.end(SharedDigest(high: 5, low: 6)),
            .user(bucket: 0x8000_0109, spared: SessionTag(200), until: 2_000_000, note: [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            .realm(0x8000_0008, until: 2_000_000, note: [1]),
        ]
        for (uid, target) in targets.enumerated() {
            host.take(.endAsked(host.request(), ShareOwner(uid: UInt32(uid)), target))
        }
        return host
    }

    /// The same in an epoch that it enters: before it has joined, and with the members of the older one to wait for.
    private static func inNewEpoch(joins: Bool) -> ClusterHarness {
        var host = member()
        host.replyToBeatIfOpen(members: [ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other)])
        host.pass(30_000)
        host.changeEpoch()
        host.readNewStream()
        while let call = host.open.last?.call, host.joining == nil {
            if case .join = call { break }
            host.reply(.told)
        }
        if joins {
            host.reply(.joined(number: 2))
            host.read(2, .joined(ClusterHarness.member), ordinal: 2)
            host.replyToBeat(
                ClusterHarness.granted(
                    2, isWhole: false, members: [ClusterHarness.count(), ClusterHarness.count(ClusterHarness.other)]))
        }
        return host
    }

    /// A host whose table of ends has overflowed.
    private static func overflowed() -> ClusterHarness {
        var host = ClusterHarness { $0.endCapacity = 1 }
        host.join()
        host.hold()
        host.read(5, ClusterHarness.ended(SharedDigest(high: 5, low: 5)))
        return host
    }

    /// A host that reads the stream of an epoch that it enters.
    private static func reading() -> ClusterHarness {
        var host = member()
        host.changeEpoch()
        host.reply(.probed)
        return host
    }

    private static var all: [ClusterHarness] {
        [member(), inNewEpoch(joins: false), inNewEpoch(joins: true), overflowed(), reading()]
    }

    /// Properties that a restart does not keep, or that are the next process's own.
    private static let notKept: Set = [
        "guards", "limits", "now", "actions", "entropy", "name", "keptFence", "standing", "control", "retries",
        "lastCall", "trimPaid", "trimRetries", "timers", "clock", "hasReadJoin", "isWhole", "fault", "names", "missing",
        "hasToldLeave",
    ]

    /// The text of each property, with the elements of sets and dictionaries in one order.
    private static func properties(of host: ClusterHost) -> [String: String] {
        var texts: [String: String] = [:]
        for child in Mirror(reflecting: host).children where !notKept.contains(child.label ?? "") {
            texts[child.label ?? ""] = text(child.value, child.label)
        }
        return texts
    }

    private static func text(_ value: Any, _ label: String?) -> String {
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else { return "\(value)" }
        // Lists of no particular order.
        let isUnordered = ["byBucket", "later"].contains(label ?? "")
        var parts = mirror.children.map { child in
            let name = mirror.displayStyle == .dictionary || mirror.displayStyle == .collection ? "" : child.label ?? ""
            return name + "=" + text(child.value, isUnordered ? label : child.label)
        }
        if isUnordered || mirror.displayStyle == .dictionary || mirror.displayStyle == .set { parts.sort() }
        return "\(mirror.subjectType)(\(parts.joined(separator: ",")))"
    }

    @Test("has every property that a restart keeps, whatever the state was")
    func keepsAll() throws {
        var unseen = Set(Self.properties(of: ClusterHarness().host).keys)
        for harness in Self.all {
            var (harness, kept) = (harness, harness)
            kept.restart()
            let (before, empty) = (Self.properties(of: kept.host), Self.properties(of: harness.fresh()))
            try harness.restartInOrder()
            let after = Self.properties(of: harness.host)
            for (name, text) in before {
                #expect(after[name] == text, "\(name)")
                if empty[name] != text { unseen.remove(name) }
            }
        }
        // Those that a restart empties, and two that a host which was created anew has.
        let emptied: Set = [
            "calls", "following", "fetches", "lists", "listing", "writes", "moves", "claims", "fetchShares",
            "listShares", "waiters", "writeShares", "claimShares", "sweeps", "trimming", "minimum", "told",
            "forgetting", "member", "beats",
        ]
        #expect(unseen == emptied, "every property that is kept was in some state")
    }

    @Test("accepts what it held as long as its lease would have run, and not longer")
    func acceptsAtOnce() throws {
        var host = Self.member()
        #expect(host.accepts == false, "its end has begun")
        host = ClusterHarness()
        host.join()
        host.hold()
        let lease = host.host.lease
        host.pass(1_000)
        try host.restartInOrder()
        #expect(host.accepts && host.host.lease == lease)
        host.pass(8_000)
        #expect(host.accepts)
        host.pass(2_000)
        #expect(!host.accepts)
        #expect(host.leases == [.boot] && host.reports.contains(.leaseLost))
    }

    @Test("goes on with the ends that were begun, and brings its older epoch along")
    func goesOn() throws {
        var host = Self.inNewEpoch(joins: false)
        let heritage = try #require(host.joining?.heritage)
        try host.restartInOrder()
        #expect(host.actions.contains { if case .connect = $0 { true } else { false } })
        host.take(.connected)
        host.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        host.reply(.probed)
        host.readEnd()
        host.reply(ClusterHarness.greeting(epoch: ClusterHarness.newEpoch, ordinal: 2, number: 1))
        while host.joining == nil { host.reply(.told) }
        let again = try #require(host.joining)
        #expect(again.heritage == heritage && again.member == ClusterHarness.member)
        host.reply(.joined(number: 2))
        let ends = host.open.count { if case .end = $0.call { true } else { false } }
        // The one that spares a session waits for the recovery.
        #expect(ends == 3)
    }

    @Test("a host that has left, or takes no part, is not kept")
    func isNotKept() {
        var host = ClusterHarness()
        #expect(host.host.isToBeKept)
        host.join()
        host.take(.leaveAsked)
        #expect(!host.host.isToBeKept)
        host.reply(.left)
        #expect(!host.host.isToBeKept)
        host = ClusterHarness()
        host.join()
        host.read(5, .unknown(kind: 99))
        #expect(!host.host.isToBeKept)
    }

    @Test("copies that the ledger does not have are forgotten")
    func forgets() {
        var host = Self.member().host
        let (count, bucket) = (host.copyCount, host.bucket(of: Self.others[0], SessionTag(200)))
        #expect(bucket == 0x8000_0100 && host.bucket(of: Self.others[0], SessionTag(201)) == nil)
        host.keepCopies { digest, tag in !(digest == Self.others[0] && tag == SessionTag(200)) }
        #expect(host.copyCount == count - 1 && host.bucket(of: Self.others[0], SessionTag(200)) == nil)
    }

    // MARK: What is refused

    @Test("is refused where it is another member's, of an older beat, or larger than the tables")
    func refusals() {
        var harness = Self.member()
        let words = harness.snapshot()
        let cases: [(ClusterHost, SnapshotFault)] = [
            (harness.fresh(ClusterHarness.other), .otherMember), (harness.fresh(beats: 1), .otherMember),
            (harness.fresh { $0.copyCapacity = 1 }, .tooLarge), (harness.fresh { $0.endCapacity = 3 }, .tooLarge),
            (harness.fresh { $0.endAllCapacity = 0 }, .tooLarge), (harness.fresh { $0.changeCapacity = 0 }, .tooLarge),
            (harness.fresh { $0.endingCapacity = 3 }, .tooLarge), (harness.fresh { $0.memberCapacity = 0 }, .tooLarge),
            (harness.fresh { $0.endingShare = 0 }, .damaged),
            (harness.fresh { $0.lease = .milliseconds(1_000) }, .damaged),
        ]
        for (fresh, fault) in cases { #expect(throws: fault) { try harness.read(words, into: fresh) } }
        #expect(throws: Never.self) { try harness.read(words, into: harness.fresh()) }
    }

    @Test("is refused at each length but its own")
    func truncated() {
        for state in Self.all {
            var harness = state
            let words = harness.snapshot()
            for length in 0..<words.count {
                #expect(throws: SnapshotFault.self) { try harness.read(Array(words[..<length]), into: harness.fresh()) }
            }
            #expect(throws: SnapshotFault.damaged) { try harness.read(words + [0], into: harness.fresh()) }
        }
    }

    @Test("a list that says to be longer than the words that are left is refused before room is made for it")
    func longLists() throws {
        let words: [UInt64] = [3, 0, 0, 0, 0, 0, 0]
        let reader = SnapshotReader(count: words.count) { Array(words[$0]) }
        func length(_ most: Int, of size: Int) throws(SnapshotFault) -> Int {
            var reader = reader
            return try reader.length(most, of: size)
        }
        #expect(try length(3, of: 2) == 3)
        #expect(throws: SnapshotFault.damaged) { try length(3, of: 3) }
        #expect(throws: SnapshotFault.tooLarge) { try length(2, of: 2) }
    }

    @Test("whatever words it has: it is refused, or the host goes on and traps nowhere")
    func damaged() {
        var random = SplitMix(seed: 7)
        let extremes: [UInt64] = [0, 1, 2, 3, 16, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max, .max - 1, 0xFFFF_FFFF]
        var accepted = 0
        for state in Self.all {
            var harness = state
            let words = harness.snapshot()
            for _ in 0..<2_000 {
                var damaged = words
                for _ in 0...random.next() % 3 {
                    let place = Int(random.next() % UInt64(words.count))
                    switch random.next() % 3 {
                    case 0: damaged[place] ^= 1 << (random.next() % 64)
                    case 1: damaged[place] = extremes[Int(random.next() % UInt64(extremes.count))]
                    default: damaged[place] = random.next()
                    }
                }
                guard let host = try? harness.read(damaged, into: harness.fresh()) else { continue }
                accepted += 1
                live(host, harness)
            }
        }
        #expect(accepted > 500, "damage that nothing but the check value finds")
    }

    /// The host's life with a store that is well, and one that has lost its memory.
    private func live(_ host: ClusterHost, _ harness: ClusterHarness) {
        var harness = harness
        harness.host = host
        harness.restart()
        harness.take(.used(Self.others[0]))
        harness.take(.endAsked(harness.request(), ClusterHarness.owner, ClusterHarness.end(nil)))
        harness.take(
            .endAsked(harness.request(), ClusterHarness.owner, .realm(0x8000_0002, until: 2_000_000, note: [])))
        for epoch in [ClusterHarness.epoch, ClusterHarness.newEpoch, Epoch(9)] {
            harness.take(.disconnected)
            harness.lose()
            harness.take(.connected)
            for _ in 0..<40 {
                guard let call = harness.open.last?.call else { break }
                switch call {
                case .hello:
                    let ordinal = UInt64(epoch.value)
                    harness.reply(ClusterHarness.greeting(epoch: epoch, ordinal: ordinal, number: 1))
                case .probe: harness.reply(.probed)
                case .restoreEnds, .restoreAll, .restoreChanges: harness.reply(.told)
                case .join: harness.reply(.joined(number: 1))
                case .beat: harness.reply(ClusterHarness.granted(1, minimum: 1))
                case .again: harness.reply(.putBack(ended: [Self.others[0]]))
                case .touch: harness.reply(.touched(absent: [Self.others[0]], ended: []))
                case .end: harness.reply(.ended(number: 1, minimum: 1))
                default: harness.reply(.refused(.other))
                }
                harness.readEnd()
            }
            for _ in 0..<3 { harness.pass(400_000) }
        }
        _ = harness.snapshot()
    }
}
