// A patch of a session's data, and its application to the stored object. Both are JSON bytes: the patch in its request,
// the stored object in the ledger. Rejected: a dictionary per session, which costs memory and serves nothing here.

/// `data` of `session.update`: `{key: string or null}`, by reference. Null removes the key.
package struct DataPatch: Sendable {
    private struct Entry: Sendable {
        let key: JSONText
        /// ``JSONText/hash(in:)`` of the key, so that two keys are hardly ever compared byte by byte.
        let hash: Int
        /// Nil removes.
        let value: JSONText?
    }

    private var entries: [Entry] = []

    /// Reads the object at `reader`. Throws `.invalidParams` for an empty or repeated key, `.tooLarge` for a key above
    /// 64 bytes or more than 128 keys (64 to remove and 64 to set).
    init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        try reader.enterObject(bytes)
        while let key = try reader.nextKey(bytes) {
            guard !key.hasLoneSurrogate, key.encodedCount > 0 else { throw .invalidParams }
            guard key.count(in: bytes) <= WireLimit.dataKey, entries.count < WireLimit.patchMembers else {
                throw .tooLarge
            }
            let hash = key.hash(in: bytes)
            guard !names(key, hash, in: bytes, own: bytes) else { throw .invalidParams }
            let value = try reader.null(bytes) ? nil : try reader.wholeText(bytes)
            entries.append(Entry(key: key, hash: hash, value: value))
        }
    }

    /// Whether an entry has this key, which was read from `others`.
    private func names(_ key: JSONText, _ hash: Int, in others: Span<UInt8>, own: Span<UInt8>) -> Bool {
        entries.contains { $0.hash == hash && $0.key.equals(key, in: others, own: own) }
    }

    /// Applies the patch, which was read from `bytes`, to `stored` (an earlier result, or empty). Returns compact JSON,
    /// in which each text has one encoding; the keys that stay come first. Throws `.tooLarge` above 64 keys, or 8 KiB
    /// of keys and values, unescaped. O(bytes), but for a comparison of two numbers for each pair of keys.
    package func applied(to stored: Span<UInt8>, in bytes: Span<UInt8>) throws(Refusal) -> [UInt8] {
        var object = DataObject()
        if stored.count > 0 {
            var reader = JSONReader(0..<stored.count)
            try reader.enterObject(stored)
            while let key = try reader.nextKey(stored) {
                let value = try reader.text(stored)
                if !names(key, key.hash(in: stored), in: stored, own: bytes) { try object.add(key, value, stored) }
            }
        }
        for entry in entries {
            if let value = entry.value { try object.add(entry.key, value, bytes) }
        }
        return try object.finished()
    }
}

/// The resulting object while it is written.
private struct DataObject: ~Copyable {
    private var out = FrameBuffer(capacity: WireLimit.dataEncoded)
    private var keys = 0
    private var size = 0

    init() { out.beginObject() }

    mutating func add(_ key: JSONText, _ value: JSONText, _ bytes: Span<UInt8>) throws(Refusal) {
        keys += 1
        size += key.count(in: bytes) + value.count(in: bytes)
        guard keys <= WireLimit.dataKeys, size <= WireLimit.dataBytes else { throw .tooLarge }
        out.value(key, in: bytes)
        out.colon()
        out.value(value, in: bytes)
    }

    mutating func finished() throws(Refusal) -> [UInt8] {
        out.endObject()
        guard out.endText() else { throw .tooLarge }
        return out.copy()
    }
}
