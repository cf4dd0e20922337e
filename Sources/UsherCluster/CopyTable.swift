/// What the protocol needs to know of each shared session in the ledger: found by digest, by tag and by user.
struct CopyTable: Sendable {
    /// A session that is held.
    struct Copy: Sendable {
        var edition: Edition
        var nonce: UInt64
        var stamp: Stamp
        var bucket, realm: UInt32
        var tag: SessionTag
        /// Unix seconds at which it ends.
        var absolute: UInt32
        /// When it ends by itself.
        var end: BootInstant
        /// The last use here. A use after `reportAt` is one to report.
        var used = BootInstant.boot
        var reportAt: BootInstant
        /// Between two reports: a twentieth of the idle time.
        let reportPause: BootSpan
        /// Its last use is to be reported.
        var isReportDue = false
        /// This host has made the record; perhaps no other host has it.
        var isMade = false
        /// It may have ended in an older epoch.
        var isDoubtful = false
    }

    private let capacity: Int
    private var copies: [SharedDigest: Copy] = [:]
    private var byTag: [SessionTag: SharedDigest] = [:]
    private var byBucket: [UInt32: [SharedDigest]] = [:]
    /// How many may have ended in an older epoch.
    private(set) var doubtfulCount = 0

    /// Room for `capacity` sessions.
    init(capacity: Int) { self.capacity = capacity }

    /// How many are held.
    var count: Int { copies.count }

    /// The session of `digest`; nil where it is not held.
    subscript(digest: SharedDigest) -> Copy? { copies[digest] }

    /// The digest of the session with `tag`; nil where it is not held.
    func find(_ tag: SessionTag) -> SharedDigest? { byTag[tag] }

    /// The sessions of a user, the last one first.
    func list(bucket: UInt32) -> [SharedDigest] { byBucket[bucket]?.reversed() ?? [] }

    /// The sessions of everybody in a realm.
    func list(realm: UInt32) -> [SharedDigest] { copies.filter { $0.value.realm == realm }.map(\.key) }

    /// Puts a session in, in place of one with its digest or tag. Returns the digest of a copy that made room, if any.
    mutating func insert(_ digest: SharedDigest, _ copy: Copy) -> SharedDigest? {
        var displaced = byTag[copy.tag].flatMap { $0 == digest ? nil : $0 }
        remove(digest)
        if displaced == nil, copies.count >= capacity {
            displaced = (copies.prefix(8).first { !$0.value.isMade } ?? copies.first)?.key
        }
        if let displaced { remove(displaced) }
        copies[digest] = copy
        byTag[copy.tag] = digest
        byBucket[copy.bucket, default: []].append(digest)
        return displaced
    }

    /// Notes a use. True if it is to be reported, and no earlier one waits for that.
    mutating func use(_ digest: SharedDigest, at now: BootInstant) -> Bool {
        guard let place = copies.index(forKey: digest) else { return false }
        copies.values[place].used = now
        return now >= copies.values[place].reportAt && use(digest)
    }

    /// Marks the last use of a session as one to report. False where it is marked, or the session is not held.
    mutating func use(_ digest: SharedDigest) -> Bool {
        guard let place = copies.index(forKey: digest), !copies.values[place].isReportDue else { return false }
        copies.values[place].isReportDue = true
        return true
    }

    /// Counts the last use of a session as reported, and returns it; nil where the session is not held.
    mutating func report(_ digest: SharedDigest) -> BootInstant? {
        guard let place = copies.index(forKey: digest) else { return nil }
        copies.values[place].isReportDue = false
        copies.values[place].reportAt = copies.values[place].used + copies.values[place].reportPause
        return copies.values[place].used
    }

    /// Counts a session as put at `stamp`, where it was put earlier.
    mutating func raise(_ digest: SharedDigest, to stamp: Stamp) {
        guard let copy = copies[digest], copy.stamp < stamp else { return }
        copies[digest]?.stamp = stamp
    }

    /// Counts a session's record as written in a newer epoch: its sender has told it again there.
    mutating func renew(_ digest: SharedDigest, as edition: Edition) { copies[digest]?.edition = edition }

    /// Marks all copies as doubtful, or as good again. Returns how many they are.
    mutating func doubtAll(_ isDoubtful: Bool) -> Int {
        for digest in Array(copies.keys) { copies[digest]?.isDoubtful = isDoubtful }
        doubtfulCount = isDoubtful ? copies.count : 0
        return copies.count
    }

    /// All that are held; those that this host has made come last.
    func list() -> [SharedDigest] {
        copies.filter { !$0.value.isMade }.map(\.key) + copies.filter(\.value.isMade).map(\.key)
    }

    /// The sessions that may have ended in an older epoch.
    func listDoubtful() -> [SharedDigest] { copies.filter(\.value.isDoubtful).map(\.key) }

    /// Takes a session out; false where it was not held.
    @discardableResult
    mutating func remove(_ digest: SharedDigest) -> Bool {
        guard let copy = copies.removeValue(forKey: digest) else { return false }
        if copy.isDoubtful { doubtfulCount -= 1 }
        if byTag[copy.tag] == digest { byTag[copy.tag] = nil }
        // In place, from the end: a user's copies leave in the order of `list(bucket:)`, all of them at once.
        if let at = byBucket[copy.bucket]?.lastIndex(of: digest) { byBucket[copy.bucket]?.remove(at: at) }
        if byBucket[copy.bucket]?.isEmpty == true { byBucket[copy.bucket] = nil }
        return true
    }

    /// Takes all out. How many they were.
    mutating func removeAll() -> Int {
        defer {
            copies.removeAll(keepingCapacity: true)
            byTag.removeAll(keepingCapacity: true)
            byBucket.removeAll(keepingCapacity: true)
            doubtfulCount = 0
        }
        return copies.count
    }
}

/// The table in a snapshot.
extension CopyTable {
    private static let words = 14

    func write(to writer: inout SnapshotWriter) {
        writer.put(UInt64(byBucket.count))
        writer.put(copies) { writer, held in
            let copy = held.value
            writer.put(held.key)
            writer.put(copy.edition)
            writer.put(copy.nonce)
            writer.put(copy.stamp)
            writer.put(copy.bucket, copy.realm)
            writer.put(copy.tag.value)
            let flags: UInt32 = (copy.isReportDue ? 1 : 0) | (copy.isMade ? 2 : 0) | (copy.isDoubtful ? 4 : 0)
            writer.put(copy.absolute, flags)
            writer.put(copy.end)
            writer.put(copy.used)
            writer.put(copy.reportAt)
            writer.put(copy.reportPause.nanoseconds)
        }
    }

    mutating func read(from reader: inout SnapshotReader) throws(SnapshotFault) {
        let buckets = try reader.number()
        let count = try reader.length(capacity, of: Self.words)
        copies.reserveCapacity(count)
        byTag.reserveCapacity(count)
        byBucket.reserveCapacity(min(count, Int(clamping: buckets)))
        for _ in 0..<count {
            let digest = try reader.digest()
            let copy = try Copy(from: &reader)
            guard copies.updateValue(copy, forKey: digest) == nil, byTag.updateValue(digest, forKey: copy.tag) == nil
            else { throw .damaged }
            byBucket[copy.bucket, default: []].append(digest)
            if copy.isDoubtful { doubtfulCount += 1 }
        }
    }

    /// The sessions whose last use is to be reported.
    func listDue() -> [SharedDigest] { copies.compactMap { $0.value.isReportDue ? $0.key : nil } }
}

extension CopyTable.Copy {
    fileprivate init(from reader: inout SnapshotReader) throws(SnapshotFault) {
        let (edition, nonce, stamp) = (try reader.edition(), try reader.number(), try reader.stamp())
        let (bucket, realm) = try reader.halves()
        let tag = SessionTag(try reader.number())
        let (absolute, flags) = try reader.halves()
        guard flags < 8, tag != .none else { throw .damaged }
        self.init(
            edition: edition, nonce: nonce, stamp: stamp, bucket: bucket, realm: realm, tag: tag, absolute: absolute,
            end: try reader.instant(), used: try reader.instant(), reportAt: try reader.instant(),
            reportPause: BootSpan(nanoseconds: try reader.number()), isReportDue: flags & 1 != 0,
            isMade: flags & 2 != 0, isDoubtful: flags & 4 != 0)
    }
}
