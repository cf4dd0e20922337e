/// A hand that visits all positions once. After `again()` it goes on to the end, and then from the start to where it
/// was at that call.
struct AccountHand {
    /// The hand has visited all positions up to this one since it last began at the start.
    private(set) var position: UInt32 = 0
    /// The position at the last `again()`; 0 where the hand had visited none.
    private var stop: UInt32 = 0
    private var hasWrapped = false
    /// Whether the hand has come to the end once, whatever `again()` has demanded since.
    private(set) var hasBeenEverywhere = false

    /// Has the hand visit all positions once from now on.
    mutating func again() { (stop, hasWrapped) = (position, false) }

    /// The hand goes to positions before this one. No account stands at `frontier` or behind it.
    func end(_ frontier: UInt32) -> UInt32 { hasWrapped ? stop + 1 : frontier }

    /// The hand has visited all positions up to `position`. Returns false when none is left to visit.
    mutating func advance(to position: UInt32, _ frontier: UInt32) -> Bool {
        self.position = position
        guard position + 1 >= end(frontier) else { return true }
        let isDone = hasWrapped || stop == 0
        hasBeenEverywhere = true
        (self.position, hasWrapped) = (0, true)
        return !isDone
    }
}

extension AccountHand? {
    /// Has the hand, made if there is none, visit all positions once from now on.
    mutating func again() {
        if self == nil { self = AccountHand() } else { self?.again() }
    }
}
