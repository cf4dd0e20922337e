import UsherCluster

/// Chains of faults around ends of all that spare a session, and around two losses of the store's memory.
extension World {
    /// An end of all that spares a session comes after one that did not, and the store loses both.
    mutating func planSpared(_ victim: Int, _ other: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        let user = oracle.sessions[session].bucket
        planReplica(at: start)
        plan(dice.once(in: 2) ? .endRealm(other) : .endUser(other, user: user, spared: nil), at: start, 20, 200)
        plan(.endUser(other, user: user, spared: session), at: start, 300, 600)
        plan(.failOver(isEmpty: false, 0), at: start, 800, 2_000)
        for _ in 0..<2 { plan(.validate(victim, session: session), at: start, 3_000, 8_000) }
        return 9 * Self.second
    }

    /// An end of all spares a session that the store has lost, and that hosts have still to put back.
    mutating func planLateSparing(_ victim: Int, _ other: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        plan(.failOver(isEmpty: dice.once(in: 2), 0), at: start, 100)
        let user = oracle.sessions[session].bucket
        plan(.endUser(other, user: user, spared: session), at: start, 150, 2_500)
        for _ in 0..<2 { plan(.validate(victim, session: session), at: start, 5_000, 9_000) }
        return 10 * Self.second
    }

    /// A host alone holds a session, and has not heard of an end that spares it. The store, which has lost both, is
    /// told of the end before the session is put back.
    mutating func planRefused(_ victim: Int, _ other: Int, _ start: UInt64) -> UInt64 {
        let user: UInt32 = 0x8000_0001 + UInt32(dice.below(2))
        plan(.login(victim, user: user, takes: 0), at: start, 0, 1)
        plan(.stickStream(victim, 350_000_000), at: start, 60)
        plan(.endUser(other, user: user, spared: Self.newest), at: start, 70, 200)
        plan(.failOver(isEmpty: true, 0), at: start, 300)
        plan(.stickBeats(victim, 1_300_000_000), at: start, 305)
        plan(.cut(other, 500_000_000), at: start, 310)
        plan(.stickStream(victim, 1_100_000_000), at: start, 700)
        plan(.validate(victim, session: Self.newest), at: start, 4_000, 8_000)
        return 9 * Self.second
    }

    /// Two hosts sleep over a change. One of them is alone in the epoch that follows; both are in the one after it.
    mutating func planSleepers(
        _ victim: Int, _ other: Int, _ third: Int, _ session: Int, _ start: UInt64
    ) -> UInt64 {
        plan(.cut(victim, 16 * Self.second), at: start, 0)
        plan(.cut(third, (dice.once(in: 3) ? 16 : 21) * Self.second), at: start, 0)
        plan(change(other, session), at: start, 60, 900)
        plan(.cut(other, 16 * Self.second), at: start, 14_600)
        plan(.failOver(isEmpty: true, 0), at: start, 14_700)
        plan(.failOver(isEmpty: true, 0), at: start, 17_500, 20_500)
        return 32 * Self.second
    }

    /// One host has not heard of a rotation, and updates the session in the next epoch. The others come later, and the
    /// sender may have had its answer before the store lost it.
    mutating func planLateRotation(_ victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64) -> UInt64 {
        let deaf = dice.once(in: 2) ? [victim, rest[1]] : [rest[1]]
        for host in deaf { plan(.stickStream(host, 600_000_000), at: start, 40) }
        if dice.once(in: 2) { plan(.stickReplies(victim, 500_000_000), at: start, 55) }
        plan(.rotate(victim, session: session, tries: 0), at: start, 60, 120)
        plan(.failOver(isEmpty: true, 0), at: start, 300)
        for host in [victim, rest[0]] { plan(.cut(host, dice.milliseconds(14_000, 17_000)), at: start, 305) }
        let isRotated = dice.once(in: 3)
        for _ in 0..<3 {
            plan(
                isRotated
                    ? .rotate(rest[1], session: session, tries: 2) : .update(rest[1], session: session, tries: 2),
                at: start, 2_000, 9_000)
        }
        if dice.once(in: 3) { plan(.failOver(isEmpty: true, 0), at: start, 13_000, 20_000) }
        for host in [victim, rest[0]] { plan(.validate(host, session: session), at: start, 18_000, 24_000) }
        return 26 * Self.second
    }

    /// A host sleeps through an epoch that the others complete.
    mutating func planOversleeper(_ sleeper: Int, _ start: UInt64) -> UInt64 {
        plan(.cut(sleeper, dice.milliseconds(13_000, 17_000)), at: start, 0)
        plan(.failOver(isEmpty: true, 0), at: start, 50, 300)
        plan(.failOver(isEmpty: true, 0), at: start, 5_000, 9_000)
        return 20 * Self.second
    }

    /// A host has a lease of the first epoch, sleeps through the second, in which an end waits for the fence, and comes
    /// to the third in time.
    mutating func planFence(_ victim: Int, _ other: Int, _ third: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        plan(.cut(victim, dice.milliseconds(7_700, 9_000)), at: start, 0)
        plan(.failOver(isEmpty: true, 0), at: start, 50)
        if dice.once(in: 3) { plan(.crash(other, 100_000_000), at: start, 1_500, 2_800) }
        plan(.end(other, session: session, byHandle: false), at: start, 3_000, 6_500)
        for host in [other, third] { plan(.cut(host, 7 * Self.second), at: start, 7_250) }
        plan(.failOver(isEmpty: true, 0), at: start, 7_400, 7_700)
        return 18 * Self.second
    }

    /// A newcomer joins, and no beat lists the members to it; a host sleeps over an end. Both come to a new epoch, and
    /// the host that has ended the session does not.
    mutating func planUnlisted(
        _ victim: Int, _ other: Int, _ third: Int, _ session: Int, _ start: UInt64
    ) -> UInt64 {
        plan(.cut(third, 22 * Self.second), at: start, 0)
        plan(.end(other, session: session, byHandle: false), at: start, 60, 900)
        plan(.stickBeats(victim, 18 * Self.second), at: start, 50)
        plan(.leave(victim, Self.second), at: start, 100)
        plan(.cut(other, 15 * Self.second), at: start, 14_600)
        plan(.failOver(isEmpty: true, 0), at: start, 14_700)
        return 30 * Self.second
    }
}
