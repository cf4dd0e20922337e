/// When a refusal may leave: at `asked + floor·2^k + jitter`, with the smallest k whose instant is not past.
///
/// Modules answer an unknown user a hundred times faster than a known one. A grid of few, widely spaced instants hides
/// that. A delay added to the elapsed time would show it to the client, and so would a floor that slow answers exceed.
///
/// When the stack is slow, more of the answers that take longer would exceed the floor. So other refusals of the
/// service take for a while as many doublings as one needed (`FloorMemory`).
package enum RefusalFloor {
    /// The part of the floor within which the jitter lies: one eighth.
    package static let jitterShare = 8
    /// Doublings tried before the answer leaves at once; reached only by a floor that is tiny beside the elapsed time.
    static let maximumDoublings = 40

    /// The release time of a refusal that was decided at `now` for a request that came at `asked`.
    ///
    /// - Parameters:
    ///   - random: 64 random bits, of which the jitter in 0 ..< floor/8 is made.
    ///   - least: the smallest k that may be taken.
    package static func release(
        asked: Duration, now: Duration, floor: Duration, random: UInt64, least: Int = 0
    ) -> Duration {
        guard let needed = doublings(asked: asked, now: now, floor: floor) else { return now }
        return asked + floor * (1 << max(needed, least)) + jitter(floor: floor, random: random)
    }

    /// The smallest k that is not past; nil for a floor of zero, or one that is tiny beside the elapsed time.
    static func doublings(asked: Duration, now: Duration, floor: Duration) -> Int? {
        guard floor > .zero else { return nil }
        return (0..<maximumDoublings).first { asked + floor * (1 << $0) >= now }
    }

    /// A duration in 0 ..< floor/8, uniform to 32 bits.
    static func jitter(floor: Duration, random: UInt64) -> Duration {
        floor / jitterShare * Double(random >> 32) * 0x1p-32
    }
}

/// How many doublings the refusals of a service needed lately.
struct FloorMemory: Hashable, Sendable {
    /// How long that is remembered. So a host under load shows a change of its answers' time, and whose login caused
    /// it, once a minute at most.
    static let span = Duration.seconds(60)

    /// The most doublings that other refusals take over: one login that hung for a minute must not make everybody wait
    /// as long.
    static let most = 3

    private var doublings = 0
    private var until = Duration.zero

    /// The doublings that a refusal decided at `now` takes at least.
    func least(at now: Duration) -> Int { now < until ? doublings : 0 }

    /// A refusal decided at `now` needed so many of its own.
    mutating func note(_ needed: Int, at now: Duration) {
        guard needed > 0, min(needed, Self.most) >= least(at: now) else { return }
        (doublings, until) = (min(needed, Self.most), now + Self.span)
    }
}
