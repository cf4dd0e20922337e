/// The newest record of each session that the stream has told of, until the session ends.
struct ChangeTable: Sendable {
    private struct Change: Sendable {
        var version, nonce: UInt64
        var absolute: UInt32
        /// The epoch whose stream told of it last.
        var told: Epoch?
    }

    private let capacity: Int
    private var changes: [SharedDigest: Change] = [:]

    /// Room for `capacity` sessions.
    init(capacity: Int) { self.capacity = capacity }

    /// The newest version that was told of; 0 where nothing was.
    func version(_ digest: SharedDigest) -> UInt64 { changes[digest]?.version ?? 0 }

    /// Notes a record that the stream of the epoch `told` names. False, and nothing changes, where the
    /// table is full of sessions that have not ended at `seconds`.
    mutating func insert(_ change: KnownChange, told: Epoch?, seconds: UInt64) -> Bool {
        let fresh = Change(
            version: change.version, nonce: change.nonce, absolute: change.absolute, told: told)
        if let known = changes[change.digest] {
            if known.version <= change.version { changes[change.digest] = fresh }
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
                digest: $0.key, version: $0.value.version, nonce: $0.value.nonce, absolute: $0.value.absolute)
        }
    }

    /// The session has ended.
    mutating func remove(_ digest: SharedDigest) { changes[digest] = nil }

    /// Forgets everything.
    mutating func removeAll() { changes.removeAll(keepingCapacity: true) }
}
