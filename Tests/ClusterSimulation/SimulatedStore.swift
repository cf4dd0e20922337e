import UsherCluster

/// What stands in the store: as `protocol/cluster/usher.lua` keeps it, as far as hosts call it.
struct StoreState {
    /// What stands under a digest.
    enum Cell {
        case live(SharedRecord)
        /// `succession`: the session was moved, and the store has lost the move.
        case over(Stamp, succession: Succession? = nil)
        case lost(Edition, nonce: UInt64)
    }

    struct Member {
        var id: MemberID
        var name: String
        var beats: UInt64
        var joined: UInt64
        var acknowledged: UInt64
        var isThrough = false
    }

    /// How far an older epoch is: not complete; complete; complete, and nobody has still to come from it.
    enum Progress: Int, Comparable {
        case open, complete, ended

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    var epoch: Epoch?
    var ordinal: UInt64 = 0
    /// The run that opened the epoch.
    var run = -1
    var lease: UInt64 = 0
    var check: UInt64 = 0
    var number: UInt64 = 0
    var minimum: UInt64 = 0
    /// Whether all older epochs are complete, and whether somebody has still to come; by older epoch: how far it is, which
    /// members must come, which have.
    var (isWhole, lacksHosts) = (true, false)
    var from: [Epoch: Progress] = [:]
    var need: [Epoch: Set<MemberID>] = [:]
    var here: [Epoch: Set<MemberID>] = [:]
    /// The ordinals of older epochs, and of the older epoch that a host has brought.
    var born: [Epoch: UInt64] = [:]
    var came: [MemberID: UInt64] = [:]
    var front = Stamp.zero
    /// Where trimming goes on.
    var trimmed = Stamp.zero
    var members: [Member] = []
    /// The number of each member's first join in this epoch, which counts in schedules without `joinByNumber`.
    var firsts: [MemberID: UInt64] = [:]
    var stream: [NumberedEntry] = []
    var cells: [SharedDigest: Cell] = [:]
    var tags: [SessionTag: SharedDigest] = [:]
    var lastOfUser: [UInt32: Stamp] = [:]
    var lastOfRealm: [UInt32: Stamp] = [:]
    var waits: [(number: UInt64, member: MemberID)] = []
    /// Names that were taken.
    var claims: Set<SharedDigest> = []
}

/// One server.
struct SimulatedStore {
    var state = StoreState()
    /// Grows whenever the server is another run.
    var run = 0
    /// What the store's clock is off by, in seconds.
    var offset: Int64 = 0
    /// Bells to ring, and whether the stream has grown, since the last look.
    var bells: [(member: MemberID, minimum: UInt64)] = []
    var hasGrown = false
    /// Whether a host has ever been expelled, or has left.
    var hasExpelled = false
    let missing: Missing

    func seconds(at time: UInt64) -> UInt64 { UInt64(Int64(1_000_000_000 + time / 1_000_000_000) + offset) }

    var stamp: Stamp { Stamp(ordinal: state.ordinal, number: state.number) }

    @discardableResult
    mutating func append(_ entry: StreamEntry) -> UInt64 {
        state.number += 1
        state.stream.append(NumberedEntry(stamp, entry))
        hasGrown = true
        return state.number
    }

    mutating func call(_ call: StoreCall, epoch: Epoch?, at time: UInt64) -> StoreReply {
        switch call {
        case .hello: return hello(time)
        case .probe: return .probed
        case .open(let old, let ordinal, let new, let lease, let check):
            return open(old, ordinal, new, lease, check, time)
        default: break
        }
        guard epoch == state.epoch, state.run == run || !missing.has(.strictCalls) else { return .refused(.epoch) }
        switch call {
        case .hello, .probe, .open: return .refused(.other)
        case .join(let member, let beat, let acknowledged, let name, let heritage):
            return join(member, beat, acknowledged, name, heritage)
        case .beat(let member, let beat, let acknowledged, let wantsList, let isThrough, let expelled):
            return self.beat(member, beat, acknowledged, wantsList, isThrough, expelled, time)
        case .leave(let member):
            expel(member)
            ring()
            return .left
        case .forget(let member): return forget(member)
        case .get(let digest): return get(digest)
        // No host of the simulation lists: a list is no use, and nothing is accepted by it.
        case .list: return .refused(.other)
        case .put(let digest, let record, _, _, let began, _): return put(digest, record, began)
        case .end(let member, let joined, let acknowledged, let target):
            let isOfThisJoin = isOfThisJoin(member, joined)
            guard target.name != nil || isOfThisJoin else { return .refused(.expelled) }
            return end(member, isOfThisJoin ? acknowledged : nil, target)
        // What it would remove has ended.
        case .sweep: return .swept(next: 0)
        case .move(let member, let old, let new, let era, let record, let note):
            return move(member, old, new, era, record, note)
        case .change(let member, let digest, let edition, let record): return change(member, digest, edition, record)
        case .touch(let uses): return touch(uses)
        case .restoreEnds(let ends): return restore(ends)
        case .restoreAll(let ends): return restore(ends)
        case .restoreChanges(let changes): return restore(changes)
        case .again(let items): return again(items)
        case .claim(let name, let mark, _): return claim(name, mark)
        case .trim(let count): return trim(Int(count), at: time)
        }
    }

    private func hello(_ time: UInt64) -> StoreReply {
        .hello(
            StoreGreeting(
                epoch: state.epoch, ordinal: state.ordinal, isOpen: state.epoch != nil && state.run == run,
                lease: state.lease, check: state.check, number: state.number, front: state.front,
                seconds: seconds(at: time), evictsKeys: false))
    }

    private mutating func open(
        _ old: Epoch?, _ ordinal: UInt64, _ new: Epoch, _ lease: UInt64, _ check: UInt64, _ time: UInt64
    ) -> StoreReply {
        guard state.epoch == old, !(state.epoch != nil && state.run == run), new != old else { return .refused(.epoch) }
        let before = state.ordinal
        state.ordinal = max(before + 1, ordinal + 1, opening(at: time))
        (state.epoch, state.run, state.lease, state.check) = (new, run, lease, check)
        (state.number, state.minimum) = (0, 0)
        if let old {
            state.from[old] = state.from[old] ?? .open
            state.born[old] = before
            state.need[old, default: []].formUnion(state.members.map(\.id))
        }
        state.came = [:]
        state.members = []
        state.firsts = [:]
        state.waits = []
        complete()
        append(.opened(new))
        return .opened
    }
}
