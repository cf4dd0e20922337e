/// One lower bound of the earliest deadline for each 1,024 slots, so that a sweep reads only groups with something due.
///
/// A new session lowers the bound of its group. A touch leaves it alone. Only the sweep raises it: it clears the bound,
/// reads the whole group, and sets the bound to the earliest deadline that it saw. Rejected: a timer wheel or heap,
/// which costs links per session and work per touch.
struct DeadlineBounds {
    /// Slots of a group.
    static let group = 1024
    private var bounds: [LedgerSeconds]

    /// No deadline in any group.
    init(capacity: Int) {
        bounds = Array(repeating: .distantFuture, count: (capacity + Self.group - 1) / Self.group)
    }

    /// Makes sure that the bound of the slot's group is not after `deadline`.
    mutating func lower(_ slot: Int, to deadline: LedgerSeconds) {
        let group = slot / Self.group
        if deadline < bounds[group] { bounds[group] = deadline }
    }

    /// Forgets the bound of a group, because its slots are about to be read.
    mutating func clear(_ group: Int) { bounds[group] = .distantFuture }

    /// The first group from `start` on, going round, with something due at `now`.
    func due(at now: LedgerSeconds, from start: Int) -> Int? {
        if let group = bounds[start...].firstIndex(where: { $0 <= now }) { return group }
        return bounds[..<start].firstIndex { $0 <= now }
    }

    /// The least bound.
    var earliest: LedgerSeconds { bounds.min() ?? .distantFuture }

    /// The bound of a slot's group.
    func bound(of slot: Int) -> LedgerSeconds { bounds[slot / Self.group] }
}
