internal import CLinux
internal import Synchronization

/// Sessions that the daemon has confirmed, found by their token, for any number of threads.
///
/// - Data structure: a fixed table of places, chosen by a seeded hash of the token, with eight entries each. A place
///   has a lock word of its own, which is held for some ten nanoseconds and never across a call. `find` tries to take
///   it 256 times and then returns nil, so that no lookup waits for a suspended thread; `insert` and `remove` wait.
/// - Invariant: each entry refers to `board`, the board in use. `use` of another board removes all entries, and
///   `insert` ignores an entry of any other board.
/// - Rejected: one lock for the table (threads wait for each other), and readers without a lock (they would need
///   deferred freeing of entries, to save one exchange on a line that nobody else uses).
@safe final class SessionCache: @unchecked Sendable {
    /// Entries whose tokens have the low bits of their hash in common. All zero when empty.
    @safe private struct Place: ~Copyable {
        /// 1 while somebody reads or changes the place.
        let lock: Atomic<UInt32>
        /// The `tag` of each entry; 0 for no entry.
        var tags: InlineArray<8, UInt32>
        var entries: InlineArray<8, Unmanaged<CachedSession>?>
    }

    private static let ways = 8
    /// About a microsecond.
    private static let patience = 256

    private let places: UnsafeMutablePointer<Place>
    private let mask: UInt64
    private let seed: SIMD4<UInt64>
    /// The identity of the board in use; 0 for none.
    private let board = Atomic<UInt>(0)

    /// A cache for at most `capacity` sessions, rounded down to a power of two (8 at least). Memory that is not used
    /// costs nothing.
    init(capacity: Int) {
        let places = max(1, min(capacity, 1 << 24) / Self.ways)
        let count = 1 << (Int.bitWidth - 1 - places.leadingZeroBitCount)
        mask = UInt64(count - 1)
        seed = SIMD4((0..<4).map { _ in UInt64.random(in: 0 ... .max) })
        guard let memory = unsafe calloc(count, MemoryLayout<Place>.stride) else {
            preconditionFailure("out of memory")
        }
        unsafe self.places = memory.bindMemory(to: Place.self, capacity: count)
    }

    deinit {
        use(nil)
        unsafe free(places)
    }

    /// What was found in memory.
    struct Found {
        let session: Session
        /// Whether the daemon is to be told of this use.
        let isTouchDue: Bool
    }

    /// The session that `token` proves at `now` (CLOCK_BOOTTIME, nanoseconds); nil: ask the daemon.
    func find(_ token: Token, touches: Bool, now: @autoclosure () -> Int64) -> Found? {
        find(token.words, touches: touches, now: now())
    }

    /// As above, of the token whose 32 bytes are `words`.
    func find(_ words: SIMD4<UInt64>, touches: Bool, now: @autoclosure () -> Int64) -> Found? {
        guard board.load(ordering: .relaxed) != 0 else { return nil }
        let now = now()
        let hash = hash(of: words)
        let place = unsafe place(hash)
        guard unsafe tryLock(place) else { return nil }
        guard let way = unsafe way(of: words, hash, in: place), let entry = unsafe place.pointee.entries[way] else {
            unsafe unlock(place)
            return nil
        }
        let found: Found? = unsafe entry._withUnsafeGuaranteedRef { entry in
            guard entry.holds(at: now) else { return nil }
            return Found(session: entry.session, isTouchDue: touches && entry.isTouchDue(at: now))
        }
        guard found == nil else {
            unsafe unlock(place)
            return found
        }
        let isKept = unsafe entry._withUnsafeGuaranteedRef { $0.waitsForLease(at: now) }
        if !isKept { unsafe clear(way, of: place) }
        unsafe unlock(place)
        if !isKept { unsafe entry.release() }
        return nil
    }

    /// Remembers an entry, unless its board is not in use any more.
    func insert(_ entry: CachedSession) {
        let words = entry.token.words
        let hash = hash(of: words)
        let place = unsafe place(hash)
        unsafe lock(place)
        guard board.load(ordering: .acquiring) == Self.identity(entry.board) else { return unsafe unlock(place) }
        let same = unsafe way(of: words, hash, in: place)
        let way = unsafe same ?? leastUseful(of: place)
        let old = unsafe place.pointee.entries[way]
        if same != nil, let old = unsafe old { unsafe entry.inherit(from: old.takeUnretainedValue()) }
        unsafe place.pointee.entries[way] = unsafe Unmanaged.passRetained(entry)
        unsafe place.pointee.tags[way] = Self.tag(hash)
        unsafe unlock(place)
        unsafe old?.release()
    }

    /// Forgets `token`.
    func remove(_ token: Token) {
        guard board.load(ordering: .relaxed) != 0 else { return }
        let words = token.words
        let hash = hash(of: words)
        let place = unsafe place(hash)
        unsafe lock(place)
        let way = unsafe way(of: words, hash, in: place)
        let old = unsafe way.flatMap { unsafe place.pointee.entries[$0] }
        if let way { unsafe clear(way, of: place) }
        unsafe unlock(place)
        unsafe old?.release()
    }

    /// Makes `board` the board in use, and removes the entries of any other. One caller at a time.
    func use(_ board: BoardMap?) {
        let identity = board.map(Self.identity) ?? 0
        let before = self.board.exchange(identity, ordering: .acquiringAndReleasing)
        // Without a board there was no entry either: memory that nobody has used stays untouched.
        if before != 0, before != identity { removeAll() }
    }

    private func removeAll() {
        for index in 0...Int(mask) {
            let place = unsafe places + index
            unsafe lock(place)
            for way in 0..<Self.ways {
                unsafe place.pointee.entries[way]?.release()
                unsafe clear(way, of: place)
            }
            unsafe unlock(place)
        }
    }
}

extension SessionCache {
    /// An entry keeps its board alive, so no other board has the same identity while an entry is left.
    private static func identity(_ board: BoardMap) -> UInt { UInt(bitPattern: ObjectIdentifier(board).hashValue) }

    /// Two multiplications over secret constants. Only tokens that the daemon made are inserted, so nobody can choose
    /// tokens that collide.
    private func hash(of words: SIMD4<UInt64>) -> UInt64 {
        let mixed = words ^ seed
        let left = mixed[0].multipliedFullWidth(by: mixed[1] | 1)
        let right = mixed[2].multipliedFullWidth(by: mixed[3] | 1)
        return left.high ^ left.low ^ right.high ^ right.low
    }

    /// Tells most tokens of a place apart; never 0.
    private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) | 1 }

    private func place(_ hash: UInt64) -> UnsafeMutablePointer<Place> { unsafe places + Int(hash & mask) }

    /// The entry of that very token. The comparison takes the same time for each token.
    private func way(of words: SIMD4<UInt64>, _ hash: UInt64, in place: UnsafeMutablePointer<Place>) -> Int? {
        let tag = Self.tag(hash)
        for way in 0..<Self.ways where unsafe place.pointee.tags[way] == tag {
            guard let entry = unsafe place.pointee.entries[way] else { continue }
            let other = unsafe entry._withUnsafeGuaranteedRef { $0.token.words ^ words }
            if other[0] | other[1] | other[2] | other[3] == 0 { return way }
        }
        return nil
    }

    /// The first way without an entry, else the way whose entry the daemon confirmed the longest ago.
    private func leastUseful(of place: UnsafeMutablePointer<Place>) -> Int {
        var oldest = 0
        for way in 0..<Self.ways {
            guard let entry = unsafe place.pointee.entries[way] else { return way }
            guard let candidate = unsafe place.pointee.entries[oldest] else { return oldest }
            if unsafe entry.takeUnretainedValue().isOlder(than: candidate.takeUnretainedValue()) { oldest = way }
        }
        return oldest
    }

    private func clear(_ way: Int, of place: UnsafeMutablePointer<Place>) {
        unsafe place.pointee.entries[way] = nil
        unsafe place.pointee.tags[way] = 0
    }

    @inline(__always)
    private func exchanged(_ place: UnsafeMutablePointer<Place>) -> Bool {
        unsafe place.pointee.lock.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
    }

    @inline(__always)
    private func tryLock(_ place: UnsafeMutablePointer<Place>) -> Bool {
        for _ in 0..<Self.patience {
            if unsafe place.pointee.lock.load(ordering: .relaxed) == 0, unsafe exchanged(place) { return true }
        }
        return false
    }

    private func lock(_ place: UnsafeMutablePointer<Place>) {
        while unsafe !tryLock(place) { sched_yield() }
    }

    @inline(__always)
    private func unlock(_ place: UnsafeMutablePointer<Place>) {
        unsafe place.pointee.lock.store(0, ordering: .releasing)
    }
}
