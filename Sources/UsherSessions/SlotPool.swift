/// Which slots are free, handed out at random.
///
/// A random slot tells nothing about who came when, and the stamps of all slots wear evenly. The pool draws only from
/// slots below a frontier, which moves on as sessions come, so that the memory in use stays proportional to the
/// sessions, whatever the capacity. Before a slot is taken, the frontier leaves at least 1,024 free slots and one for
/// each 64 used ones to draw from, if the capacity allows. A slot below the frontier is taken, retired or on the stack
/// of free ones, from which any element may be drawn. Rejected: a bitmap, in which the free slots end up side by side
/// behind long runs of taken ones.
struct SlotPool: ~Copyable {
    private let taken: BitSet
    private let free: LazyMemory<UInt32>
    private var freeCount = 0
    /// Slots from here on were never handed out.
    private(set) var frontier = 0

    /// All of `capacity` slots beyond the frontier.
    init(capacity: Int) throws(LedgerMemoryError) {
        let taken = try BitSet(capacity: capacity)
        let free = try LazyMemory<UInt32>(count: capacity)
        self.taken = taken
        self.free = free
    }

    /// How many slots are taken or retired.
    var used: Int { frontier - freeCount }

    /// Whether no slot is free.
    var isFull: Bool { used == taken.capacity }

    /// Whether the frontier should move on before a slot is taken.
    var isShort: Bool { freeCount < used / 64 + 1024 && frontier < taken.capacity }

    /// Moves the frontier behind the next slot, which becomes free, or, with `isFree` false, taken or retired.
    mutating func advance(isFree: Bool) {
        let slot = frontier
        frontier += 1
        if isFree { push(slot) } else { taken.insert(slot) }
    }

    /// Takes a free slot. Precondition: there is one.
    mutating func take(_ entropy: inout Entropy) -> Int {
        precondition(freeCount > 0, "a full table hands out no slot")
        let at = entropy.next(below: freeCount)
        let slot = Int(free[at])
        freeCount -= 1
        free[at] = free[freeCount]
        taken.insert(slot)
        return slot
    }

    /// Gives `slot` back.
    mutating func give(_ slot: Int) {
        taken.remove(slot)
        push(slot)
    }

    private mutating func push(_ slot: Int) {
        free[freeCount] = UInt32(slot)
        freeCount += 1
    }

    /// Whether `slot` is taken or retired.
    func isTaken(_ slot: Int) -> Bool { taken.contains(slot) }
}
