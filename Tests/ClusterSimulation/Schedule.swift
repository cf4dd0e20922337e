import UsherCluster

/// One schedule: a world in which all is well, and what a seed lets happen in it.
struct Schedule {
    /// Worlds to begin with: three hosts are members and hold two sessions of one user and one of another.
    struct Beginnings {
        fileprivate let worlds: [World]

        /// Twelve worlds: the store's replica confirms in two, the table of ends is small in two.
        init(missing: Missing) {
            worlds = (0..<12).map { number in
                var limits = ClusterLimits()
                limits.copies = number >= 10 ? 1 : 0
                limits.endCapacity = (8..<10).contains(number) ? 1 : 64
                limits.copyCapacity = (8..<10).contains(number) ? 2 : 32
                var world = World(missing: missing, limits: limits, seed: UInt64(number))
                world.settle()
                precondition(world.claimsOnce(), "no code can be claimed")
                return world
            }
        }
    }

    /// What a schedule came to.
    struct Outcome {
        let failure: String?
        let events: Int
    }

    static func play(_ seed: UInt64, from beginnings: Beginnings, isTraced: Bool = false) -> Outcome {
        var world = beginnings.worlds[Int(seed % UInt64(beginnings.worlds.count))]
        world.isTraced = isTraced
        world.dice = Dice(seed: seed)
        let end = world.now + world.dice.milliseconds(8_000, 34_000)
        let last = world.planAll(until: end)
        world.run(until: seed % 5 == 4 ? max(last, world.planMore(until: end)) : last)
        if seed % 8 < 2 { world.heal() }
        return Outcome(failure: world.oracle.failure, events: world.events)
    }
}

extension World {
    /// Lets all hosts join, and each hold three sessions.
    mutating func settle() {
        run(until: 14 * Self.second)
        for (number, user) in [(0, 1), (1, 1), (2, 2)] {
            plan(.operation(.login(number, user: 0x8000_0000 + UInt32(user), takes: 0)), after: 100_000_000)
        }
        // More than once: a message may take longer than a second.
        for seconds in 1...3 as ClosedRange<UInt64> {
            for host in 0..<3 {
                for session in 0..<3 {
                    plan(.operation(.validate(host, session: session)), after: seconds * Self.second)
                }
            }
        }
        run(until: 18 * Self.second)
        precondition(oracle.failure == nil, "\(oracle.failure ?? "")")
        for host in hosts {
            precondition(host.core.isMember && host.core.copyCount >= 2, "no world to begin with")
        }
        events = 0
    }

    /// Plans all of a schedule. One host and one session are in its focus: what goes wrong at random goes wrong
    /// together. Returns when all of it is over.
    mutating func planAll(until end: UInt64) -> UInt64 {
        let span = end - now
        let (victim, session) = (dice.below(3), dice.below(3))
        for _ in 0..<(3 + dice.below(8)) {
            let host = dice.once(in: 3) ? victim : dice.below(3)
            plan(.operation(operation(host, dice.once(in: 4) ? dice.below(6) : session)), after: dice.next() % span)
        }
        for _ in 0..<dice.below(6) {
            let host = dice.once(in: 4) ? dice.below(3) : victim
            plan(.fault(fault(host)), after: dice.next() % span)
        }
        let last = dice.once(in: 3) ? planPlot(victim: victim, within: span) : now
        for _ in 0..<dice.below(4) { plan(.replicate, after: dice.next() % span) }
        for _ in 0..<dice.below(4) { plan(.fault(.trim(1 + dice.below(8))), after: dice.next() % span) }
        for _ in 0..<dice.below(4) { plan(.reader(reader(victim, session)), after: dice.next() % span) }
        return max(end, last)
    }

    /// Plans, besides, claims of codes or a word that a host is gone. Returns when that is over.
    mutating func planMore(until end: UInt64) -> UInt64 {
        let (victim, session, start) = (dice.below(3), dice.below(3), dice.next() % ((end - now) / 2))
        let (other, third) = ((victim + 1) % 3, (victim + 2) % 3)
        switch dice.below(6) {
        case 0: return now + start + planSilence(victim, other, session, start)
        case 1: return now + start + planAwakened(victim, other, third, session, start)
        case 2: return now + start + planLoss(of: victim, [other, third], session, start)
        default: planClaims(victim: victim, within: end - now)
        }
        return end
    }

    private mutating func reader(_ victim: Int, _ session: Int) -> Reader {
        Reader(
            host: victim, digest: Oracle.digest(session, token: 0), asksDaemon: dice.once(in: 2),
            pauses: [dice.milliseconds(0, 15_000), dice.milliseconds(0, 15_000)])
    }

    private mutating func operation(_ host: Int, _ session: Int) -> Operation {
        let user: UInt32 = 0x8000_0001 + UInt32(dice.below(2))
        switch dice.below(16) {
        case 0, 1: return .login(host, user: user, takes: dice.milliseconds(0, dice.once(in: 2) ? 100 : 8_000))
        case 2, 3, 4: return .validate(host, session: session)
        case 5, 6: return .end(host, session: session, byHandle: false)
        case 7: return .end(host, session: session, byHandle: true)
        case 8:
            let spared = dice.once(in: 2) && session < oracle.sessions.count ? session : nil
            return .endUser(host, user: spared.map { oracle.sessions[$0].bucket } ?? user, spared: spared)
        case 9: return .endRealm(host)
        case 10: return .rotate(host, session: session, tries: 2)
        case 11: return dice.once(in: 2) ? .forget(host, session: session) : .rotate(host, session: session, tries: 2)
        default: return .update(host, session: session, tries: 2)
        }
    }

    private mutating func fault(_ host: Int) -> Fault {
        let span = dice.milliseconds(100, dice.once(in: 2) ? 3_000 : 20_000)
        switch dice.below(22) {
        case 0, 1, 2: return .stop(host, span)
        case 3: return .freeze(host, dice.milliseconds(100, 950))
        case 4, 5, 6: return .cut(host, span)
        case 7, 8: return .reset(host)
        case 9:
            let pause = dice.milliseconds(50, 3_000)
            return dice.once(in: 2) ? .restart(host, pause) : .crash(host, pause)
        case 10: return .reboot(host, span)
        case 11: return .leave(host, 2 * Self.second)
        case 12: return .stick(host, span)
        case 13: return .stickStream(host, span)
        case 14: return .failOver(isEmpty: dice.once(in: 2), dice.milliseconds(0, 12_000))
        case 15: return .flush
        case 16: return .promote
        case 17, 18: return limits.copies > 0 ? .split(dice.milliseconds(0, 8_000)) : .cut(host, span)
        case 19: return .setClock(Int64(dice.below(120)) - 60)
        case 20: return .trimEarly
        default: return .evict
        }
    }

    /// Nothing goes wrong any more: then all hosts must be members with a lease, and every session that nobody has
    /// ended must be there on all of them (P3).
    mutating func heal() {
        for host in hosts.indices { hosts[host].cutUntil = 0 }
        if isSplit {
            isSplit = false
            third = primary
            for host in hosts.indices { reset(host) }
        }
        run(until: now + 45 * Self.second)
        guard oracle.failure == nil else { return }
        oracle.keepsAll = keepsAll
        for host in hosts.indices {
            let core = hosts[host].core
            guard core.isMember, core.hasLease(at: hosts[host].local(now)) else {
                return oracle.fail("host \(host) does not come back")
            }
            for digest in oracle.mustLive(epoch: core.epoch).joined() {
                plan(.operation(.fetch(host, digest)), after: 0)
            }
        }
        run(until: now + 4 * Self.second)
        // A ledger with room for two forgets one for another.
        guard oracle.failure == nil, limits.copyCapacity > 2 else { return }
        for host in hosts.indices {
            for tokens in oracle.mustLive(epoch: hosts[host].core.epoch) {
                let accepted = tokens.filter { hosts[host].core.accepts($0, at: hosts[host].local(now)) }
                if accepted.isEmpty { oracle.fail("P3: host \(host) does not accept \(oracle.name(tokens[0]))") }
                if accepted.count > 1 { oracle.fail("host \(host) accepts \(oracle.name(tokens[0])) under two tokens") }
            }
        }
    }
}
