import UsherCluster

/// What goes wrong.
enum Fault {
    /// The daemon stops for so long (SIGSTOP); board, clock and readers go on.
    case stop(Int, UInt64)
    /// The machine stops for so long, and its clock does not notice. At most the margin, at most once in a lease.
    case freeze(Int, UInt64)
    /// Nothing passes between a host and the store for so long.
    case cut(Int, UInt64)
    /// A host's connections are reset.
    case reset(Int)
    /// The daemon is told to end, and the next process goes on.
    case restart(Int, UInt64)
    /// The daemon crashes, and of its memory live its member id, the number of its last beat and its fence.
    case crash(Int, UInt64)
    /// The machine starts again without memory.
    case reboot(Int, UInt64)
    /// The same, and the machine of before is gone for good.
    case loseHost(Int, UInt64)
    /// The machine starts again, without memory, as a copy of another one that was made when it stopped.
    case twin(Int, of: Int, UInt64)
    /// The host leaves by its own will, and comes back as another one after so long.
    case leave(Int, UInt64)
    /// The answers of a host's fetches do not come for so long.
    case stick(Int, UInt64)
    /// The entries of the stream do not come to a host for so long.
    case stickStream(Int, UInt64)
    /// The answers of a host's other calls do not come for so long.
    case stickReplies(Int, UInt64)
    /// The answers of a host's beats do not come for so long.
    case stickBeats(Int, UInt64)
    /// The replica, or an empty server, serves in place of the store, after so long.
    case failOver(isEmpty: Bool, UInt64)
    /// The store forgets everything, and connections live on.
    case flush
    /// The replica becomes a primary, and connections live on.
    case promote
    /// With copies: the replica becomes a primary beside the old one; the third node follows it, later.
    case split(UInt64)
    case followNew
    /// The same, and one host alone reaches the new primary.
    case splitAway(Int, UInt64)
    /// The store's clock is set.
    case setClock(Int64)
    /// The stream is trimmed before its entries are over.
    case trimEarly
    /// Somebody trims so many entries, perhaps while hosts still come back.
    case trim(Int)
    /// The store's key of a session ends by itself, because no use was reported.
    case evict
}

extension World {
    mutating func strike(_ fault: Fault) {
        if isTraced { print(time, "FAULT:", fault) }
        switch fault {
        case .stop(let host, let span): stop(host, span)
        case .freeze(let host, let span): freeze(host, span)
        case .cut(let host, let span): hosts[host].cutUntil = max(hosts[host].cutUntil, now + span)
        case .reset(let host): reset(host)
        case .restart(let host, let span): restart(host, span)
        case .crash(let host, let span): crash(host, span)
        case .reboot(let host, let span):
            shutDown(host)
            plan(.boot(host: host), after: span)
        case .loseHost(let host, let span): lose(host, span)
        case .twin(let host, let other, let span): twin(host, other, span)
        case .leave(let host, let span):
            hosts[host].absence = span
            step(host, .leaveAsked)
        case .stick(let host, let span): hosts[host].stuckUntil = now + span
        case .stickStream(let host, let span): hosts[host].streamStuckUntil = now + span
        case .stickReplies(let host, let span): hosts[host].repliesStuckUntil = now + span
        case .stickBeats(let host, let span): hosts[host].beatsStuckUntil = now + span
        case .failOver(let isEmpty, let span): failOver(isEmpty ? StoreState() : replica, span, resets: true)
        case .flush: failOver(StoreState(), 0, resets: false)
        case .promote: failOver(replica, 0, resets: false)
        case .split(let span):
            guard split(span) else { return }
            reset(dice.below(3))
            if dice.once(in: 2) { reset(dice.below(3)) }
        case .splitAway(let host, let span):
            guard split(span) else { return }
            for other in hosts.indices { hosts[other].reaches = other == host ? 1 : 0 }
            reset(host)
        case .followNew: third = primary
        case .setClock(let seconds):
            stores[primary].offset += seconds
            (isClockSet, isKept) = (true, isKept && losses == 0)
        case .trimEarly: trimEarly()
        case .trim(let count): trim(count)
        case .evict: evict()
        }
    }

    private mutating func stop(_ host: Int, _ span: UInt64) {
        guard hosts[host].isAlive, !hosts[host].isStopped, hosts[host].frozenSince == nil else { return }
        hosts[host].isStopped = true
        plan(.run(host: host), after: span)
    }

    private mutating func freeze(_ host: Int, _ span: UInt64) {
        let rest = limits.lease.nanoseconds + limits.margin.nanoseconds + 2 * Self.second
        guard hosts[host].isAlive, !hosts[host].isStopped, hosts[host].frozenSince == nil,
            hosts[host].thawed == 0 || hosts[host].thawed + rest < now
        else { return }
        hosts[host].frozenSince = now
        plan(.run(host: host), after: span)
    }

    /// A host runs again: it takes what has come in.
    mutating func resume(_ host: Int) {
        guard hosts[host].isAlive else { return }
        if let since = hosts[host].frozenSince {
            hosts[host].frozenSince = nil
            hosts[host].lost += (now - since) / 1_000 * hosts[host].rate / 1_000 + 1_000
            hosts[host].thawed = now
        }
        hosts[host].isStopped = false
        if hosts[host].isForgetful { return beginAnew(host) }
        if let snapshot = hosts[host].snapshot.take() { return goOn(host, snapshot) }
        let inbox = hosts[host].inbox
        hosts[host].inbox = []
        hosts[host].timer = .max
        perform(host, hosts[host].core.take(.timePassed, at: hosts[host].local(now)))
        for event in inbox { step(host, event) }
    }

    private mutating func restart(_ host: Int, _ span: UInt64) {
        guard hosts[host].isAlive, !hosts[host].isStopped, hosts[host].frozenSince == nil else { return }
        // A write that its sender forgets may be lost with the store: nobody else has its record.
        hasLostHost = hasLostHost || hosts[host].core.isChanging || !missing.has(.restartNeverLeaves)
        if !missing.has(.restartNeverLeaves) { step(host, .leaveAsked) }
        guard hosts[host].isAlive else { return }
        hosts[host].isStopped = true
        hosts[host].inbox = []
        hosts[host].connection += 1
        hosts[host].isConnected = false
        hosts[host].snapshot = snapshot(host)
        plan(.run(host: host), after: span)
    }

    /// What the daemon writes as the last thing that it does.
    private mutating func snapshot(_ host: Int) -> [UInt64] {
        let words = SnapshotWords()
        var writer = SnapshotWriter {
            words.all += $0
            return true
        }
        hosts[host].core.write(to: &writer, at: hosts[host].local(now))
        writer.flush()
        return words.all
    }

    /// The next process goes on by what the one before has written, board and ledger.
    private mutating func goOn(_ host: Int, _ snapshot: [UInt64]) {
        let before = hosts[host].core
        var core = makeCore(host, member: before.member, beats: before.beats, fence: hosts[host].fence)
        var reader = SnapshotReader(count: snapshot.count) { Array(snapshot[$0]) }
        do throws(SnapshotFault) {
            try core.read(from: &reader, at: hosts[host].local(now))
            try reader.end()
        } catch {
            return oracle.fail("host \(host) cannot read its snapshot: \(error)")
        }
        hosts[host].core = core
        hosts[host].timer = .max
        perform(host, hosts[host].core.restart(at: hosts[host].local(now)))
    }

    private mutating func crash(_ host: Int, _ span: UInt64) {
        guard hosts[host].isAlive, !hosts[host].isStopped, hosts[host].frozenSince == nil else { return }
        (hasLostHost, hasDied) = (true, true)
        hosts[host].isStopped = true
        hosts[host].inbox = []
        hosts[host].putOff = []
        hosts[host].connection += 1
        hosts[host].isConnected = false
        hosts[host].isForgetful = true
        plan(.run(host: host), after: span)
    }

    /// The daemon takes lease and copies off the board before it does anything else.
    private mutating func beginAnew(_ host: Int) {
        hosts[host].isForgetful = false
        hosts[host].timer = .max
        hosts[host].board = SimulatedBoard()
        let core = hosts[host].core
        hosts[host].core = makeCore(host, member: core.member, beats: core.beats, fence: hosts[host].fence)
        connect(host, after: 1_000_000)
    }

    /// The machine is off, and with it all that it knew.
    mutating func shutDown(_ host: Int) {
        (hasLostHost, hasDied) = (true, true)
        hosts[host].isAlive = false
        hosts[host].isConnected = false
        hosts[host].isStopped = false
        (hosts[host].snapshot, hosts[host].isForgetful, hosts[host].fence) = (nil, false, nil)
        hosts[host].connection += 1
        hosts[host].inbox = []
        hosts[host].putOff = []
        hosts[host].board = SimulatedBoard()
    }

    mutating func boot(_ host: Int) {
        guard !hosts[host].isAlive else { return }
        hosts[host].isAlive = true
        hosts[host].frozenSince = nil
        hosts[host].timer = .max
        hosts[host].core = fresh(host)
        connect(host, after: 1_000_000)
    }

    private mutating func twin(_ host: Int, _ other: Int, _ span: UInt64) {
        guard hosts[other].isAlive else { return }
        shutDown(host)
        hosts[host].copied = (hosts[other].core.member, hosts[other].core.beats)
        plan(.boot(host: host), after: span)
    }

    /// The core of a machine that starts. It is a copy's if the store knows later beats of the member: otherwise
    /// neither of two machines with one id would be refused, and nothing is promised for that.
    private mutating func fresh(_ host: Int) -> ClusterHost {
        guard let (member, beats) = hosts[host].copied.take(),
            stores[0].state.members.contains(where: { $0.id == member && $0.beats > beats + 1 })
        else { return makeCore(host) }
        return makeCore(host, member: member, beats: beats)
    }

    // MARK: The store

    /// Whether the store may lose its memory. By S2 of protocol/CLUSTER.md it may not lose it again once a host has
    /// died, because that host may have run the cluster alone.
    private var mayLose: Bool { !isSplit && !isTrimmed && (losses == 0 || !hasDied) }

    /// Two hosts have come from the older epochs, and have put back all that they hold.
    private var isRecovered: Bool {
        let state = stores[0].state
        return state.run == stores[0].run && state.isWhole && state.members.count > 1
            && state.members.allSatisfy(\.isThrough)
    }

    private mutating func failOver(_ state: StoreState, _ span: UInt64, resets: Bool) {
        guard mayLose else { return }
        if losses > 0, !isRecovered || isClockSet { isKept = false }
        losses += 1
        stores[0].state = state
        // A flushed server is the same run, and its root is gone.
        stores[0].run += state.epoch == nil && !resets ? 0 : 1
        downUntil = now + span
        for host in hosts.indices where resets { reset(host) }
    }

    private mutating func split(_ span: UInt64) -> Bool {
        guard limits.copies > 0, mayLose else { return false }
        losses += 1
        isSplit = true
        stores[1].state = replica
        stores[1].offset = stores[0].offset
        primary = 1
        plan(.fault(.followNew), after: span)
        return true
    }

    /// After a loss no host trims before all have put back what they hold: who has not read what is gone drops its
    /// copies (P3).
    private mutating func trim(_ count: Int) {
        if losses > 0 {
            guard dice.once(in: 4) else { return }
            isKept = false
        }
        _ = stores[primary].trim(count, at: now)
    }

    // A store that has lost a record as well as the entry that tells of it is outside the contract (S3), because it may
    // take back an older one: both are not played in one schedule.
    private mutating func trimEarly() {
        guard !hasLostKey else { return }
        isTrimmed = true
        stores[primary].state.stream = []
        stores[primary].state.front = stores[primary].stamp
    }

    private mutating func evict() {
        guard let (digest, cell) = stores[primary].state.cells.min(by: { $0.key.low < $1.key.low }),
            case .live(let record) = cell, !isTrimmed
        else { return }
        hasLostKey = true
        stores[primary].state.cells[digest] = nil
        stores[primary].state.tags[record.tag] = nil
        oracle.sessions[Oracle.session(digest)].isDoubtful = true
    }
}
