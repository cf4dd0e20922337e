/// The last end of all of each user, or of each realm, and the last one before it that did not spare the same session.
/// A store that is given both finds out whether the spared session was alive. Users and realms have one table each.
struct EndAllTable: Sendable {
    private struct Last: Sendable {
        var end: KnownEndOfAll
        var before: KnownEndOfAll?
        /// The epoch whose stream told of it last.
        var told: Epoch?

        /// Takes another end of the same sessions in.
        mutating func add(_ other: KnownEndOfAll, told: Epoch?) {
            if other.stamp >= end.stamp {
                if other.spared != end.spared { before = end }
                (end, self.told) = (other, told)
            } else if other.spared != end.spared, other.stamp > before?.stamp ?? .zero {
                before = other
            }
        }
    }

    private let capacity: Int
    private var lasts: [UInt32: Last] = [:]

    /// Room for `capacity` users or realms.
    init(capacity: Int) { self.capacity = capacity }

    /// The least stamp that a good record of `bucket` has.
    func least(_ bucket: UInt32) -> Stamp { lasts[bucket]?.end.stamp ?? .zero }

    /// Notes an end of all sessions until a minute after `end.until`. `told` is the epoch whose stream has told of it;
    /// nil where no stream has. Returns false, and changes nothing, where the table is full of ends that still matter
    /// at `seconds`. Both times are Unix seconds.
    mutating func insert(_ end: KnownEndOfAll, told: Epoch?, seconds: UInt64) -> Bool {
        if lasts[end.bucket] != nil {
            lasts[end.bucket]?.add(end, told: told)
            return true
        }
        if lasts.count >= capacity { lasts = lasts.filter { UInt64($0.value.end.until) + 60 > seconds } }
        guard lasts.count < capacity else { return false }
        lasts[end.bucket] = Last(end: end, told: told)
        return true
    }

    /// The ends that the stream of `epoch` has not told. `withUnspared`: before an end that spared a session comes the
    /// last one that did not spare it.
    func untold(_ epoch: Epoch?, withUnspared: Bool = true) -> [KnownEndOfAll] {
        lasts.values.filter { $0.told != epoch }.flatMap { last in
            last.end.spared == .none || !withUnspared ? [last.end] : [last.before, last.end].compactMap { $0 }
        }
    }

    /// Forgets ends whose epoch is not older than `ordinal`: numbers of unrelated epochs cannot be compared.
    mutating func forget(from ordinal: UInt64) { lasts = lasts.filter { $0.value.end.stamp.ordinal < ordinal } }

    /// Forgets every end of all.
    mutating func removeAll() { lasts.removeAll(keepingCapacity: true) }
}

/// The table in a snapshot.
extension EndAllTable {
    func write(to writer: inout SnapshotWriter) {
        writer.put(lasts.values) { writer, last in
            writer.put(last.end)
            writer.put(last.told)
            writer.put(last.before.map { [$0] } ?? []) { $0.put($1) }
        }
    }

    mutating func read(_ kind: KnownEndOfAll.Kind, from reader: inout SnapshotReader) throws(SnapshotFault) {
        let count = try reader.length(capacity, of: 6)
        lasts.reserveCapacity(count)
        for _ in 0..<count {
            let (end, told) = (try reader.endOfAll(kind), try reader.epoch())
            let before = try reader.list(1) { (reader) throws(SnapshotFault) in try reader.endOfAll(kind) }.first
            guard lasts.updateValue(Last(end: end, before: before, told: told), forKey: end.bucket) == nil else {
                throw .damaged
            }
        }
    }
}
