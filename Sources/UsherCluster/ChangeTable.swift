/// The newest record of each session that the stream has told of, until the session ends.
struct ChangeTable: Sendable {
    private struct Change: Sendable {
        var edition: Edition
        var nonce: UInt64
        var absolute: UInt32
        /// The epoch whose stream told of it last.
        var told: Epoch?
    }

    private let capacity: Int
    private var changes: [SharedDigest: Change] = [:]

    /// Room for `capacity` sessions.
    init(capacity: Int) { self.capacity = capacity }

    /// The newest record that was told of; `.zero` where none was.
    func edition(_ digest: SharedDigest) -> Edition { changes[digest]?.edition ?? .zero }

    /// The newest record that was told of, where that is newer than `record`.
    func newer(than record: SharedRecord, of digest: SharedDigest) -> KnownChange? {
        guard let known = changes[digest], record.edition < known.edition else { return nil }
        // The same record, told again in a later epoch.
        if record.version == known.edition.version, record.nonce == known.nonce { return nil }
        return KnownChange(digest: digest, edition: known.edition, nonce: known.nonce, absolute: known.absolute)
    }

    /// Notes a record that the stream of the epoch `told` names. False, and nothing changes, where the
    /// table is full of sessions that have not ended at `seconds`.
    mutating func insert(_ change: KnownChange, told: Epoch?, seconds: UInt64) -> Bool {
        let fresh = Change(
            edition: change.edition, nonce: change.nonce, absolute: change.absolute, told: told)
        if let known = changes[change.digest] {
            if known.edition <= change.edition { changes[change.digest] = fresh }
            return true
        }
        if changes.count >= capacity { changes = changes.filter { UInt64($0.value.absolute) + 60 > seconds } }
        guard changes.count < capacity else { return false }
        changes[change.digest] = fresh
        return true
    }

    /// What the stream of `epoch` has not told.
    func untold(_ epoch: Epoch?) -> [KnownChange] {
        changes.filter { $0.value.told != epoch }.map {
            KnownChange(
                digest: $0.key, edition: $0.value.edition, nonce: $0.value.nonce, absolute: $0.value.absolute)
        }
    }

    /// Forgets records whose epoch is not older than `ordinal`: editions of unrelated epochs cannot be compared.
    mutating func forget(from ordinal: UInt64) { changes = changes.filter { $0.value.edition.era < ordinal } }

    /// The session has ended.
    mutating func remove(_ digest: SharedDigest) { changes[digest] = nil }

    /// Forgets everything.
    mutating func removeAll() { changes.removeAll(keepingCapacity: true) }
}

/// The table in a snapshot.
extension ChangeTable {
    func write(to writer: inout SnapshotWriter) {
        writer.put(changes) { writer, known in
            writer.put(known.key)
            writer.put(known.value.edition)
            writer.put(known.value.nonce)
            writer.put(UInt64(known.value.absolute))
            writer.put(known.value.told)
        }
    }

    mutating func read(from reader: inout SnapshotReader) throws(SnapshotFault) {
        let count = try reader.length(capacity, of: 7)
        changes.reserveCapacity(count)
        for _ in 0..<count {
            let digest = try reader.digest()
            let change = Change(
                edition: try reader.edition(), nonce: try reader.number(), absolute: try reader.half(),
                told: try reader.epoch())
            guard changes.updateValue(change, forKey: digest) == nil else { throw .damaged }
        }
    }
}
