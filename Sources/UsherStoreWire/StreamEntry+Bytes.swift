package import UsherCluster

extension StreamEntry {
    /// The entry that the stream has in its field `b`. Bytes that cannot be read count as an entry of a newer contract,
    /// which stops the host: an entry that is passed over could be an end.
    package init(storeBytes bytes: [UInt8]) {
        var reader = StoreReader(bytes)
        let kind: UInt8 = reader.number() ?? 0
        if let entry = Self.read(kind, &reader), reader.isAtEnd {
            self = entry
        } else {
            self = .unknown(kind: kind)
        }
    }

    private static func read(_ kind: UInt8, _ reader: inout StoreReader) -> StreamEntry? {
        switch kind {
        case 1: notice(&reader).map(StreamEntry.ended)
        case 2: notice(&reader).map(StreamEntry.moved)
        case 3: change(&reader)
        case 4: userEnd(&reader)
        case 5: reader.member().map(StreamEntry.joined)
        case 6: reader.member().map(StreamEntry.left)
        case 7: reader.remainder(most: 8).flatMap(Epoch.init(text:)).map(StreamEntry.opened)
        case 8: realmEnd(&reader)
        default: nil
        }
    }

    private static func notice(_ reader: inout StoreReader) -> EndNotice? {
        guard let digest = reader.digest(), let tag = reader.tag(), let bucket: UInt32 = reader.number(),
            let absolute: UInt32 = reader.number(), let reason: UInt8 = reader.number(),
            let note = reader.remainder(most: StoreWireLimits.note)
        else { return nil }
        return EndNotice(digest: digest, tag: tag, bucket: bucket, absolute: absolute, reason: reason, note: note)
    }

    private static func change(_ reader: inout StoreReader) -> StreamEntry? {
        guard let digest = reader.digest(), let version: UInt64 = reader.number(), let era: UInt64 = reader.number(),
            let nonce: UInt64 = reader.number(), let absolute: UInt32 = reader.number()
        else { return nil }
        let edition = Edition(era: era, version: version)
        return .changed(KnownChange(digest: digest, edition: edition, nonce: nonce, absolute: absolute))
    }

    private static func userEnd(_ reader: inout StoreReader) -> StreamEntry? {
        guard let bucket: UInt32 = reader.number(), let stamp = reader.stamp(), let spared = reader.tag(),
            let until: UInt32 = reader.number(), let note = reader.remainder(most: StoreWireLimits.note)
        else { return nil }
        return .userEnded(bucket: bucket, stamp: stamp, spared: spared, until: until, note: note)
    }

    private static func realmEnd(_ reader: inout StoreReader) -> StreamEntry? {
        guard let realm: UInt32 = reader.number(), let stamp = reader.stamp(), let until: UInt32 = reader.number(),
            let note = reader.remainder(most: StoreWireLimits.note)
        else { return nil }
        return .realmEnded(realm: realm, stamp: stamp, until: until, note: note)
    }
}
