internal import UsherNames

/// How far the hand of a service is in its round. A round visits all positions in an interval, in even steps: one step
/// for each account, or fewer if they would be too short.
struct AccountRound {
    let interval: Duration
    var began: Duration
    var position: UInt32 = 0
    /// Accounts of the service that this round has come by.
    var met = 0
    /// Accounts of the service, as the last whole round has met them; nil before there was one.
    private(set) var size: Int?

    init(interval: Duration, began: Duration) { (self.interval, self.began) = (interval, began) }

    private func steps(_ count: Int, _ shortest: Duration) -> Int64 {
        max(1, min(Int64(count), Int64(interval / shortest)))
    }

    /// The length of a step in nanoseconds, and the number of steps done. The length is rounded up, so that all steps
    /// together take at least the interval.
    private func progress(_ count: Int, _ shortest: Duration, at now: Duration) -> (length: Int64, done: Int64) {
        let steps = steps(count, shortest)
        let length = (interval.wholeNanoseconds + steps - 1) / steps
        return (length, max((now - began).wholeNanoseconds, 0) / length)
    }

    /// The position before which the hand may go by `now`, with `count` accounts and steps no shorter than `shortest`.
    func target(_ frontier: UInt32, _ count: Int, _ shortest: Duration, at now: Duration) -> UInt32 {
        let (steps, done) = (steps(count, shortest), progress(count, shortest, at: now).done)
        return done >= steps ? frontier : UInt32(UInt64(frontier) * UInt64(done) / UInt64(steps))
    }

    /// When the next step is done.
    func nextStep(_ count: Int, _ shortest: Duration, at now: Duration) -> Duration {
        let (length, done) = progress(count, shortest, at: now)
        return began + .nanoseconds(length * (done + 1))
    }

    /// Moves the hand to `position`. Begins the next round if that is the end and the interval is over.
    mutating func advance(to position: UInt32, _ frontier: UInt32, at now: Duration) {
        self.position = position
        guard position + 1 >= frontier, now >= began + interval else { return }
        began = max(began + interval, now - interval)
        self.position = 0
        (size, met) = (met, 0)
    }
}
