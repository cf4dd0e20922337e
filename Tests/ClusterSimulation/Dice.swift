/// The random numbers of one schedule: SplitMix64.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Below `count`.
    mutating func below(_ count: Int) -> Int { Int(truncatingIfNeeded: next() >> 32) % count }
    /// Once in `count` times.
    mutating func once(in count: Int) -> Bool { below(count) == 0 }
    /// Nanoseconds between two numbers of milliseconds.
    mutating func milliseconds(_ least: UInt64, _ most: UInt64) -> UInt64 {
        least * 1_000_000 + next() % ((most - least) * 1_000_000 + 1)
    }
}
