/// A small generator (SplitMix64): the same numbers for the same seed, so that a failure can be repeated.
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that begins at `seed`.
    package init(seed: UInt64) { state = seed }

    /// The next number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
