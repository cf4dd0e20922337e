import UsherCluster

/// Chains of faults and questions, at random distances, that go wrong together and would seldom do so at random.
extension World {
    /// The session that was begun last.
    static let newest = -1

    /// Plans a chain. Returns when it is over.
    mutating func planPlot(victim: Int, within span: UInt64) -> UInt64 {
        let start = dice.next() % (span / 2)
        let other = (victim + 1 + dice.below(2)) % 3
        switch dice.below(20) {
        case 0, 1: return now + start + planLateAnswer(victim, other, start)
        case 2, 3, 4: planAwakening(victim, other, start)
        case 5, 6: planLateStream(victim, other, start)
        default: return now + start + planLoss(victim, other, start)
        }
        return now
    }

    mutating func plan(_ operation: Operation, at start: UInt64, _ least: UInt64, _ most: UInt64) {
        plan(.operation(operation), after: start + dice.milliseconds(least, most))
    }

    mutating func plan(_ fault: Fault, at start: UInt64, _ least: UInt64, _ most: UInt64) {
        plan(.fault(fault), after: start + dice.milliseconds(least, most))
    }

    /// A session ends while a host waits for the answer of its fetch, or is stopped over a new epoch besides.
    private mutating func planLateAnswer(_ victim: Int, _ other: Int, _ start: UInt64) -> UInt64 {
        let isLong = dice.once(in: 2)
        let held = isLong ? dice.milliseconds(22_000, 30_000) : dice.milliseconds(500, 4_000)
        plan(.login(other, user: 0x8000_0001, takes: 0), at: start, 0, 1)
        plan(.stick(victim, held), at: start, 0, 200)
        plan(.validate(victim, session: Self.newest), at: start, 200, 250)
        plan(.end(other, session: Self.newest, byHandle: dice.once(in: 3)), at: start, 260, 2_000)
        guard isLong else { return 0 }
        plan(.stop(victim, dice.milliseconds(15_000, 19_000)), at: start, 251, 259)
        plan(.stickStream(victim, dice.milliseconds(6_000, 9_000)), at: start, 11_000, 13_000)
        plan(dice.once(in: 2) ? .flush : .promote, at: start, 14_000, 19_000)
        return 34 * Self.second
    }

    /// A host is stopped while a beat is under way, and nothing passes any more when it goes on.
    private mutating func planAwakening(_ victim: Int, _ other: Int, _ start: UInt64) {
        let span = dice.milliseconds(1_500, 4_900)
        plan(.stop(victim, span), at: start, 0, 0)
        plan(.cut(victim, dice.milliseconds(10_000, 16_000)), at: start + span - 1_000_000, 0, 0)
        plan(.end(other, session: dice.below(3), byHandle: false), at: start, 0, 6_000)
    }

    /// A user logs in after an end of all, and a host hears of the login before it hears of the end.
    private mutating func planLateStream(_ victim: Int, _ other: Int, _ start: UInt64) {
        let user: UInt32 = 0x8000_0001 + UInt32(dice.below(2))
        plan(.stickStream(victim, dice.milliseconds(500, 2_000)), at: start, 0, 0)
        plan(.endUser(other, user: user, spared: nil), at: start, 0, 50)
        plan(.login(other, user: user, takes: 0), at: start, 60, 300)
        plan(.validate(victim, session: Self.newest), at: start, 300, 500)
    }
}
