internal import UsherSecrets

/// Where random tags, free slots and ids come from.
package enum Entropy: Sendable {
    /// getrandom(2).
    case kernel
    /// A reproducible sequence (SplitMix64), for tests alone: tags and slots can be foretold.
    case seeded(UInt64)

    /// 64 random bits.
    mutating func next() -> UInt64 {
        switch self {
        case .kernel:
            return Random.word()
        case .seeded(let seed):
            let state = seed &+ 0x9e37_79b9_7f4a_7c15
            self = .seeded(state)
            var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return word ^ word >> 31
        }
    }

    /// A random number in `0..<bound`, which is at least 1.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
