/// The users who have sessions: name and uid, interned, found by name, with the list of their sessions.
///
/// A record is a chain of units: a head of 24 bytes, then the name. What follows uid and length in the head (the first
/// session, their number, the next record of the bucket, the hash) is rebuilt at adoption. Records of one name but
/// different uids are apart, yet in the same bucket, so that "all sessions of this name" is one walk along it. Buckets
/// are a fixed table of one per eight slots, chained through the records: with fewer users than sessions they are short,
/// and nothing is ever rehashed. The hash is keyed by the process (`Hasher`), so that names cannot be made to collide.
struct UserTable: ~Copyable {
    private let memory: LedgerMemory
    private let slots: SlotTable
    private let buckets: LazyMemory<UInt32>
    private let records: BitSet
    private var area: UnitArea
    private let place = Place()
    /// How many records there are.
    private(set) var count = 0

    private static let head = 24

    /// No users yet.
    init(_ memory: LedgerMemory, slots: SlotTable, area: UnitArea) throws(LedgerMemoryError) {
        let records = try area.noClaims()
        let buckets = try LazyMemory<UInt32>(count: slots.capacity / 8 + 64)
        self.memory = memory
        self.slots = slots
        self.area = area
        self.records = records
        self.buckets = buckets
    }

    /// Units of the area in use.
    var unitsInUse: Int { area.unitsInUse }
    /// Bytes of the area that were ever in use.
    var extent: Int { area.extent }

    // MARK: Fields of a record

    private func field(_ record: UInt32, _ at: Int) -> Int { area.address(of: record) + at }

    /// The uid of the account behind the name; nil without one.
    func uid(_ record: UInt32) -> UInt32? {
        memory.load(field(record, 6), as: UInt16.self) == 1 ? memory.load(field(record, 0)) : nil
    }

    private func length(_ record: UInt32) -> Int { Int(memory.load(field(record, 4), as: UInt16.self)) }

    /// The slot of the user's first session; nil without one.
    func first(_ record: UInt32) -> Int? {
        let link: UInt32 = memory.load(field(record, 8))
        return link == 0 ? nil : Int(link) - 1
    }

    private func setFirst(_ record: UInt32, _ link: UInt32) { memory.store(link, at: field(record, 8)) }

    /// How many sessions the record has.
    func sessions(_ record: UInt32) -> Int { Int(memory.load(field(record, 12), as: UInt32.self)) }

    private func setSessions(_ record: UInt32, _ count: Int) { memory.store(UInt32(count), at: field(record, 12)) }

    private func following(_ record: UInt32) -> UInt32 { memory.load(field(record, 16)) }

    private func hash(_ record: UInt32) -> UInt32 { memory.load(field(record, 20)) }

    /// Lends the name.
    @inline(__always)
    func withName<R, E: Error>(_ record: UInt32, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try area.withBytes(record, head: Self.head, body)
    }

    // MARK: Finding

    private func hash(of name: Span<UInt8>) -> UInt32 {
        var hasher = Hasher()
        unsafe name.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }

    private func bucket(_ hash: UInt32) -> Int { Int((UInt64(hash) * UInt64(buckets.count)) >> 32) }

    /// The first record of that name, whatever its uid; 0 where there is none.
    func firstRecord(named name: Span<UInt8>) -> UInt32 {
        let hash = hash(of: name)
        return match(name, hash, from: buckets[bucket(hash)])
    }

    /// The next record of the same name; 0 after the last one.
    func record(after record: UInt32) -> UInt32 {
        withName(record) { match($0, hash(record), from: following(record)) }
    }

    /// The first record that has the same name as `record`.
    func firstRecord(like record: UInt32) -> UInt32 {
        withName(record) { match($0, hash(record), from: buckets[bucket(hash(record))]) }
    }

    private func match(_ name: Span<UInt8>, _ hash: UInt32, from start: UInt32) -> UInt32 {
        var record = start
        while record != 0, self.hash(record) != hash || !withName(record, { $0.equals(name) }) {
            record = following(record)
        }
        return record
    }

    /// Reads the head of a record, so that it is in the cache soon; 0 where the area has no such unit.
    func warm(_ record: UInt32) -> UInt32 { area.warm(record) }

    /// Whether `record` begins a record now.
    func isRecord(_ record: UInt32) -> Bool { Int(record) < records.capacity && records.contains(Int(record)) }

    // MARK: Adding and removing

    /// The record of that name and uid; 0 where there is none.
    func record(_ name: Span<UInt8>, uid: UInt32?) -> UInt32 {
        var record = firstRecord(named: name)
        while record != 0, self.uid(record) != uid { record = self.record(after: record) }
        return record
    }

    /// Whether another record with a name of `length` bytes fits.
    func hasRoom(for length: Int) -> Bool { area.hasRoom(for: Self.head + length) }

    /// Makes a record without sessions. Precondition: there is room, and no record of that name and uid.
    mutating func add(_ name: Span<UInt8>, uid: UInt32?) -> UInt32 {
        let record = area.store(name, head: Self.head)
        memory.store(uid ?? 0, at: field(record, 0))
        memory.store(UInt16(name.count), at: field(record, 4))
        memory.store(UInt16(uid == nil ? 0 : 1), at: field(record, 6))
        enter(record, hash: hash(of: name))
        return record
    }

    private mutating func enter(_ record: UInt32, hash: UInt32) {
        setFirst(record, 0)
        setSessions(record, 0)
        memory.store(buckets[bucket(hash)], at: field(record, 16))
        memory.store(hash, at: field(record, 20))
        buckets[bucket(hash)] = record
        records.insert(Int(record))
        count += 1
    }

    /// Drops a record that has no session left.
    mutating func dropIfUnused(_ record: UInt32) {
        guard sessions(record) == 0 else { return }
        let bucket = bucket(hash(record))
        var before = buckets[bucket]
        if before == record {
            buckets[bucket] = following(record)
        } else {
            while following(before) != record { before = following(before) }
            memory.store(following(record), at: field(before, 16))
        }
        records.remove(Int(record))
        area.release(record)
        count -= 1
    }

    // MARK: Sessions of a user

    /// Puts `slot` at the start of the record's list.
    func link(_ slot: Int, to record: UInt32) {
        let link = UInt32(slot + 1)
        let head = first(record)
        slots[slot].next = head.map { UInt32($0 + 1) } ?? 0
        slots[slot].previous = head.map { slots[$0].previous } ?? link
        if let head { slots[head].previous = link }
        setFirst(record, link)
        setSessions(record, sessions(record) + 1)
    }

    /// Takes `slot` out of the record's list.
    func unlink(_ slot: Int, from record: UInt32) {
        let (previous, next) = (slots[slot].previous, slots[slot].next)
        if first(record) == slot { setFirst(record, next) } else { slots[Int(previous) - 1].next = next }
        if let heir = next == 0 ? first(record) : Int(next) - 1 { slots[heir].previous = previous }
        setSessions(record, sessions(record) - 1)
    }

    /// Shows the slots of the record's sessions: from both ends at once, because each link is a cache miss, and two may be
    /// under way in the time of one.
    func visit(_ record: UInt32, _ body: (Int) -> Void) {
        guard var forth = first(record) else { return }
        var (back, left) = (Int(slots[forth].previous) - 1, sessions(record))
        while left > 1 {
            body(forth)
            body(back)
            (forth, back, left) = (Int(slots[forth].next) - 1, Int(slots[back].previous) - 1, left - 2)
        }
        if left == 1 { body(forth) }
    }
}

extension UserTable {
    /// Whether `record`, read from memory that may say anything, is whole; the first time it is entered in its bucket.
    mutating func claim(_ record: UInt32, in claims: borrowing BitSet) -> Bool {
        if isRecord(record) { return true }
        guard area.claim(record, head: Self.head, lengths: 1...Limit.userName, in: claims) else { return false }
        let whole = withName(record) { $0.count == length(record) && self.record($0, uid: uid(record)) == 0 }
        guard whole, memory.load(field(record, 6), as: UInt16.self) <= 1 else {
            area.unclaim(record, in: claims)
            return false
        }
        enter(record, hash: withName(record) { hash(of: $0) })
        return true
    }

    /// Rebuilds the free units once all records are claimed.
    mutating func rebuild(from claims: borrowing BitSet) { area.rebuild(from: claims) }
}
