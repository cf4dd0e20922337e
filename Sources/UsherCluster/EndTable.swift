/// The sessions that ended, by digest and by handle, until each would have ended by itself. A fetched record whose
/// digest or tag is in the table is not adopted. A host tells the table to a store that has lost its memory.
struct EndTable: Sendable {
    private struct End: Sendable {
        var absolute: UInt32
        /// The epoch whose stream told of it last; nil: none has.
        var told: Epoch?
    }

    private let capacity: Int
    private var ends: [SharedDigest: End] = [:]

    /// Room for `capacity` digests and handles.
    init(capacity: Int) { self.capacity = capacity }

    /// How many there are.
    var count: Int { ends.count }

    /// Whether the session of `digest` ended.
    func has(_ digest: SharedDigest) -> Bool { ends[digest] != nil }

    /// Whether `record`, found under `digest`, is of a session that ended.
    func has(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        has(digest) || has(SharedDigest(handle: record.tag))
    }

    /// Notes an end until a minute after `absolute`. `told` is the epoch whose stream has told of it; nil where no
    /// stream has. Returns false, and changes nothing, where the table is full of ends that still matter at `seconds`.
    /// Both times are Unix seconds.
    mutating func insert(_ digest: SharedDigest, absolute: UInt32, told: Epoch?, seconds: UInt64) -> Bool {
        if let known = ends[digest] {
            ends[digest] = End(absolute: max(known.absolute, absolute), told: told ?? known.told)
            return true
        }
        if ends.count >= capacity { ends = ends.filter { UInt64($0.value.absolute) + 60 > seconds } }
        guard ends.count < capacity else { return false }
        ends[digest] = End(absolute: absolute, told: told)
        return true
    }

    /// What the stream of `epoch` has not told.
    func untold(_ epoch: Epoch?) -> [KnownEnd] {
        ends.filter { $0.value.told != epoch }.map { KnownEnd(digest: $0.key, absolute: $0.value.absolute) }
    }

    /// Forgets every end.
    mutating func removeAll() { ends.removeAll(keepingCapacity: true) }
}

/// The table in a snapshot.
extension EndTable {
    func write(to writer: inout SnapshotWriter) {
        writer.put(ends) { writer, known in
            writer.put(known.key)
            writer.put(UInt64(known.value.absolute))
            writer.put(known.value.told)
        }
    }

    mutating func read(from reader: inout SnapshotReader) throws(SnapshotFault) {
        let count = try reader.length(capacity, of: 4)
        ends.reserveCapacity(count)
        for _ in 0..<count {
            let digest = try reader.digest()
            let end = End(absolute: try reader.half(), told: try reader.epoch())
            guard ends.updateValue(end, forKey: digest) == nil else { throw .damaged }
        }
    }
}
