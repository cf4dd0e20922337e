// A patch of a session's data, and its application to the stored object. Both are JSON bytes: the patch in its request,
// the stored object in the ledger. Rejected: a dictionary per session, which costs memory and serves nothing here.

/// `data` of `session.update`: `{key: string or null}`, by reference. Null removes the key.
package struct DataPatch: Sendable {
    private struct Entry: Sendable {
        let key: JSONText
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
            guard find(key, in: bytes, own: bytes) == nil else { throw .invalidParams }
            let value = try reader.null(bytes) ? nil : try reader.wholeText(bytes)
            entries.append(Entry(key: key, value: value))
        }
    }

    private func find(_ key: JSONText, in others: Span<UInt8>, own: Span<UInt8>) -> Entry? {
        entries.first { $0.key.equals(key, in: others, own: own) }
    }

    /// Applies the patch, which was read from `bytes`, to `stored` (an earlier result, or empty). Returns compact JSON,
    /// in which each text has one encoding; the keys that stay come first. Throws `.tooLarge` above 64 keys, or 8 KiB
    /// of keys and values, unescaped. O(keys × members).
    package func applied(to stored: Span<UInt8>, in bytes: Span<UInt8>) throws(Refusal) -> [UInt8] {
        var object = DataObject()
        if stored.count > 0 {
            var reader = JSONReader(0..<stored.count)
            try reader.enterObject(stored)
            while let key = try reader.nextKey(stored) {
                let value = try reader.text(stored)
                if find(key, in: stored, own: bytes) == nil { try object.add(key, value, stored) }
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
