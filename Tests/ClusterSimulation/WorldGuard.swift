import UsherCluster

/// Rules that are not the core's: the store's functions, the daemon that writes the board, and its readers obey them.
enum WorldGuard: String, CaseIterable {
    // The store's functions.
    case beatOnce, expelIfUnchanged, joinByNumber, joinKnownToAll, strictCalls, fetchWhenComplete, endWhatIsAbsent
    case compareVersion, epochBeforeVersion, toldAgainIsNew, changeNamesRecord, changeWhenComplete
    case senderPutsBack, moverPutsBack, onlySureCompletes, spareWhenComplete, keepNewestChange, claimWithinEpoch
    case callOfThisJoin
    // The board.
    case endsBeforeLease, leaseBeforeSlot, clockAfterReceipt
}

/// What a schedule is played without: nothing, a rule, or a rule that both the core and the store obey.
struct Missing {
    let name: String
    let core: ClusterGuard?
    let world: WorldGuard?

    /// All rules are obeyed.
    static let nothing = Missing(name: "", core: nil, world: nil)

    /// Without the rule `name`; nil where neither core nor world knows it.
    init?(_ name: String) {
        core = ClusterGuard.allCases.first { "\($0)" == name }
        world = WorldGuard(rawValue: name)
        self.name = name
        if core == nil, world == nil { return nil }
    }

    private init(name: String, core: ClusterGuard?, world: WorldGuard?) {
        (self.name, self.core, self.world) = (name, core, world)
    }

    var guards: ClusterGuards { core.map(ClusterGuards.without) ?? .all }

    /// Whether the store and the board obey `rule`.
    func has(_ rule: WorldGuard) -> Bool { world != rule }
    /// Whether the store obeys a rule of the core's that it shares.
    func has(_ rule: ClusterGuard) -> Bool { core != rule }

    /// Rules that nothing can break here. A host's count of beats never begins again, so that its join is always
    /// another count. What the answer of an older epoch does not know, the new stream tells before there is a lease. No
    /// host sends an end that spares a session of an epoch that is not complete. No chain of faults has two losses
    /// around a change of the epoch between. A host that is waited for must come to the next epoch too, which does the
    /// work of two rules about epochs that were not complete. See Tests/Model/exceptions.
    static let unbroken: Set = [
        "joinInCount", "answerWithinEpoch", "spareWhenComplete", "toldAgainIsNew", "completeAncestors",
        "doubtEndsWithEpoch",
    ]

    /// Every rule that a simulation must fail without.
    static var played: [String] {
        let names = Set(ClusterGuard.allCases.map { "\($0)" } + WorldGuard.allCases.map(\.rawValue))
        return names.subtracting(unbroken).sorted()
    }
}
