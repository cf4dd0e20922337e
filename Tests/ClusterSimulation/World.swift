import UsherCluster

/// Three hosts, a store with its replica, and what lies between them. A value: a schedule begins with a copy of one in
/// which all hosts are members.
struct World {
    /// What happens.
    enum Event {
        case request(
            host: Int, connection: Int, server: Int, CallID, Epoch?, StoreCall, isConfirmed: Bool, survives: Bool)
        case confirm(host: Int, connection: Int, server: Int, run: Int, CallID, StoreReply, isLast: Bool)
        case deliver(host: Int, connection: Int, ClusterEvent)
        case read(host: Int, connection: Int, follow: CallID)
        case connected(host: Int, connection: Int)
        case timer(host: Int)
        case board(host: Int)
        case run(host: Int)
        case boot(host: Int)
        case reader(Reader)
        case fault(Fault)
        case operation(Operation)
        case replicate
    }

    let missing: Missing
    let limits: ClusterLimits
    var dice: Dice
    var now: UInt64 = 0
    var agenda = Agenda<Event>()
    var hosts: [SimulatedHost] = []
    var stores: [SimulatedStore]
    /// The store that serves; with two primaries, the one that the third node follows.
    var primary = 0
    var third = 0
    var isSplit = false
    var replica = StoreState()
    var downUntil: UInt64 = 0
    var oracle = Oracle()
    var events = 0
    var isTraced = false
    /// How often the store has lost its memory; whether a host has crashed, left or lost its memory besides.
    var losses = 0
    var hasLostHost = false
    /// Whether, before each loss but the first, the hosts had put back what the store had lost, and its clock, from
    /// which the ordinals of epochs come, had gone evenly.
    var isKept = true
    var isClockSet = false
    /// A host has lost its memory.
    var hasDied = false
    /// Entries were trimmed too early: what hosts know together is then no longer everything, and no loss is played.
    var isTrimmed = false
    /// A key of the store has ended by itself.
    var hasLostKey = false
    var nonces: UInt64 = 0
    /// Ends that are not answered.
    var ends: [UInt64: Operation] = [:]
    var claims = Claims()
    /// The member that a machine was which is gone for good.
    var gone: MemberID?

    static let second: UInt64 = 1_000_000_000

    init(missing: Missing, limits: ClusterLimits, seed: UInt64) {
        (self.missing, self.limits) = (missing, limits)
        dice = Dice(seed: seed)
        stores = [SimulatedStore(missing: missing), SimulatedStore(missing: missing)]
        stores[1].run = 1_000
        for host in 0..<3 {
            var fresh = SimulatedHost(core: makeCore(host))
            fresh.rate = 990_000 + dice.next() % 20_001
            hosts.append(fresh)
            connect(host, after: dice.milliseconds(1, 50))
        }
    }

    mutating func makeCore(
        _ host: Int, member: MemberID? = nil, beats: UInt64 = 0, fence: KeptFence? = nil
    ) -> ClusterHost {
        let fresh = MemberID(high: dice.next(), low: dice.next())
        return ClusterHost(
            member: member ?? fresh, beats: beats, fence: fence, name: "host \(host)", limits: limits,
            seed: dice.next(), guards: missing.guards)
    }

    /// Plays until `end`, or until a property does not hold.
    mutating func run(until end: UInt64) {
        while oracle.failure == nil, let (time, event) = agenda.next(by: end) {
            now = time
            events += 1
            happen(event)
        }
        now = max(now, end)
    }

    mutating func plan(_ event: Event, after span: UInt64) { agenda.add(event, at: now + span) }

    private mutating func happen(_ event: Event) {
        switch event {
        case .request(let host, let connection, let server, let id, let epoch, let call, let isConfirmed, let survives):
            request(host, connection, server, id, epoch, call, isConfirmed, survives, event)
        case .confirm(let host, let connection, let server, let run, let id, let reply, let isLast):
            confirm(host, connection, server, run, id, reply, isLast)
        case .deliver(let host, let connection, let happened):
            guard hosts[host].connection == connection else { return }
            if isCut(host) { return agenda.add(event, at: hosts[host].cutUntil + 1) }
            step(host, happened)
        case .read(let host, let connection, let follow): read(host, connection, follow, event)
        case .connected(let host, let connection): connected(host, connection, event)
        case .timer(let host): if hosts[host].timer <= now { wake(host) }
        case .board(let host): writePutOff(host)
        case .run(let host): resume(host)
        case .boot(let host): boot(host)
        case .reader(let reader): read(reader)
        case .fault(let fault): strike(fault)
        case .operation(let operation): operate(operation)
        case .replicate: if !isSplit { replica = stores[0].state }
        }
    }

    /// Whether sessions must outlive epochs (P3): what the store has lost, the hosts have, and the other way round.
    /// After a second loss that is so if the hosts had put everything back.
    var keepsAll: Bool {
        isKept && !hasLostHost && !isTrimmed && !stores[0].hasExpelled && limits.copies == 0
            && limits.endCapacity > 1 && limits.copyCapacity > 2
    }

    func isCut(_ host: Int) -> Bool { hosts[host].cutUntil > now }

    // MARK: Hosts

    /// Gives an event to a host, or keeps it while the host does not run.
    mutating func step(_ host: Int, _ event: ClusterEvent) {
        guard hosts[host].isAlive else { return }
        if hosts[host].isStopped || hosts[host].frozenSince != nil { return hosts[host].inbox.append(event) }
        if isTraced { print(time, "host \(host):", short("\(event)")) }
        perform(host, hosts[host].core.take(event, at: hosts[host].local(now)))
    }

    private mutating func wake(_ host: Int) {
        hosts[host].timer = .max
        guard hosts[host].isAlive, !hosts[host].isStopped, hosts[host].frozenSince == nil else { return }
        perform(host, hosts[host].core.take(.timePassed, at: hosts[host].local(now)))
    }

    mutating func perform(_ host: Int, _ actions: [ClusterAction]) {
        for action in actions { perform(host, action) }
        let deadline = hosts[host].core.deadline
        guard deadline != .never else { return }
        let due = hosts[host].world(deadline, after: now)
        if due < hosts[host].timer {
            hosts[host].timer = due
            agenda.add(.timer(host: host), at: due)
        }
    }

    private mutating func perform(_ host: Int, _ action: ClusterAction) {
        if isTraced { print(time, "host \(host)   ->", short("\(action)")) }
        switch action {
        case .connect(let pause): connect(host, after: pause.nanoseconds + dice.milliseconds(1, 20))
        case .call(let id, let epoch, .again(let items), let isConfirmed):
            send(host, id, epoch, .again(items.compactMap { complete($0, host) }), isConfirmed)
        case .call(let id, let epoch, let call, let isConfirmed): send(host, id, epoch, call, isConfirmed)
        case .follow(let id, let after): follow(host, id, after)
        case .keepBeat: break
        case .keepFence(let fence): hosts[host].fence = fence
        case .writeLease(let end):
            hosts[host].board.lease = end
            if !hosts[host].putOff.isEmpty { plan(.board(host: host), after: 2_000_000) }
            check(host)
        case .adopt, .drop, .dropAll, .suspendAll, .resumeAll, .end: writeSlots(host, action)
        case .moveEnded: break
        case .answer(let request, let answer):
            let asked = ends.removeValue(forKey: request.value)
            // A peer whose end was answered `pending` asks again.
            if case .pending = answer, let asked { plan(.operation(asked), after: dice.milliseconds(1_000, 8_000)) }
            hearClaim(request, answer)
            oracle.keepsAll = keepsAll
            if oracle.hear(request, answer, epoch: hosts[host].core.epoch) {
                checkAll()
                if dice.once(in: 2) { sendReaders() }
            }
        case .report(let report):
            guard report == .left else { return }
            shutDown(host)
            plan(.boot(host: host), after: hosts[host].absence)
        }
    }

    /// The driver adds the record that the ledger has.
    private func complete(_ item: PutBack, _ host: Int) -> PutBack? {
        let filled = item.filled(hosts[host].board.slots[item.digest]?.record)
        return filled.record == nil ? nil : filled
    }

    private mutating func writeSlots(_ host: Int, _ action: ClusterAction) {
        // Two lines of epochs that know nothing of each other may end each other's sessions.
        if case .end(let digest, _) = action, losses < 2 { judgeEnd(host, digest) }
        if missing.has(.endsBeforeLease) { return writeSlot(host, action) }
        hosts[host].putOff.append(action)
        if hosts[host].board.lease > hosts[host].local(now) { plan(.board(host: host), after: 2_000_000) }
    }

    private mutating func judgeEnd(_ host: Int, _ digest: SharedDigest) {
        let store = stores[hosts[host].server]
        var isGood = false
        if store.state.epoch == hosts[host].core.epoch, store.state.run == store.run, case .found = store.get(digest) {
            isGood = true
        }
        oracle.judgeEnd(digest, host: host, isGoodInStore: isGood)
    }

    private mutating func writePutOff(_ host: Int) {
        let actions = hosts[host].putOff
        hosts[host].putOff = []
        for action in actions { writeSlot(host, action) }
    }

    private mutating func writeSlot(_ host: Int, _ action: ClusterAction) {
        switch action {
        case .adopt(let digest, let record, let end):
            hosts[host].board.slots[digest] = .init(record: record, end: end)
            check(host)
        case .drop(let digest), .end(let digest, _): hosts[host].board.slots[digest] = nil
        case .dropAll: hosts[host].board.slots = [:]
        case .suspendAll, .resumeAll:
            let isSuspended = if case .suspendAll = action { true } else { false }
            for digest in hosts[host].board.slots.keys { hosts[host].board.slots[digest]?.isSuspended = isSuspended }
            check(host)
        default: break
        }
    }

    // MARK: The properties

    mutating func checkAll() { for host in hosts.indices { check(host) } }

    /// What a reader of the host's board accepts now. It can begin to accept something only when a slot or the lease is
    /// written, and what it accepts can become wrong only when something is answered.
    private mutating func check(_ host: Int) {
        guard oracle.isWatching, hosts[host].isAlive else { return }
        let clock = hosts[host].local(now)
        for (digest, slot) in hosts[host].board.slots
        where hosts[host].reads(slot, lease: hosts[host].board.lease, clock: clock) {
            oracle.judge(digest, bits: slot.record.sealed[0], host: host)
        }
    }

    // MARK: Traces

    var time: String {
        let micro = now / 1_000
        return "\(micro / 1_000_000).\(String(1_000_000 + micro % 1_000_000).dropFirst())"
    }

    func short(_ text: String) -> String { text.replacing("UsherCluster.", with: "") }
}
