import UsherCluster

/// Codes that may be claimed once on all hosts, and what peers were answered about them.
struct Claims {
    /// The mark of the epoch in which each code was given out.
    private(set) var marks: [UInt64] = []
    /// The codes whose claims are not answered, by their requests; those that somebody has claimed.
    private var asked: [UInt64: Int] = [:]
    private(set) var taken: Set<Int> = []
    /// Requests of claims have numbers of their own.
    private var last: UInt64 = 1 << 63

    mutating func giveOut(in mark: UInt64) { marks.append(mark) }

    mutating func ask(_ code: Int) -> RequestID {
        last += 1
        asked[last] = code
        return RequestID(last)
    }

    /// Takes an answer. Returns the code that was claimed before as well.
    mutating func hear(_ request: RequestID, _ answer: ClusterAnswer) -> Int? {
        guard let code = asked.removeValue(forKey: request.value), answer == .done else { return nil }
        return taken.insert(code).inserted ? nil : code
    }
}

extension World {
    private static let end: UInt32 = 2_000_000_000

    /// A peer of a host gives a code out, in the epoch that the host knows of.
    mutating func giveOut(_ host: Int) { claims.giveOut(in: hosts[host].core.mark) }

    mutating func claim(_ host: Int, _ code: Int) {
        guard code < claims.marks.count else { return }
        let name = SharedDigest(high: 2, low: UInt64(code))
        let order = ClaimOrder(name: name, mark: claims.marks[code], until: Self.end)
        step(host, .claimAsked(claims.ask(code), ShareOwner(uid: 1_000), order))
    }

    mutating func hearClaim(_ request: RequestID, _ answer: ClusterAnswer) {
        if let code = claims.hear(request, answer) { oracle.fail("code \(code) was claimed twice") }
    }

    /// Codes are given out, and claimed on several hosts, before and after the store loses its memory.
    mutating func planClaims(victim: Int, within span: UInt64) {
        for code in 0..<2 {
            let start = dice.next() % (span / 2)
            plan(.giveOut(dice.once(in: 2) ? victim : dice.below(3)), at: start, 0, 0)
            for _ in 0..<4 { plan(.claim(dice.below(3), code: code), at: start, 1, dice.once(in: 2) ? 400 : 8_000) }
            guard dice.once(in: 2) else { continue }
            plan(dice.once(in: 2) ? .failOver(isEmpty: dice.once(in: 2), 0) : .flush, at: start, 1, 3_000)
        }
    }

    /// Whether a code that is given out now can be claimed, once: otherwise the claims of schedules show nothing.
    func claimsOnce() -> Bool {
        var world = self
        world.plan(.operation(.giveOut(0)), after: 0)
        for host in 0..<3 { world.plan(.operation(.claim(host, code: 0)), after: 1_000_000) }
        world.run(until: world.now + 2 * Self.second)
        return world.claims.taken == [0] && world.oracle.failure == nil
    }
}

extension SimulatedStore {
    /// The least ordinal of an epoch that is opened now: the store's clock in milliseconds. Two servers do not open an
    /// epoch in one millisecond: their lines would have one ordinal, and neither would be the older one.
    func opening(at time: UInt64) -> UInt64 {
        let milliseconds = UInt64(Int64(1_000_000_000_000 + time / 1_000_000) + offset * 1_000)
        return milliseconds & ~1 | UInt64(run / 1_000)
    }

    /// Takes a name. A name of another epoch may have been taken there.
    mutating func claim(_ name: SharedDigest, _ mark: UInt64) -> StoreReply {
        if mark != state.epoch?.mark(state.ordinal), missing.has(.claimWithinEpoch) { return .refused(.cancelled) }
        return .claimed(state.claims.insert(name).inserted)
    }
}
