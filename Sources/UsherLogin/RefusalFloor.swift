/// When a refusal may leave: at `asked + floor·2^k + jitter`, k the smallest that is not past.
///
/// Modules answer an unknown user a hundred times faster than a known one. A grid of few, widely spaced instants hides
/// that; a delay added to the elapsed time would carry it to the client, and so would a floor that slow answers pass by.
package enum RefusalFloor {
    /// The part of the floor within which the jitter lies: one eighth.
    package static let jitterShare = 8
    /// Doublings tried before the answer leaves at once; reached only by a floor that is tiny beside the elapsed time.
    static let maximumDoublings = 40

    /// The release time of a refusal that was decided at `now` for a request that came at `asked`.
    ///
    /// - Parameter random: 64 random bits, of which the jitter in 0 ..< floor/8 is made.
    package static func release(asked: Duration, now: Duration, floor: Duration, random: UInt64) -> Duration {
        guard floor > .zero else { return now }
        var step = floor
        for _ in 0..<maximumDoublings {
            if asked + step >= now { return asked + step + jitter(floor: floor, random: random) }
            step += step
        }
        return now
    }

    /// A duration in 0 ..< floor/8, uniform to 32 bits.
    static func jitter(floor: Duration, random: UInt64) -> Duration {
        floor / jitterShare * Double(random >> 32) * 0x1p-32
    }
}
