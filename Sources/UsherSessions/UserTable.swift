internal import UsherNames

/// The users who have sessions: name and uid, interned, found by name, with the lists of their sessions.
///
/// A record is a chain of units: a head of 40 bytes, then the name. The head has the uid, the length of the name,
/// flags, the first session of each list, the number of sessions, the next record of the bucket, the hash, and a
/// fingerprint (`AccountCredential`) that a flag says to be known. Adoption rebuilds lists, number, bucket and hash.
///
/// The number of its slot puts a session in one of four lists, so that a visit of all (`UserWalk`) takes eight cache
/// misses in the time of one. Records of one name with different uids are apart, yet in the same bucket, so that "all
/// sessions of this name" is one walk along it. The table of buckets has one for eight slots and never grows; the
/// records themselves are chained. Chains are short, since there are fewer users than sessions. The process keys the
/// hash (`Hasher`), so that nobody can choose names that collide.
struct UserTable: ~Copyable {
    private let memory: LedgerMemory
    private let slots: SlotTable
    private let buckets: LazyMemory<UInt32>
    private let records: BitSet
    /// The `AccountDigest` of each record; 0 while it is not known. A restart forgets them.
    private let digests: LazyMemory<UInt32>
    private var area: UnitArea
    private let place = Place()
    /// How many records there are.
    private(set) var count = 0

    /// Lists of a record. More would leave a name less room in the first unit.
    static let lists = 4
    /// Bytes of a record before the name.
    static let head = 40
    /// Bits of the flags: the name has a uid; its credential is known; its password is locked.
    private static let (hasUID, isKnown, isLocked) = (UInt16(1), UInt16(2), UInt16(4))

    /// No users yet.
    init(_ memory: LedgerMemory, slots: SlotTable, area: UnitArea) throws(LedgerMemoryError) {
        let records = try area.noClaims()
        let buckets = try LazyMemory<UInt32>(count: slots.capacity / 8 + 64)
        let digests = try LazyMemory<UInt32>(count: records.capacity)
        self.memory = memory
        self.slots = slots
        self.area = area
        self.records = records
        self.buckets = buckets
        self.digests = digests
    }

    /// Units of the area in use.
    var unitsInUse: Int { area.unitsInUse }
    /// Bytes of the area that were ever in use.
    var extent: Int { area.extent }
    /// Bytes of the units in use.
    var bytesInUse: Int { area.bytesInUse }

    // MARK: Fields of a record

    private func field(_ record: UInt32, _ at: Int) -> Int { area.address(of: record) + at }

    /// The uid of the account behind the name; nil without one.
    func uid(_ record: UInt32) -> UInt32? {
        flags(record) & Self.hasUID != 0 ? memory.load(field(record, 0)) : nil
    }

    private func flags(_ record: UInt32) -> UInt16 { memory.load(field(record, 6)) }

    /// What is remembered of the account's entry in shadow(5); nil while that is not known.
    func credential(_ record: UInt32) -> AccountCredential? {
        let flags = flags(record)
        guard flags & Self.isKnown != 0 else { return nil }
        return AccountCredential(
            fingerprint: memory.load(field(record, 36)), isLocked: flags & Self.isLocked != 0)
    }

    /// Remembers a credential, all or nothing.
    func setCredential(_ record: UInt32, _ credential: AccountCredential) {
        let rest = flags(record) & Self.hasUID
        memory.store(rest, at: field(record, 6))
        memory.order()
        memory.store(credential.fingerprint, at: field(record, 36))
        memory.order()
        memory.store(rest | Self.isKnown | (credential.isLocked ? Self.isLocked : 0), at: field(record, 6))
        memory.order()
    }

    /// What the account files had of the account when it was last checked; nil while that is not known.
    func digest(_ record: UInt32) -> AccountDigest? { AccountDigest(rawValue: digests[Int(record)]) }

    /// Sets ``digest(_:)``.
    func setDigest(_ record: UInt32, _ digest: AccountDigest) { digests[Int(record)] = digest.rawValue }

    private func length(_ record: UInt32) -> Int { Int(memory.load(field(record, 4), as: UInt16.self)) }

    private static func list(of slot: Int) -> Int { slot % lists }

    /// The link to the first session of a list: its slot plus one; 0 without one.
    func first(_ record: UInt32, list: Int) -> UInt32 { memory.load(field(record, 8 + 4 * list)) }

    private func setFirst(_ record: UInt32, list: Int, _ link: UInt32) {
        memory.store(link, at: field(record, 8 + 4 * list))
    }

    /// How many sessions the record has.
    func sessions(_ record: UInt32) -> Int { Int(memory.load(field(record, 24), as: UInt32.self)) }

    private func setSessions(_ record: UInt32, _ count: Int) { memory.store(UInt32(count), at: field(record, 24)) }

    private func following(_ record: UInt32) -> UInt32 { memory.load(field(record, 28)) }

    private func setFollowing(_ record: UInt32, _ next: UInt32) { memory.store(next, at: field(record, 28)) }

    private func hash(_ record: UInt32) -> UInt32 { memory.load(field(record, 32)) }

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

    /// The first record behind `position` and before `end`; nil where there is none.
    func record(behind position: UInt32, before end: UInt32) -> UInt32? {
        records.first(from: Int(position) + 1, below: Int(end)).map(UInt32.init(truncatingIfNeeded:))
    }

    /// No record ever had this number or a greater one.
    var frontier: UInt32 { UInt32(truncatingIfNeeded: area.extent / LedgerGeometry.userUnit) }

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

    /// By how many bytes ``extent`` grows with another record whose name has `length` bytes.
    func growth(for length: Int) -> Int { area.growth(for: Self.head + length) }

    /// Makes a record without sessions. Precondition: there is room, and no record of that name and uid.
    mutating func add(_ name: Span<UInt8>, uid: UInt32?) -> UInt32 {
        let record = area.store(name, head: Self.head)
        memory.store(uid ?? 0, at: field(record, 0))
        memory.store(UInt16(name.count), at: field(record, 4))
        memory.store(uid == nil ? 0 : Self.hasUID, at: field(record, 6))
        digests[Int(record)] = 0
        enter(record, hash: hash(of: name))
        return record
    }

    private mutating func enter(_ record: UInt32, hash: UInt32) {
        unlinkAll(from: record)
        setFollowing(record, buckets[bucket(hash)])
        memory.store(hash, at: field(record, 32))
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
            setFollowing(before, following(record))
        }
        records.remove(Int(record))
        area.release(record)
        count -= 1
    }

    // MARK: Sessions of a user

    /// Puts `slot` at the start of its list.
    func link(_ slot: Int, to record: UInt32) {
        let (link, list) = (UInt32(slot + 1), Self.list(of: slot))
        let next = first(record, list: list)
        slots[slot].next = next
        if next == 0 {
            slots[slot].previous = link
        } else {
            let head = slots[Int(next) - 1]
            slots[slot].previous = head.previous
            head.previous = link
        }
        setFirst(record, list: list, link)
        setSessions(record, sessions(record) + 1)
    }

    /// Takes `slot` out of its list.
    func unlink(_ slot: Int, from record: UInt32) {
        let list = Self.list(of: slot)
        let (link, previous, next) = (UInt32(slot + 1), slots[slot].previous, slots[slot].next)
        let first = first(record, list: list)
        if first == link { setFirst(record, list: list, next) } else { slots[Int(previous) - 1].next = next }
        let heir = next != 0 ? next : first
        if heir != link { slots[Int(heir) - 1].previous = previous }
        setSessions(record, sessions(record) - 1)
    }

    /// Empties the record's lists; a walk that has begun goes on.
    func unlinkAll(from record: UInt32) {
        for list in 0..<Self.lists { setFirst(record, list: list, 0) }
        setSessions(record, 0)
    }

    /// Brings into the cache what linking `slot` will need. `record` may be any number: this call checks it.
    func warmList(of slot: Int, _ record: UInt32) -> UInt32 {
        guard area.holds(record) else { return 0 }
        let first = first(record, list: Self.list(of: slot))
        return first >= 1 && Int(first) <= slots.capacity ? slots[Int(first) - 1].previous : 0
    }

    /// A walk over the sessions of a record.
    func walk(_ record: UInt32) -> UserWalk { UserWalk(slots) { first(record, list: $0) } }

    /// Shows the slots of the record's sessions, in no particular order.
    func visit(_ record: UInt32, _ body: (Int) -> Void) {
        var walk = walk(record)
        while walk.advance(body) {}
    }
}

/// A walk over a user's lists from both ends of each at once. Each link is a cache miss, and eight misses take the time
/// of one. Between two calls of `advance`, the sessions shown so far may be taken out of their lists or linked anew.
struct UserWalk {
    private let slots: SlotTable
    /// For each list the links of the next slots from its start and from its end; 0 where all were shown.
    private var ends: InlineArray<4, (forth: UInt32, back: UInt32)>

    /// A walk over the lists whose first links are `first`.
    init(_ slots: SlotTable, _ first: (Int) -> UInt32) {
        self.slots = slots
        ends = InlineArray { list in
            let link = first(list)
            return (link, link == 0 ? 0 : slots[Int(link) - 1].previous)
        }
    }

    /// Shows one slot at each end, at most eight. Returns false if none was left.
    mutating func advance(_ body: (Int) -> Void) -> Bool {
        var isShown = false
        for list in ends.indices where ends[list].forth != 0 {
            isShown = true
            let (forth, back) = ends[list]
            let (start, end) = (slots[Int(forth) - 1], slots[Int(back) - 1])
            let isLast = forth == back || start.next == back
            ends[list] = isLast ? (0, 0) : (start.next, end.previous)
            body(Int(forth) - 1)
            if forth != back { body(Int(back) - 1) }
        }
        return isShown
    }
}

extension UserTable {
    /// Whether `record` is whole, in memory that may say anything. The first successful claim enters it in its bucket.
    mutating func claim(_ record: UInt32, in claims: borrowing BitSet) -> Bool {
        if isRecord(record) { return true }
        guard area.claim(record, head: Self.head, lengths: 1...Limit.userName, in: claims) else { return false }
        let whole = withName(record) { $0.count == length(record) && self.record($0, uid: uid(record)) == 0 }
        guard whole, flags(record) <= Self.hasUID | Self.isKnown | Self.isLocked else {
            area.unclaim(record, in: claims)
            return false
        }
        enter(record, hash: withName(record) { hash(of: $0) })
        return true
    }

    /// Rebuilds the free units once all records are claimed.
    mutating func rebuild(from claims: borrowing BitSet) { area.rebuild(from: claims) }
}
