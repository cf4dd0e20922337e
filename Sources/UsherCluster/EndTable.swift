/// The sessions that ended, by digest and by handle, until each would have ended by itself. A fetched record whose
/// digest or tag stands here is not adopted.
struct EndTable: Sendable {
    private let capacity: Int
    private var ends: [SharedDigest: UInt32] = [:]

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

    /// Notes an end until a minute after `absolute`. False, and nothing changes, where the table is full of ends that
    /// still matter at `seconds`, both in Unix seconds.
    mutating func insert(_ digest: SharedDigest, absolute: UInt32, seconds: UInt64) -> Bool {
        if let known = ends[digest] {
            ends[digest] = max(known, absolute)
            return true
        }
        if ends.count >= capacity { ends = ends.filter { UInt64($0.value) + 60 > seconds } }
        guard ends.count < capacity else { return false }
        ends[digest] = absolute
        return true
    }

    /// Forgets every end.
    mutating func removeAll() { ends.removeAll(keepingCapacity: true) }
}
