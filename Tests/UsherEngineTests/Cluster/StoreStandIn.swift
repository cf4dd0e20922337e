import UsherCluster
import UsherEngine

/// A store in memory that does what the functions of `usher.lua` do as far as an engine can tell, without epochs and
/// expulsion.
final class StoreStandIn {
    /// The place of the epoch among all epochs.
    private(set) var ordinal: UInt64 = 1
    private var epoch: Epoch { Epoch(6 + UInt32(ordinal)) }

    var records: [SharedDigest: SharedRecord] = [:]
    private(set) var ended: Set<SharedDigest> = []
    private var claimed: Set<SharedDigest> = []
    private(set) var entries: [StreamEntry] = []
    /// The entries of ends of one session, by what they named.
    private var told: [SharedDigest: UInt64] = [:]
    /// Moves that are known to be lost.
    private var lost: [SharedDigest: Succession] = [:]
    private var acknowledged: [MemberID: UInt64] = [:]
    private var beats: [MemberID: (beats: UInt64, joined: UInt64, name: String)] = [:]
    /// Calls that were answered.
    private(set) var calls: [StoreCall] = []
    /// What the next calls of a kind are answered with instead.
    var script: (StoreCall) -> StoreReply? = { _ in nil }
    var seconds: UInt64 = 0
    let check: UInt64

    init(check: UInt64) { self.check = check }

    private var number: UInt64 { UInt64(entries.count) }
    /// What all members have acknowledged.
    var minimum: UInt64 { acknowledged.values.min() ?? 0 }

    private func append(_ entry: StreamEntry) -> UInt64 {
        entries.append(entry)
        return number
    }

    func answer(_ call: StoreCall) -> StoreReply {
        calls.append(call)
        if let scripted = script(call) { return scripted }
        switch call {
        case .hello:
            return .hello(
                StoreGreeting(
                    epoch: epoch, ordinal: ordinal, isOpen: true, lease: 10_000, check: check, number: number,
                    front: .zero, seconds: seconds, evictsKeys: false))
        case .probe: return .probed
        case .open: return .opened
        case .join(let member, let count, let read, let name, _):
            acknowledged[member] = read
            let number = append(.joined(member))
            beats[member] = (count, number, name)
            return .joined(number: number)
        case .beat(let member, let count, let read, _, _, let expelled):
            acknowledged[member] = read
            beats[member]?.beats = count
            for other in expelled where beats[other.member]?.beats == other.beats {
                (acknowledged[other.member], beats[other.member]) = (nil, nil)
            }
            return .beat(
                BeatReply(
                    isGranted: true, number: number, minimum: minimum, isWhole: true, lacksHosts: false,
                    seconds: seconds,
                    members: beats.map {
                        MemberCount(
                            member: $0.key, beats: $0.value.beats, joined: $0.value.joined, name: $0.value.name,
                            isThrough: true)
                    }))
        case .get(let digest):
            if ended.contains(digest) { return .foundEnded }
            return records[digest].map { .found($0) } ?? .foundNothing
        case .list(let bucket, let place, let count): return list(bucket, place, Int(count))
        case .put(let digest, var record, _, _, _, _):
            (record.stamp, record.era) = (Stamp(ordinal: ordinal, number: number), ordinal)
            records[digest] = record
            return .put(number: number, evicted: [])
        case .end(_, _, _, let target): return end(target)
        case .sweep: return .swept(next: 0)
        case .move(_, let old, let new, let era, let record, let note): return move(old, new, era, record, note)
        case .change(_, let digest, let edition, let record): return change(digest, edition, record)
        case .touch: return .touched(absent: [], ended: [])
        case .restoreEnds(let ends):
            for end in ends where !ended.contains(end.digest) { restore(end) }
            return .told
        case .restoreAll, .restoreChanges: return .told
        case .again(let items):
            for item in items where !ended.contains(item.digest) { records[item.digest] = item.record }
            return .putBack(ended: [])
        case .trim: return .trimmed(removed: 0)
        case .claim(let name, let mark, let until):
            guard mark == epoch.mark(ordinal) else { return .refused(.cancelled) }
            return .claimed(UInt64(until) > seconds && claimed.insert(name).inserted)
        case .forget(let member): return member.map { beats[$0] == nil } ?? true ? .forgotten : .refused(.conflict)
        case .leave(let member):
            acknowledged[member] = nil
            beats[member] = nil
            _ = append(.left(member))
            return .left
        }
    }

    /// Writes an entry as another host's.
    func tell(_ entry: StreamEntry) { _ = append(entry) }

    /// Answers a put that displaces the session of `digest` and makes none.
    func evict(_ digest: SharedDigest, _ note: [UInt8]) -> StoreReply? {
        guard let record = records[digest] else { return nil }
        finish(digest)
        let notice = EndNotice(
            digest: digest, tag: record.tag, bucket: record.bucket, absolute: record.absolute, reason: 2, note: note)
        return .put(number: append(.ended(notice)), evicted: [digest])
    }

    /// The sessions stand at sixteen places of the index, by their tags.
    private func list(_ bucket: UInt32, _ start: ListPlace, _ count: Int) -> StoreReply {
        let all = records.filter { $0.value.bucket == bucket }
            .map { ListedSession(digest: $0.key, record: $0.value, cursor: $0.value.tag.value % 16) }
            .filter { ($0.cursor, $0.record.tag.value) > (start.cursor, start.after.value) }
            .sorted { ($0.cursor, $0.record.tag.value) < ($1.cursor, $1.record.tag.value) }
        let page = Array(all.prefix(count))
        return .listed(page, next: all.count > page.count ? page.last?.following : nil)
    }

    private func end(_ target: EndTarget) -> StoreReply {
        switch target {
        case .session(let digest, let tag, let bucket, let absolute, let reason, let note):
            let name = digest ?? SharedDigest(handle: tag)
            if let told = told[name] { return .ended(number: told, lived: false, minimum: minimum) }
            let found = digest ?? records.first { $0.value.tag == tag }?.key ?? name
            let lived = records[found] != nil
            finish(found)
            let notice = EndNotice(
                digest: found, tag: tag, bucket: bucket, absolute: absolute, reason: reason, note: note)
            told[name] = append(.ended(notice))
            return .ended(number: number, lived: lived, minimum: minimum)
        case .user(let bucket, let spared, let until, let note):
            for (digest, record) in records where record.bucket == bucket && record.tag != spared { finish(digest) }
            let stamp = Stamp(ordinal: ordinal, number: number + 1)
            _ = append(.userEnded(bucket: bucket, stamp: stamp, spared: spared, until: until, note: note))
        case .realm(let realm, let until, let note):
            for (digest, record) in records where record.realm == realm { finish(digest) }
            let stamp = Stamp(ordinal: ordinal, number: number + 1)
            _ = append(.realmEnded(realm: realm, stamp: stamp, until: until, note: note))
        }
        return .ended(number: number, minimum: minimum)
    }

    /// Forgets everything, and is another run, which somebody has opened.
    func lose() {
        ordinal += 1
        (records, ended, told, lost, acknowledged, beats) = ([:], [], [:], [:], [:], [:])
        entries = [.opened(epoch)]
    }

    private func restore(_ end: KnownEnd) {
        finish(end.digest)
        lost[end.digest] = end.succession
        let notice = EndNotice(
            digest: end.digest, tag: end.tag, bucket: 0, absolute: end.absolute, reason: end.succession == nil ? 3 : 0,
            note: end.succession?.note ?? [])
        _ = append(end.succession == nil ? .ended(notice) : .moved(notice))
    }

    private func finish(_ digest: SharedDigest) {
        records[digest] = nil
        ended.insert(digest)
    }

    private func move(
        _ old: SharedDigest, _ new: SharedDigest, _ era: UInt64, _ record: SharedRecord, _ note: [UInt8]
    ) -> StoreReply {
        // Its answer was lost.
        if ended.contains(old), records[new]?.nonce == record.nonce {
            return .changed(number: number, minimum: minimum)
        }
        if let succession = lost[old], succession.note == note {
            records[new] = record
            return .changed(number: number, minimum: minimum)
        }
        guard let before = records[old] else { return .refused(ended.contains(old) ? .ended : .absent) }
        guard before.edition == Edition(era: era, version: record.version) else { return .refused(.changed) }
        finish(old)
        var record = record
        (record.stamp, record.era) = (before.stamp, before.era)
        records[new] = record
        let notice = EndNotice(
            digest: old, tag: before.tag, bucket: before.bucket, absolute: before.absolute, reason: 0, note: note)
        return .changed(number: append(.moved(notice)), minimum: minimum)
    }

    private func change(_ digest: SharedDigest, _ edition: Edition, _ record: SharedRecord) -> StoreReply {
        guard let before = records[digest] else { return .refused(ended.contains(digest) ? .ended : .absent) }
        guard before.edition == edition else { return .refused(.changed) }
        guard before.absolute == record.absolute, before.idle == record.idle else { return .refused(.other) }
        var record = record
        (record.stamp, record.era) = (before.stamp, ordinal)
        records[digest] = record
        let change = KnownChange(
            digest: digest, edition: record.edition, nonce: record.nonce, absolute: record.absolute)
        return .changed(number: append(.changed(change)), minimum: minimum)
    }
}

/// A connection of an engine with the store, served when the test says so.
final class StoreLine: ClusterDriver {
    unowned var engine: Engine
    let store: StoreStandIn
    /// Whether what is called gets lost.
    var isCut = false
    /// Whether nothing comes or goes, and nothing gets lost.
    var isHeld = false
    /// Whether the store executes what is called, and its answers get lost.
    var losesReplies = false
    /// Whether entries of the stream do not come.
    var isDeaf = false
    private(set) var kept: (member: MemberID, beat: UInt64)?
    private(set) var fence: KeptFence?
    private var calls: [(id: CallID, call: StoreCall)] = []
    private var reading: (id: CallID, next: Int, isTold: Bool)?
    private var isConnecting = false
    private var rung: UInt64 = 0

    init(_ engine: Engine, _ store: StoreStandIn) { (self.engine, self.store) = (engine, store) }

    func connect(after pause: BootSpan) {
        (calls, reading, isConnecting) = ([], nil, true)
    }

    func call(_ id: CallID, epoch: Epoch?, _ call: StoreCall, isConfirmed: Bool) -> Bool {
        calls.append((id, call))
        return true
    }

    func follow(_ id: CallID, after: Stamp, member: MemberID) { reading = (id, Int(after.number), false) }

    func keep(_ member: MemberID, beat: UInt64) { kept = (member, beat) }

    var reach: StoreReach {
        StoreReach(hasLink: !isHeld, hasStore: !isCut && !isHeld, fault: isCut ? "the store is cut off" : nil)
    }
    func keep(_ fence: KeptFence) { self.fence = fence }

    /// The connection ends, and another one is made.
    func breakOff() {
        calls = []
        engine.clusterReported(.disconnected)
    }

    /// Takes one step; false where there is none to take.
    func step() -> Bool {
        if isHeld { return false }
        if isCut {
            calls = []
            return false
        }
        if isConnecting {
            isConnecting = false
            engine.clusterReported(.connected)
            return true
        }
        if !calls.isEmpty {
            let (id, call) = calls.removeFirst()
            let reply = store.answer(call)
            if !losesReplies { engine.clusterReported(.replied(id, reply)) }
            return true
        }
        guard !isDeaf, let (id, next, isTold) = reading else { return false }
        guard next < store.entries.count || !isTold else { return ring(id) }
        reading = (id, store.entries.count, true)
        let entries = store.entries.enumerated().dropFirst(next).map { index, entry in
            NumberedEntry(Stamp(ordinal: store.ordinal, number: UInt64(index) + 1), entry)
        }
        engine.clusterReported(.entriesRead(id, Array(entries), isEnd: true))
        return true
    }

    /// Rings the bell where all members have acknowledged more.
    private func ring(_ reading: CallID) -> Bool {
        guard store.minimum > rung else { return false }
        rung = store.minimum
        engine.clusterReported(.bellRang(reading, minimum: rung))
        return true
    }
}
