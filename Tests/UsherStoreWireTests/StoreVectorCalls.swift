@testable import UsherCluster

/// What the core says and is answered where the vectors have a call: their order is the same.
enum StoreVectorCalls {
    struct Row: Sendable {
        let epoch: Epoch?
        let call: StoreCall
        let reply: StoreReply
    }

    static let epoch = Epoch(10)
    static let ordinal: UInt64 = 9_000_000_000_000_001
    static let far: UInt32 = 4_102_444_800
    static let bucket: UInt32 = 0x8000_0007
    static let check: UInt64 = 0x0123_4567_89AB_CDEF

    static func member(_ letter: Character) -> MemberID {
        let word = UInt64(letter.asciiValue ?? 0) * 0x0101_0101_0101_0101
        return MemberID(high: word, low: word)
    }

    static func digest(_ number: UInt8) -> SharedDigest {
        let word = UInt64(0xD0 + number) * 0x0101_0101_0101_0101
        return SharedDigest(high: word, low: word)
    }

    static func tag(_ number: UInt64) -> SessionTag { SessionTag(number) }

    static func record(_ number: UInt8, version: UInt64 = 1, era: UInt64 = 0, stamp: Stamp = .zero) -> SharedRecord {
        SharedRecord(
            key: 1, seen: 1_600_000_000, idle: 31_536_000, absolute: far, version: version, era: era,
            stamp: stamp, bucket: bucket, realm: 7, tag: tag(UInt64(number)),
            nonce: UInt64(number) * 0x0101_0101_0101_0101,
            sealed: [UInt8](repeating: UInt8(version), count: 8) + Array("sealed".utf8))
    }

    static func stamp(_ number: UInt64) -> Stamp { Stamp(ordinal: ordinal, number: number) }

    private static func row(_ call: StoreCall, _ reply: StoreReply, epoch: Epoch? = epoch) -> Row {
        Row(epoch: epoch, call: call, reply: reply)
    }

    private static func greeting(_ epoch: Epoch?, _ seconds: UInt64) -> StoreReply {
        let isOpen = epoch != nil
        return .hello(
            StoreGreeting(
                epoch: epoch, ordinal: isOpen ? ordinal : 0, isOpen: isOpen, lease: isOpen ? 10_000 : 0,
                check: isOpen ? check : 0, number: isOpen ? 1 : 0, front: .zero, seconds: seconds,
                evictsKeys: false))
    }

    private static func heritage(
        _ epoch: UInt32, _ ordinal: UInt64, isSure: Bool, _ view: [MemberID], ancestors: [Epoch] = []
    ) -> Heritage {
        var heritage = Heritage(
            epoch: Epoch(epoch), ordinal: ordinal, view: view, ancestors: ancestors, position: .zero, mayBeSure: true,
            awaited: [])
        heritage.isSure = isSure
        return heritage
    }

    private static func join(
        _ letter: Character, _ acknowledged: UInt64, _ name: String, _ heritage: Heritage? = nil
    ) -> StoreCall {
        .join(member(letter), number: 1, acknowledged: acknowledged, name: name, heritage)
    }

    private static func beat(
        _ letter: Character, _ number: UInt64, _ acknowledged: UInt64, wantsList: Bool = false,
        isThrough: Bool = false, _ expelled: [MemberCount] = []
    ) -> StoreCall {
        .beat(
            member(letter), number: number, acknowledged: acknowledged, wantsList: wantsList, isThrough: isThrough,
            expelled: expelled)
    }

    private static func beaten(
        _ isGranted: Bool, _ number: UInt64, _ minimum: UInt64, _ seconds: UInt64, isWhole: Bool = true,
        _ members: [MemberCount] = []
    ) -> StoreReply {
        .beat(
            BeatReply(
                isGranted: isGranted, number: number, minimum: minimum, isWhole: isWhole, lacksHosts: !isWhole,
                seconds: seconds, members: members))
    }

    private static func count(
        _ letter: Character, _ beats: UInt64, _ joined: UInt64, _ name: String = ""
    ) -> MemberCount {
        MemberCount(member: member(letter), beats: beats, joined: joined, name: name, isThrough: false)
    }

    private static func put(
        _ number: UInt8, limit: UInt32 = 0, evicts: Bool = false, began: UInt64 = 3, note: String = ""
    ) -> StoreCall {
        .put(
            digest(number), record(number), limit: limit, evicts: evicts, began: stamp(began),
            note: Array(note.utf8))
    }

    private static func endOfAll(_ letter: Character, _ spared: SessionTag, _ note: String) -> StoreCall {
        .end(
            member(letter), joined: letter == "A" ? 2 : 3, acknowledged: 0,
            .user(bucket: bucket, spared: spared, until: far, note: Array(note.utf8)))
    }

    private static func end(
        _ digest: SharedDigest?, _ tag: SessionTag, acknowledged: UInt64 = 3, reason: UInt8, _ note: String
    ) -> StoreCall {
        .end(
            member("A"), joined: 2, acknowledged: acknowledged,
            .session(
                digest: digest, tag: tag, bucket: bucket, absolute: far, reason: reason, note: Array(note.utf8)))
    }

    private static func change(_ number: UInt8, _ version: UInt64, era: UInt64 = ordinal) -> StoreCall {
        .change(
            member("A"), digest(number), from: Edition(era: era, version: version),
            record(number, version: version + 1))
    }

    /// The rows; what the servers' clocks say is taken from the vectors, in their order.
    static func all(seconds: [UInt64]) -> [Row] {
        let open = StoreCall.open(old: nil, ordinal: ordinal - 1, new: epoch, lease: 10_000, check: check)
        let again = StoreCall.open(old: epoch, ordinal: ordinal - 1, new: Epoch(11), lease: 10_000, check: check)
        let both = [count("A", 2, 2, "one"), count("B", 1, 3, "zwei, \u{E4}")]
        return [
            row(.hello, greeting(nil, seconds[0]), epoch: nil),
            row(.probe, .probed, epoch: nil),
            row(open, .opened, epoch: nil),
            row(.hello, greeting(epoch, seconds[1]), epoch: nil),
            row(again, .refused(.epoch), epoch: nil),
            row(.trim(count: 256), .trimmed(removed: 0)),
            row(join("A", 1, "one"), .joined(number: 2)),
            row(join("B", 2, "zwei, \u{E4}"), .joined(number: 3)),
            row(join("B", 2, "two"), .refused(.twice)),
            row(beat("A", 2, 3, wantsList: true), beaten(true, 3, 2, seconds[2], both)),
            row(beat("A", 2, 3, wantsList: true), .refused(.twice)),
            row(beat("C", 2, 3, wantsList: true), .refused(.expelled)),
            row(beat("B", 2, 3, isThrough: true), beaten(true, 3, 3, seconds[3])),
            row(.get(digest(1)), .foundNothing),
            row(put(1, note: "note"), .put(number: 3, evicted: [])),
            row(.get(digest(1)), .found(record(1, era: ordinal, stamp: stamp(3)))),
            row(put(1), .refused(.conflict)),
            row(put(2, limit: 1), .refused(.quota)),
            row(put(2, limit: 1, evicts: true, note: "gone"), .put(number: 4, evicted: [digest(1)])),
            row(.get(digest(1)), .foundEnded),
            row(
                .list(bucket: bucket, from: .start, count: 10),
                .listed(
                    [ListedSession(digest: digest(2), record: record(2, era: ordinal, stamp: stamp(4)), cursor: 0)],
                    next: nil)),
            row(.list(bucket: bucket, from: ListPlace(cursor: 0, after: tag(2)), count: 10), .listed([], next: nil)),
            row(change(2, 1), .changed(number: 5, minimum: 3)),
            row(change(2, 5), .refused(.changed)),
            row(change(2, 2, era: 5), .refused(.changed)),
            row(
                .move(
                    member("A"), old: digest(2), new: digest(3), era: ordinal, record(2, version: 2),
                    note: Array("moved".utf8)),
                .changed(number: 6, minimum: 3)),
            row(change(2, 2), .refused(.ended)),
            row(
                .move(member("A"), old: digest(9), new: digest(8), era: 5, record(9), note: []), .refused(.absent)),
            row(
                .touch([
                    SessionUse(digest: digest(3), age: 5), SessionUse(digest: digest(9), age: 0),
                    SessionUse(digest: digest(2), age: 7),
                ]), .touched(absent: [digest(9)], ended: [digest(2)])),
        ] + ends() + restored(seconds)
    }

    private static func ends() -> [Row] {
        [
            row(end(digest(3), tag(2), reason: 1, "bye"), .ended(number: 7, minimum: 3)),
            row(
                end(nil, tag(9), acknowledged: 7, reason: 4, ""),
                .ended(number: 8, lived: false, minimum: 3, isCounted: true)),
            row(put(4, began: 9), .put(number: 8, evicted: [])),
            row(endOfAll("A", tag(4), "all"), .ended(number: 9, minimum: 3)),
            row(endOfAll("A", tag(4), "again"), .ended(number: 10, minimum: 3)),
            row(.get(digest(4)), .found(record(4, era: ordinal, stamp: stamp(10)))),
            row(endOfAll("B", .none, ""), .ended(number: 11, minimum: 3)),
            row(.sweep(bucket: bucket, cursor: 0), .swept(next: 0)),
            row(put(5), .refused(.cancelled)),
            row(
                .end(member("A"), joined: 1, acknowledged: 0, .realm(7, until: far, note: Array("realm".utf8))),
                .refused(.expelled)),
            row(
                .end(member("A"), joined: 2, acknowledged: 0, .realm(7, until: far, note: Array("realm".utf8))),
                .ended(number: 12, minimum: 3)),
        ]
    }

    static let succession = Succession(digest: digest(13), edition: Edition(era: 5, version: 1))

    private static func restored(_ seconds: [UInt64]) -> [Row] {
        [
            row(
                join("C", 12, "three", heritage(9, ordinal, isSure: true, [member("A")])), .refused(.behind)),
            row(
                join(
                    "C", 12, "three",
                    heritage(9, 5, isSure: true, [member("A"), member("B")], ancestors: [Epoch(7)])),
                .joined(number: 13)),
            row(
                .restoreEnds([
                    KnownEnd(digest: digest(6), absolute: far),
                    KnownEnd(digest: SharedDigest(handle: tag(7)), absolute: far),
                    KnownEnd(digest: digest(12), absolute: far, succession: succession),
                ]), .told),
            row(
                .restoreAll([
                    KnownEndOfAll(
                        kind: .realm, bucket: 8, stamp: Stamp(ordinal: 5, number: 6), spared: .none, until: far),
                    KnownEndOfAll(
                        kind: .user, bucket: bucket + 1, stamp: Stamp(ordinal: 5, number: 7), spared: tag(8),
                        until: far),
                ]), .told),
            row(
                .restoreChanges([
                    KnownChange(
                        digest: digest(7), edition: Edition(era: 5, version: 3), nonce: 0x6E6F_6E63_656E_6F6E,
                        absolute: far)
                ]), .told),
            row(
                .again([
                    PutBack(
                        digest: digest(3), stamp: Stamp(ordinal: 5, number: 8), era: 5,
                        record: record(3, version: 2)),
                    PutBack(digest: digest(10), stamp: stamp(13), era: ordinal, record: record(10, version: 4)),
                ]), .putBack(ended: [digest(3)])),
            row(
                .restoreChanges([
                    KnownChange(
                        digest: digest(11), edition: Edition(era: 5, version: 2), nonce: 0x0B0B_0B0B_0B0B_0B0B,
                        absolute: far)
                ]), .told),
            row(
                .change(
                    member("A"), digest(11), from: Edition(era: 5, version: 1),
                    record(11, version: 2, stamp: stamp(13))),
                .changed(number: 21, minimum: 3)),
            row(
                .move(
                    member("A"), old: digest(12), new: digest(13), era: 5, record(12, stamp: stamp(13)),
                    note: succession.note), .changed(number: 16, minimum: 3)),
            row(join("D", 12, "four", heritage(8, 4, isSure: false, [member("E")])), .joined(number: 22)),
            row(.get(digest(9)), .foundDoubtful),
            row(change(9, 1), .refused(.incomplete)),
            row(
                .again([PutBack(digest: digest(9), stamp: .zero, era: 0, record: record(9))]), .refused(.incomplete)),
            row(
                beat("A", 3, 12, isThrough: true, [count("B", 2, 3), count("D", 0, 99)]),
                beaten(true, 23, 12, seconds[4], isWhole: false)),
            row(.claim(digest(1), mark: Epoch(10).mark(ordinal), until: far), .claimed(true)),
            row(.claim(digest(1), mark: Epoch(10).mark(ordinal), until: far), .claimed(false)),
            row(.claim(digest(2), mark: Epoch(10).mark(ordinal - 1), until: far), .refused(.cancelled)),
            row(.leave(member("A")), .left),
            row(.leave(member("F")), .left),
            row(.get(digest(1)), .refused(.epoch), epoch: Epoch(11)),
        ]
    }
}
