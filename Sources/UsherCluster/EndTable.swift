/// The sessions that ended, by digest and by handle, until each would have ended by itself. A fetched record whose
/// digest or tag is in the table is not adopted. A host tells the table to a store that has lost its memory.
///
/// A token whose session was moved has ended as well. Where the session went is told until anything newer is known of
/// the token: another move, a newer record, or that a host tells it as an end. Then the move is told as an end.
struct EndTable: Sendable {
    private struct End: Sendable {
        var absolute: UInt32
        /// The epoch whose stream told of it last; nil: none has.
        var told: Epoch?
        var succession: Succession?
        /// Something newer is known of the token than `succession`, or something that contradicts it.
        var isOutdated = false

        /// The move that is told; nil where an end is told.
        var word: Succession? { isOutdated ? nil : succession }

        /// Takes in what else is known of the same token.
        mutating func add(_ other: End) {
            absolute = max(absolute, other.absolute)
            if word == other.word {
                told = other.told ?? told
            } else if other.word != nil {
                told = word == nil ? told : nil
                isOutdated = true
            }
            succession = other.succession ?? succession
        }
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

    /// Notes an end until a minute after its `absolute`. `told` is the epoch whose stream has told of it; nil where no
    /// stream has. Returns false, and changes nothing, where the table is full of ends that still matter at `seconds`.
    /// Both times are Unix seconds.
    mutating func insert(_ end: KnownEnd, told: Epoch?, seconds: UInt64) -> Bool {
        let fresh = End(absolute: end.absolute, told: told, succession: end.succession)
        if ends[end.digest] != nil {
            ends[end.digest]?.add(fresh)
            return true
        }
        if ends.count >= capacity { ends = ends.filter { UInt64($0.value.absolute) + 60 > seconds } }
        guard ends.count < capacity else { return false }
        ends[end.digest] = fresh
        return true
    }

    /// Where the session of `digest` went, by the last move of it; nil where none is known.
    func succession(_ digest: SharedDigest) -> Succession? { ends[digest]?.succession }

    /// Notes that something newer is known of `digest` than where its session went.
    mutating func outdate(_ digest: SharedDigest) {
        guard ends[digest]?.word != nil else { return }
        ends[digest]?.isOutdated = true
        ends[digest]?.told = nil
    }

    /// What the stream of `epoch` has not told.
    func untold(_ epoch: Epoch?) -> [KnownEnd] {
        ends.filter { $0.value.told != epoch }.map {
            KnownEnd(digest: $0.key, absolute: $0.value.absolute, succession: $0.value.word)
        }
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
            writer.put(known.value.succession != nil, known.value.isOutdated)
            guard let succession = known.value.succession else { return }
            writer.put(succession.digest)
            writer.put(succession.edition)
        }
    }

    mutating func read(from reader: inout SnapshotReader) throws(SnapshotFault) {
        let count = try reader.length(capacity, of: 5)
        ends.reserveCapacity(count)
        for _ in 0..<count {
            let digest = try reader.digest()
            var end = End(absolute: try reader.half(), told: try reader.epoch())
            let flags = try reader.flags(2)
            end.isOutdated = flags[1]
            if flags[0] { end.succession = Succession(digest: try reader.digest(), edition: try reader.edition()) }
            guard ends.updateValue(end, forKey: digest) == nil else { throw .damaged }
        }
    }
}
