import UsherCluster

/// Administrators who say that a host is gone for good: of hosts that are, and of some that are not.
extension World {
    /// Somebody says to `host` that a member is gone. If the member lives, that is said only while it is a member of
    /// the epoch: others would believe it about a host that they wait for (S2 of protocol/CLUSTER.md).
    mutating func sayGone(_ host: Int, _ gone: MemberID) {
        let lives = hosts.contains { $0.isAlive && $0.core.member == gone }
        guard !lives || stores[primary].state.members.contains(where: { $0.id == gone }) else { return }
        step(host, .forgetAsked(RequestID(0), gone))
    }

    /// A machine goes for good; another one comes in its place, as another member. It is none that may know alone what
    /// has ended, because others were expelled (S2 of protocol/CLUSTER.md).
    mutating func lose(_ host: Int, _ span: UInt64) {
        guard hosts[host].isAlive, !stores[0].hasExpelled else { return }
        gone = hosts[host].core.member
        strike(.reboot(host, span))
    }

    /// Somebody says that a host is gone which has fallen silent, or has just come back; and a session ends.
    mutating func planSilence(_ victim: Int, _ other: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        let span = dice.milliseconds(700, 13_000)
        plan(dice.once(in: 2) ? .cut(victim, span) : .stop(victim, span), at: start, 0, 0)
        let asked = dice.once(in: 2) ? start + span - 600_000_000 : start
        for _ in 0..<3 { plan(.sayGone(other, of: victim), at: asked, 0, dice.once(in: 2) ? 700 : 12_500) }
        plan(.end(other, session: session, byHandle: false), at: asked, 0, 2_000)
        return 16 * Self.second
    }

    /// A host sleeps as long as a lease and a margin. When it goes on, the word that it is gone is on its way. It gets
    /// one beat through before that comes, and hears nothing after it.
    mutating func planAwakened(
        _ victim: Int, _ other: Int, _ third: Int, _ session: Int, _ start: UInt64
    ) -> UInt64 {
        let span = dice.milliseconds(11_400, 13_800)
        plan(.stop(victim, span), at: start, 0)
        plan(.sayGone(other, of: victim), at: start + span - 30_000_000, 0, 15)
        plan(.cut(other, dice.milliseconds(30, 300)), at: start + span - 14_000_000, 0)
        plan(.cut(victim, 8 * Self.second), at: start + span, 4, 40)
        for _ in 0..<2 { plan(.end(third, session: session, byHandle: false), at: start + span, 50, 1_500) }
        return 18 * Self.second
    }

    /// The store loses its memory after all leases are over, and the machine of a host is lost with it: the others wait
    /// for it until somebody says that it is gone.
    mutating func planLoss(of victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64) -> UInt64 {
        planReplica(at: start)
        for host in hosts.indices { plan(.cut(host, 14 * Self.second), at: start, 50) }
        plan(.loseHost(victim, dice.milliseconds(0, 4_000)), at: start, 11_000, 13_000)
        plan(.failOver(isEmpty: dice.once(in: 2), 0), at: start, 13_500)
        for host in rest { plan(.sayGone(host, of: nil), at: start, 14_200, 20_000) }
        plan(change(rest[0], session), at: start, 15_000, 24_000)
        for host in rest { plan(.validate(host, session: session), at: start, 16_000, 26_000) }
        return 28 * Self.second
    }
}

extension SimulatedStore {
    /// Nobody waits for a member of older epochs any more, or for any. Without `forgetNoMember` it is no member any more
    /// either.
    mutating func forget(_ gone: MemberID?) -> StoreReply {
        guard let gone else {
            for old in state.from.keys { state.from[old] = .ended }
            complete()
            return .forgotten
        }
        if state.members.contains(where: { $0.id == gone }) {
            if missing.has(.forgetNoMember) { return .refused(.conflict) }
            expel(gone)
            ring()
        }
        for old in state.need.keys { state.need[old]?.remove(gone) }
        complete()
        return .forgotten
    }
}
