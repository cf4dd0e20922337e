import UsherCluster

/// Chains of faults around a loss of the store's memory. Each one fails without one of the rules for a new epoch.
extension World {
    /// Plans a chain of faults. Returns how long it takes.
    mutating func planLoss(_ victim: Int, _ other: Int, _ start: UInt64) -> UInt64 {
        let third = 3 - victim - other
        let session = dice.below(3)
        switch dice.below(20) {
        case 0: return planForgottenEnd(victim, other, session, start)
        case 1: return planDoubt(victim, other, third, session, start)
        case 2 where limits.copies > 0: return planTwoPrimaries(victim, other, session, start)
        case 2, 3: return planNewcomer(victim, [other, third], session, start)
        case 4: return planReturn(victim, [other, third], session, start)
        case 5: return planOlderLine(victim, other, third, start)
        case 6: return planSpared(victim, other, session, start)
        case 7: return planLateSparing(victim, other, session, start)
        case 8: return planSleepers(victim, other, third, session, start)
        case 9: return planOversleeper(third, start)
        case 10: return planFence(victim, other, third, session, start)
        case 11: return planUnlisted(victim, other, third, session, start)
        case 12: return planRefused(victim, other, start)
        case 13: return planLateChange(victim, [other, third], session, start)
        case 14 where limits.copies > 0: return planEarlyLogin(victim, other, start)
        case 14, 15: return planTwin(victim, other, third, session, start)
        case 16: return planLateWord(victim, [other, third], session, start)
        case 17: return planLostRotation(victim, [other, third], session, start)
        case 18: return planLateRotation(victim, [other, third], session, start)
        default: return planLostAnswer(victim, [other, third], session, start)
        }
    }

    mutating func plan(_ fault: Fault, at start: UInt64, _ milliseconds: UInt64) {
        plan(fault, at: start, milliseconds, milliseconds)
    }

    mutating func planReplica(at start: UInt64) { plan(.replicate, after: start) }

    mutating func change(_ host: Int, _ session: Int) -> Operation {
        switch dice.below(5) {
        case 0: .end(host, session: session, byHandle: dice.once(in: 2))
        case 1: .endUser(host, user: oracle.sessions[session].bucket, spared: nil)
        case 2: .endRealm(host)
        case 3: .rotate(host, session: session, tries: 2)
        default: .update(host, session: session, tries: 2)
        }
    }

    /// The store loses an end or a change that was answered, and a newcomer asks for the session.
    private mutating func planForgottenEnd(_ victim: Int, _ other: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        planReplica(at: start)
        plan(change(other, session), at: start, 50, 300)
        plan(.failOver(isEmpty: false, 0), at: start, 500, 2_000)
        plan(.reboot(victim, 100_000_000), at: start, 1_500, 4_000)
        for _ in 0..<3 { plan(.validate(victim, session: session), at: start, 4_500, 9_000) }
        return 10 * Self.second
    }

    /// A host has slept over an end, and is the first to come to a store that has lost it. Or it has sent a change that
    /// never arrived, while another one was answered.
    private mutating func planDoubt(
        _ victim: Int, _ other: Int, _ third: Int, _ session: Int, _ start: UInt64
    ) -> UInt64 {
        planReplica(at: start)
        plan(.cut(victim, 15 * Self.second), at: start, 50)
        if dice.once(in: 2) { plan(.update(victim, session: session, tries: 0), at: start, 60, 90) }
        plan(
            dice.once(in: 2) ? .update(other, session: session, tries: 1) : change(other, session), at: start, 100, 900)
        for host in [other, third] { plan(.stop(host, 5 * Self.second), at: start, 14_600) }
        plan(.failOver(isEmpty: dice.once(in: 2), 0), at: start, 14_610, 14_900)
        return 24 * Self.second
    }

    /// One host reaches the new primary, the others the old one, and the third node follows after a while.
    private mutating func planTwoPrimaries(_ victim: Int, _ other: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        planReplica(at: start)
        plan(.splitAway(victim, dice.milliseconds(2_000, 16_000)), at: start, 50)
        for _ in 0..<2 { plan(.end(other, session: session, byHandle: false), at: start, 100, 13_000) }
        return 20 * Self.second
    }

    /// A host leaves, and another one comes in its place while the rest hear nothing: it ends a session, and dies with
    /// the store.
    private mutating func planNewcomer(
        _ victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64
    ) -> UInt64 {
        let restarts = dice.once(in: 2)
        plan(.leave(victim, 4 * Self.second), at: start, 0)
        for host in rest {
            plan(restarts ? .restart(host, 17 * Self.second) : .cut(host, 17 * Self.second), at: start, 3_000, 3_900)
        }
        planEnds(victim, session, at: start + 5 * Self.second, diesAfter: 13_500)
        return 28 * Self.second
    }

    /// A host that was expelled comes back while the rest hear nothing: it ends a session, and dies with the store.
    private mutating func planReturn(_ victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64) -> UInt64 {
        plan(.cut(victim, 17_500_000_000), at: start, 0)
        for host in rest { plan(.cut(host, 17 * Self.second), at: start, 16_600, 17_400) }
        planEnds(victim, session, at: start + 18 * Self.second, diesAfter: 15_000)
        return 42 * Self.second
    }

    private mutating func planEnds(_ host: Int, _ session: Int, at start: UInt64, diesAfter milliseconds: UInt64) {
        plan(.end(host, session: session, byHandle: false), at: start, 0, 1_000)
        plan(.end(host, session: session, byHandle: false), at: start, milliseconds - 900, milliseconds - 300)
        plan(.reboot(host, 10 * Self.second), at: start, milliseconds)
        plan(.failOver(isEmpty: true, 0), at: start, milliseconds)
    }

    /// The store is emptied twice, and its clock is set back between: the host that opens the last epoch has slept
    /// through the one before it.
    private mutating func planOlderLine(_ victim: Int, _ other: Int, _ third: Int, _ start: UInt64) -> UInt64 {
        plan(.stop(victim, 13 * Self.second), at: start, 0)
        plan(.setClock(60), at: start, 50)
        plan(.failOver(isEmpty: true, 0), at: start, 100)
        plan(.login(other, user: 0x8000_0001, takes: 0), at: start, 1_200, 2_000)
        plan(.setClock(-120), at: start, 2_400)
        for host in [other, third] { plan(.cut(host, 17 * Self.second), at: start, 2_500) }
        plan(.failOver(isEmpty: true, 0), at: start, 2_600)
        for _ in 0..<2 {
            plan(.endUser(victim, user: 0x8000_0001, spared: nil), at: start, 20_000, 26_000)
        }
        return 30 * Self.second
    }

    /// All hosts have heard of a change but its sender, which comes to the empty store first, and hears what the others
    /// tell there once nobody is waited for any more.
    private mutating func planLateWord(_ victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64) -> UInt64 {
        plan(.stickStream(victim, 350_000_000), at: start, 40)
        plan(.stickReplies(victim, 250_000_000), at: start, 55)
        plan(.update(victim, session: session, tries: 0), at: start, 60, 120)
        plan(.failOver(isEmpty: true, 0), at: start, 300)
        plan(.stickBeats(victim, 1_300_000_000), at: start, 305)
        for host in rest { plan(.cut(host, 500_000_000), at: start, 310) }
        plan(.stickStream(victim, 1_100_000_000), at: start, 700)
        plan(.validate(rest[0], session: session), at: start, 3_000, 9_000)
        return 10 * Self.second
    }

    /// Others have heard of a rotation, and its sender comes after them to a store that has lost it.
    private mutating func planLostRotation(
        _ victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64
    ) -> UInt64 {
        planReplica(at: start)
        plan(.stickStream(victim, 600_000_000), at: start, 40)
        plan(.stickReplies(victim, 500_000_000), at: start, 55)
        plan(.rotate(victim, session: session, tries: 0), at: start, 60, 120)
        if dice.once(in: 2) { plan(.cut(rest[0], dice.milliseconds(1_000, 9_000)), at: start, 50, 200) }
        plan(.failOver(isEmpty: dice.once(in: 2), 0), at: start, 300)
        plan(.cut(victim, dice.milliseconds(0, 5_000)), at: start, 310)
        plan(change(rest[dice.below(2)], session), at: start, 2_000, 6_000)
        for host in rest { plan(.validate(host, session: session), at: start, 3_000, 9_000) }
        return 10 * Self.second
    }

    /// All hosts have heard of a change, and only its sender has the record.
    private mutating func planLostAnswer(_ victim: Int, _ rest: [Int], _ session: Int, _ start: UInt64) -> UInt64 {
        planReplica(at: start)
        plan(.stickReplies(victim, dice.milliseconds(2_000, 4_000)), at: start, 50)
        plan(.update(victim, session: session, tries: 0), at: start, 60, 90)
        plan(.failOver(isEmpty: dice.once(in: 2), dice.milliseconds(0, 500)), at: start, 400, 1_500)
        for host in rest { plan(.validate(host, session: session), at: start, 3_000, 9_000) }
        return 10 * Self.second
    }
}
