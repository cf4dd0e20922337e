@testable import UsherCluster

/// What the core reads of the stream that the vectors leave behind.
enum StoreVectorEntries {
    private typealias Calls = StoreVectorCalls

    private static func notice(
        _ digest: SharedDigest, _ tag: UInt64, bucket: UInt32 = StoreVectorCalls.bucket, reason: UInt8,
        _ note: String = ""
    ) -> EndNotice {
        EndNotice(
            digest: digest, tag: SessionTag(tag), bucket: bucket, absolute: StoreVectorCalls.far, reason: reason,
            note: Array(note.utf8))
    }

    private static func userEnd(_ number: UInt64, spared: SessionTag, _ note: String = "") -> StreamEntry {
        .userEnded(
            bucket: Calls.bucket, stamp: Calls.stamp(number), spared: spared, until: Calls.far, note: Array(note.utf8))
    }

    private static func change(
        _ number: UInt8, _ version: UInt64, era: UInt64 = StoreVectorCalls.ordinal, _ nonce: UInt64
    ) -> StreamEntry {
        let edition = Edition(era: era, version: version)
        return .changed(
            KnownChange(digest: Calls.digest(number), edition: edition, nonce: nonce, absolute: Calls.far))
    }

    static let all: [StreamEntry] = [
        .opened(Calls.epoch),
        .joined(Calls.member("A")),
        .joined(Calls.member("B")),
        .ended(notice(Calls.digest(1), 1, reason: 2, "gone")),
        change(2, 2, 0x0202_0202_0202_0202),
        .moved(notice(Calls.digest(2), 2, reason: 0, "moved")),
        .ended(notice(Calls.digest(3), 2, reason: 1, "bye")),
        .ended(notice(SharedDigest(handle: Calls.tag(9)), 9, reason: 4)),
        userEnd(9, spared: Calls.tag(4), "all"),
        userEnd(10, spared: Calls.tag(4), "again"),
        userEnd(11, spared: .none),
        .realmEnded(realm: 7, stamp: Calls.stamp(12), until: Calls.far, note: Array("realm".utf8)),
        .joined(Calls.member("C")),
        .ended(notice(Calls.digest(6), 0, bucket: 0, reason: 3)),
        .ended(notice(SharedDigest(handle: Calls.tag(7)), 7, bucket: 0, reason: 3)),
        .moved(
            EndNotice(
                digest: Calls.digest(12), tag: .none, bucket: 0, absolute: Calls.far, reason: 0,
                note: Calls.succession.note)),
        .realmEnded(realm: 8, stamp: Stamp(ordinal: 5, number: 6), until: Calls.far),
        .userEnded(
            bucket: Calls.bucket + 1, stamp: Stamp(ordinal: 5, number: 7), spared: Calls.tag(8), until: Calls.far),
        change(7, 3, era: 5, 0x6E6F_6E63_656E_6F6E),
        change(11, 2, era: 5, 0x0B0B_0B0B_0B0B_0B0B),
        change(11, 2, 0x0B0B_0B0B_0B0B_0B0B),
        .joined(Calls.member("D")),
        .left(Calls.member("B")),
        .left(Calls.member("A")),
    ]
}
