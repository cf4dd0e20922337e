/// Which slots are free, one bit each, handed out at random.
///
/// Random, so that a slot tells nothing about who came when, and stamps wear evenly. Not among all slots but among the
/// first ones, one in 32 more than are taken: the memory in use stays proportional to the sessions, whatever the
/// capacity. Rejected: a shuffled stack, which takes four bytes per slot.
struct SlotPool: ~Copyable {
    private let taken: BitSet
    /// How many slots are taken or retired.
    private(set) var used = 0

    /// All of `capacity` slots free.
    init(capacity: Int) { taken = BitSet(capacity: capacity) }

    /// Whether no slot is free.
    var isFull: Bool { used == taken.capacity }

    /// How many slots, from the first one on, are in the choice now.
    var window: Int { min(taken.capacity, used + used / 32 + 1024) }

    /// Takes a free slot of the window. Precondition: there is one.
    mutating func take(_ entropy: inout Entropy) -> Int {
        let start = entropy.next(below: window)
        guard let slot = taken.firstGap(in: start..<window) ?? taken.firstGap(in: 0..<start) else {
            preconditionFailure("a full table hands out no slot")
        }
        take(slot)
        return slot
    }

    /// Takes `slot`, which is free.
    mutating func take(_ slot: Int) {
        taken.insert(slot)
        used += 1
    }

    /// Gives `slot` back.
    mutating func give(_ slot: Int) {
        taken.remove(slot)
        used -= 1
    }

    /// Whether `slot` is taken or retired.
    func isTaken(_ slot: Int) -> Bool { taken.contains(slot) }
}
