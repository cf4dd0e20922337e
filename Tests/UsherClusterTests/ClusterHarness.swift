import UsherCluster

/// A host whose store and clock are the test's.
struct ClusterHarness {
    static let member = MemberID(high: 1, low: 1)
    static let other = MemberID(high: 2, low: 2)
    static let owner = ShareOwner(uid: 1_000)
    static let epoch = Epoch(7)
    static let newEpoch = Epoch(8)
    static let digest = SharedDigest(high: 9, low: 9)

    var host: ClusterHost
    private(set) var milliseconds: UInt64
    /// What the last event brought about.
    var actions: [ClusterAction] = []
    /// Calls that are not answered.
    var open: [(id: CallID, call: StoreCall)] = []
    /// The newest reading of the stream.
    private(set) var follow = CallID(0)
    /// The number of a beat that was to be kept last.
    private(set) var kept: UInt64 = 0
    /// The fence that was to be kept last.
    private(set) var keptFence: KeptFence?
    private var requests: UInt64 = 0

    /// It does not trim the stream unless `change` lets it.
    init(
        beats: UInt64 = 0, fence: KeptFence? = nil, at milliseconds: UInt64 = 1_000,
        _ change: (inout ClusterLimits) -> Void = { _ in }
    ) {
        var limits = ClusterLimits()
        limits.trimPause = .milliseconds(1_000_000_000)
        change(&limits)
        self.milliseconds = milliseconds
        host = ClusterHost(
            member: Self.member, beats: beats, fence: fence, name: "one", limits: limits, seed: 1)
    }

    var now: BootInstant { BootInstant(nanoseconds: milliseconds * 1_000_000) }

    mutating func take(_ event: ClusterEvent) {
        actions = host.take(event, at: now)
        note()
    }

    mutating func restart() {
        open = []
        actions = host.restart(at: now)
    }

    private mutating func note() {
        for action in actions {
            if case .call(let id, _, let call, _) = action { open.append((id, call)) }
            if case .follow(let id, _) = action { follow = id }
            if case .keepBeat(let number) = action { kept = number }
            if case .keepFence(let fence) = action { keptFence = fence }
        }
    }

    /// Lets time pass, and the host do what is due.
    mutating func pass(_ span: UInt64) {
        milliseconds += span
        take(.timePassed)
    }

    /// Answers the newest open call.
    mutating func reply(_ reply: StoreReply) {
        guard let call = open.popLast() else { preconditionFailure("no call is open") }
        take(.replied(call.id, reply))
    }

    /// Answers the newest open beat.
    mutating func replyToBeat(_ reply: StoreReply) {
        answer(reply) { if case .beat = $0 { true } else { false } }
    }

    /// Answers the call that puts sessions back.
    mutating func replyToPutBack(_ reply: StoreReply) {
        answer(reply) { if case .again = $0 { true } else { false } }
    }

    /// Answers the call that reports uses.
    mutating func replyToTouch(_ reply: StoreReply) {
        answer(reply) { if case .touch = $0 { true } else { false } }
    }

    /// Answers the call of a rotation.
    mutating func answerMove(_ reply: StoreReply) {
        answer(reply) { if case .move = $0 { true } else { false } }
    }

    /// Answers the newest open change.
    mutating func replyToChange(_ reply: StoreReply) {
        answer(reply) { if case .change = $0 { true } else { false } }
    }

    /// Answers the call that trims the stream.
    mutating func replyToTrim(_ reply: StoreReply) {
        answer(reply) { if case .trim = $0 { true } else { false } }
    }

    /// Answers the call that sweeps.
    mutating func replyToSweep(_ reply: StoreReply) {
        answer(reply) { if case .sweep = $0 { true } else { false } }
    }

    /// Grants all open beats: the store has `members`, and its stream has come to `number`.
    mutating func replyToBeatIfOpen(members: [MemberCount], number: UInt64 = 4) {
        while open.contains(where: { if case .beat = $0.call { true } else { false } }) {
            replyToBeat(Self.granted(number, members: members))
        }
    }

    private mutating func answer(_ reply: StoreReply, _ isMeant: (StoreCall) -> Bool) {
        guard let at = open.lastIndex(where: { isMeant($0.call) }) else { preconditionFailure("no such call is open") }
        take(.replied(open.remove(at: at).id, reply))
    }

    /// Loses what was called.
    mutating func lose() { open = [] }

    static func greeting(
        epoch: Epoch? = epoch, ordinal: UInt64 = 1, isOpen: Bool = true, lease: UInt64 = 10_000, check: UInt64 = 0,
        number: UInt64 = 3, front: Stamp = .zero, evictsKeys: Bool = false
    ) -> StoreReply {
        .hello(
            StoreGreeting(
                epoch: epoch, ordinal: ordinal, isOpen: isOpen, lease: lease, check: check, number: number,
                front: front, seconds: 1_000_000, evictsKeys: evictsKeys))
    }

    static func granted(
        _ number: UInt64, minimum: UInt64 = 2, isWhole: Bool = true, lacksHosts: Bool = false,
        members: [MemberCount] = [count()], seconds: UInt64 = 0
    ) -> StoreReply {
        .beat(
            BeatReply(
                isGranted: true, number: number, minimum: minimum, isWhole: isWhole, lacksHosts: lacksHosts,
                seconds: seconds == 0 ? 1_000_000 : seconds, members: members))
    }

    /// What the store refuses the beat of a member that has no lease yet with.
    static func withheld(_ members: [MemberCount]) -> StoreReply {
        .beat(
            BeatReply(
                isGranted: false, number: 4, minimum: 0, isWhole: true, lacksHosts: false, seconds: 1_000_000,
                members: members))
    }

    static func count(
        _ member: MemberID = member, beats: UInt64 = 5, joined: UInt64 = 2, name: String = "two", isThrough: Bool = true
    ) -> MemberCount {
        MemberCount(member: member, beats: beats, joined: joined, name: name, isThrough: isThrough)
    }

    static func record(
        version: UInt64 = 1, era: UInt64 = 1, number: UInt64 = 2, nonce: UInt64 = 5
    ) -> SharedRecord {
        SharedRecord(
            key: 0, seen: 0, idle: 600, absolute: 2_000_000, version: version, era: era,
            stamp: Stamp(ordinal: 1, number: number), bucket: 0x8000_0001, realm: 0x8000_0002, tag: SessionTag(77),
            nonce: nonce, sealed: [1])
    }

    /// Connects, reads the stream up to entry 3, joins as entry 4 and gets a lease.
    mutating func join(_ members: [MemberCount] = [count()]) {
        take(.connected)
        reply(Self.greeting())
        readEnd()
        reply(Self.greeting())
        reply(.joined(number: 4))
        read(4, .joined(Self.member))
        reply(Self.granted(4, members: members))
        if !open.isEmpty { reply(Self.granted(4, members: members)) }
    }

    /// The connection is lost and made again, and the host has read the stream up to entry 4.
    mutating func reconnect() {
        take(.disconnected)
        lose()
        take(.connected)
        reply(Self.greeting(number: 4))
        readEnd()
        reply(Self.greeting(number: 4))
    }

    /// The store is another run, which somebody has opened; the host comes to it, and is asked for a probe.
    mutating func changeEpoch(to epoch: Epoch = newEpoch, ordinal: UInt64 = 2) {
        take(.disconnected)
        lose()
        take(.connected)
        reply(Self.greeting(epoch: epoch, ordinal: ordinal, number: 1))
    }

    /// The probe is confirmed, and the new stream has the entries of `entries` behind that of the opening.
    mutating func readNewStream(_ entries: [StreamEntry] = [], epoch: Epoch = newEpoch, ordinal: UInt64 = 2) {
        reply(.probed)
        let all = [.opened(epoch)] + entries
        let numbered = all.enumerated().map {
            NumberedEntry(Stamp(ordinal: ordinal, number: UInt64($0.offset) + 1), $0.element)
        }
        take(.entriesRead(follow, numbered, isEnd: true))
        reply(Self.greeting(epoch: epoch, ordinal: ordinal, number: UInt64(numbered.count)))
    }

    /// The stream brings an entry.
    mutating func read(_ number: UInt64, _ entry: StreamEntry, ordinal: UInt64 = 1) {
        take(.entriesRead(follow, [NumberedEntry(Stamp(ordinal: ordinal, number: number), entry)], isEnd: true))
    }

    /// The stream has no more entries.
    mutating func readEnd() { take(.entriesRead(follow, [], isEnd: true)) }

    /// Lets the fence of the join pass, with a lease all the time.
    mutating func passFence() {
        for _ in 0..<5 {
            pass(2_500)
            reply(Self.granted(4))
        }
    }

    mutating func request() -> RequestID {
        requests += 1
        return RequestID(requests)
    }

    /// Fetches `digest`, which the store has.
    mutating func hold(_ record: SharedRecord = record()) {
        take(.fetchAsked(request(), Self.owner, Self.digest))
        reply(.found(record))
    }

    static func end(_ digest: SharedDigest? = digest) -> EndTarget {
        .session(
            digest: digest, tag: digest == nil ? SessionTag(77) : .none, bucket: 0x8000_0001, absolute: 2_000_000,
            reason: 1, note: [])
    }

    static func changed(
        _ digest: SharedDigest = digest, version: UInt64, era: UInt64 = 1, nonce: UInt64
    ) -> StreamEntry {
        let edition = Edition(era: era, version: version)
        return .changed(KnownChange(digest: digest, edition: edition, nonce: nonce, absolute: 2_000_000))
    }

    static func moved(to new: SharedDigest, version: UInt64 = 1) -> StreamEntry {
        let succession = Succession(digest: new, edition: Edition(era: 1, version: version))
        return .moved(
            EndNotice(
                digest: digest, tag: SessionTag(77), bucket: 0x8000_0001, absolute: 2_000_000, reason: 0,
                note: succession.note))
    }

    static func ended(_ digest: SharedDigest = digest, tag: SessionTag = SessionTag(77)) -> StreamEntry {
        .ended(
            EndNotice(digest: digest, tag: tag, bucket: 0x8000_0001, absolute: 2_000_000, reason: 1, note: []))
    }

    var answers: [ClusterAnswer] { actions.compactMap { if case .answer(_, let answer) = $0 { answer } else { nil } } }
    var reports: [ClusterReport] { actions.compactMap { if case .report(let report) = $0 { report } else { nil } } }
    var leases: [BootInstant] { actions.compactMap { if case .writeLease(let end) = $0 { end } else { nil } } }
    var accepts: Bool { host.accepts(Self.digest, at: now) }
    /// The newest open call, where it is a join.
    var joining: (member: MemberID, acknowledged: UInt64, name: String, heritage: Heritage?)? {
        guard case .join(let member, _, let acknowledged, let name, let heritage)? = open.last?.call else { return nil }
        return (member, acknowledged, name, heritage)
    }
    /// What the newest open call puts back.
    var putBack: [PutBack]? {
        open.compactMap { if case .again(let items) = $0.call { items } else { nil } }.last
    }
    /// The newest open beat.
    var beat: (acknowledged: UInt64, wantsList: Bool, expelled: [MemberCount])? {
        guard case .beat(_, _, let acknowledged, let wantsList, _, let expelled)? = open.last?.call else { return nil }
        return (acknowledged, wantsList, expelled)
    }
}
