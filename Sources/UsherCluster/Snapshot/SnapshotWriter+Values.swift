/// The values of the protocol in a snapshot.
extension SnapshotWriter {
    mutating func put(_ digest: SharedDigest) {
        put(digest.high)
        put(digest.low)
    }

    mutating func put(_ member: MemberID) {
        put(member.high)
        put(member.low)
    }

    mutating func put(_ stamp: Stamp) {
        put(stamp.ordinal)
        put(stamp.number)
    }

    mutating func put(_ edition: Edition) {
        put(edition.era)
        put(edition.version)
    }

    mutating func put(_ instant: BootInstant) { put(instant.nanoseconds) }

    /// An epoch has 32 bits; the bit above them stands for none.
    mutating func put(_ epoch: Epoch?) { put(epoch.map { UInt64($0.value) } ?? 1 << 32) }

    /// An end.
    package mutating func put(_ target: EndTarget) {
        switch target {
        case .session(let digest, let tag, let bucket, let absolute, let reason, let note):
            put(UInt64(digest == nil ? 0 : 1))
            put(digest ?? SharedDigest(high: 0, low: 0))
            put(tag.value)
            put(bucket, absolute)
            put(UInt64(reason))
            put(note)
        case .user(let bucket, let spared, let until, let note):
            put(UInt64(2))
            put(bucket, until)
            put(spared.value)
            put(note)
        case .realm(let realm, let until, let note):
            put(UInt64(3))
            put(realm, until)
            put(note)
        }
    }

    mutating func put(_ end: KnownEndOfAll) {
        put(end.bucket, end.until)
        put(end.stamp)
        put(end.spared.value)
    }
}

extension SnapshotReader {
    /// Bytes of the sealed name of a host, with room.
    private static let noteLimit = 1_024

    mutating func digest() throws(SnapshotFault) -> SharedDigest {
        SharedDigest(high: try number(), low: try number())
    }

    mutating func member() throws(SnapshotFault) -> MemberID { MemberID(high: try number(), low: try number()) }

    mutating func stamp() throws(SnapshotFault) -> Stamp { Stamp(ordinal: try number(), number: try number()) }

    mutating func edition() throws(SnapshotFault) -> Edition { Edition(era: try number(), version: try number()) }

    mutating func instant() throws(SnapshotFault) -> BootInstant { BootInstant(nanoseconds: try number()) }

    mutating func epoch() throws(SnapshotFault) -> Epoch? {
        let word = try number()
        guard word <= 1 << 32 else { throw .damaged }
        return UInt32(exactly: word).map { Epoch($0) }
    }

    /// An end.
    package mutating func target() throws(SnapshotFault) -> EndTarget {
        switch try number() {
        case let kind where kind < 2:
            let (digest, tag) = (try digest(), SessionTag(try number()))
            let (bucket, absolute) = try halves()
            guard let reason = UInt8(exactly: try number()), kind == 1 || tag != .none else { throw .damaged }
            return .session(
                digest: kind == 1 ? digest : nil, tag: tag, bucket: bucket, absolute: absolute, reason: reason,
                note: try bytes(Self.noteLimit))
        case 2:
            let (bucket, until) = try halves()
            return .user(
                bucket: bucket, spared: SessionTag(try number()), until: until, note: try bytes(Self.noteLimit))
        case 3:
            let (realm, until) = try halves()
            return .realm(realm, until: until, note: try bytes(Self.noteLimit))
        default: throw .damaged
        }
    }

    mutating func endOfAll(_ kind: KnownEndOfAll.Kind) throws(SnapshotFault) -> KnownEndOfAll {
        let (bucket, until) = try halves()
        return KnownEndOfAll(
            kind: kind, bucket: bucket, stamp: try stamp(), spared: SessionTag(try number()), until: until)
    }
}
