/// A hand that goes over all positions once. Told to begin again on its way, it goes on, and round to where it was then.
struct AccountHand {
    /// It has been everywhere up to here.
    private(set) var position: UInt32 = 0
    /// Where it stood when it was told last; 0 where it had been nowhere.
    private var stop: UInt32 = 0
    private var hasWrapped = false
    /// Whether it has been everywhere, whatever it was told since.
    private(set) var hasBeenEverywhere = false

    /// It is to be everywhere once more.
    mutating func again() { (stop, hasWrapped) = (position, false) }

    /// It goes no further than to the position before this one. No account stands at `frontier` or behind it.
    func end(_ frontier: UInt32) -> UInt32 { hasWrapped ? stop + 1 : frontier }

    /// It has been everywhere up to `position`; false where that was all.
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
    /// The hand is to be everywhere from now on.
    mutating func again() {
        if self == nil { self = AccountHand() } else { self?.again() }
    }
}
