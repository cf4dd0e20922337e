/// The stamp of the last end of all of each user and of each realm. Buckets of users have the top bit set, those of
/// realms are another table's.
struct EndAllTable: Sendable {
    private struct Last: Sendable {
        var stamp: Stamp
        var until: UInt32
    }

    private let capacity: Int
    private var lasts: [UInt32: Last] = [:]

    /// Room for `capacity` users or realms.
    init(capacity: Int) { self.capacity = capacity }

    /// The least stamp that a good record of `bucket` has.
    func least(_ bucket: UInt32) -> Stamp { lasts[bucket]?.stamp ?? .zero }

    /// Notes an end of all until a minute after `until`. False, and nothing changes, where the table is full of ends
    /// that still matter at `seconds`, both in Unix seconds.
    mutating func insert(_ bucket: UInt32, _ stamp: Stamp, until: UInt32, seconds: UInt64) -> Bool {
        if let known = lasts[bucket] {
            lasts[bucket] = Last(stamp: max(known.stamp, stamp), until: max(known.until, until))
            return true
        }
        if lasts.count >= capacity { lasts = lasts.filter { UInt64($0.value.until) + 60 > seconds } }
        guard lasts.count < capacity else { return false }
        lasts[bucket] = Last(stamp: stamp, until: until)
        return true
    }

    /// Forgets every end of all.
    mutating func removeAll() { lasts.removeAll(keepingCapacity: true) }
}
