package import UsherCluster

extension SharedRecord {
    /// The first byte of a record.
    private static let mark = UInt8(ascii: "L")

    /// The record as it stands in the store.
    package var storeBytes: [UInt8] { bytes(stamp, era: era) }

    /// The same with another stamp and era.
    func bytes(_ stamp: Stamp, era: UInt64) -> [UInt8] {
        var writer = StoreWriter()
        writer.put(Self.mark)
        writer.put(key)
        writer.put(UInt16(0))
        writer.put(seen)
        writer.put(idle)
        writer.put(absolute)
        writer.put(version)
        writer.put(era)
        writer.put(stamp.ordinal)
        writer.put(stamp.number)
        writer.put(bucket)
        writer.put(realm)
        writer.put(tag.value)
        writer.put(nonce)
        writer.put(sealed)
        return writer.bytes
    }

    /// Whether the store can take it: it has a whole nonce, and is not too large.
    package var fitsStore: Bool {
        sealed.count >= StoreWireLimits.nonce - 8
            && sealed.count <= StoreWireLimits.record - StoreWireLimits.head - 8
    }

    /// The record that `bytes` are; nil where they are none.
    package init?(storeBytes bytes: [UInt8]) {
        var reader = StoreReader(bytes)
        guard reader.number() == Self.mark, let key: UInt8 = reader.number(), reader.number() == UInt16(0),
            let seen: UInt32 = reader.number(), let idle: UInt32 = reader.number(),
            let absolute: UInt32 = reader.number(), let version: UInt64 = reader.number(),
            let era: UInt64 = reader.number(),
            let stamp = reader.stamp(), let bucket: UInt32 = reader.number(), let realm: UInt32 = reader.number(),
            let tag = reader.tag(),
            let nonce: UInt64 = reader.number(), let sealed = reader.remainder(most: StoreWireLimits.record)
        else { return nil }
        self.init(
            key: key, seen: seen, idle: idle, absolute: absolute, version: version, era: era, stamp: stamp,
            bucket: bucket, realm: realm, tag: tag, nonce: nonce, sealed: sealed)
        guard fitsStore else { return nil }
    }
}
