import UsherCluster

/// Chains of faults in which two of something go on side by side: records of two epochs, primaries, or machines with
/// one id.
extension World {
    /// A host changes a session twice, and nobody is answered; the store loses both changes, and another host completes
    /// the new epoch and changes the session there. Then the others come, and tell of theirs.
    mutating func planLateChange(_ last: Int, _ others: [Int], _ session: Int, _ start: UInt64) -> UInt64 {
        planReplica(at: start)
        plan(.stickStream(last, 900_000_000), at: start, 10)
        for earliest: UInt64 in [60, 250] {
            plan(.update(others[0], session: session, tries: 0), at: start, earliest, earliest + 60)
        }
        for host in others { plan(.cut(host, 15 * Self.second), at: start, 600) }
        plan(.failOver(isEmpty: dice.once(in: 2), 0), at: start, 650)
        plan(.update(last, session: session, tries: 2), at: start, 2_000, 9_000)
        plan(.validate(last, session: session), at: start, 17_000, 24_000)
        return 25 * Self.second
    }

    /// A host without memory finds the new primary, which nobody confirms yet, and somebody logs in there. The old
    /// primary answers an end of all.
    mutating func planEarlyLogin(_ newcomer: Int, _ other: Int, _ start: UInt64) -> UInt64 {
        let user: UInt32 = 0x8000_0001 + UInt32(dice.below(2))
        plan(.reboot(newcomer, 13 * Self.second), at: start, 0)
        planReplica(at: start + 12_800_000_000)
        plan(.splitAway(newcomer, 6 * Self.second), at: start, 12_900)
        plan(.login(newcomer, user: user, takes: dice.milliseconds(5_000, 9_000)), at: start, 13_400, 14_500)
        plan(.endUser(other, user: user, spared: nil), at: start, 14_600, 15_500)
        return 26 * Self.second
    }

    /// A machine comes up as a copy of another one; that one hears of an end late.
    mutating func planTwin(_ victim: Int, _ copy: Int, _ third: Int, _ session: Int, _ start: UInt64) -> UInt64 {
        plan(.twin(copy, of: victim, 12 * Self.second), at: start, 0)
        plan(.stickStream(victim, 3 * Self.second), at: start, 17_000)
        plan(.end(third, session: session, byHandle: false), at: start, 17_050, 18_500)
        return 22 * Self.second
    }
}
