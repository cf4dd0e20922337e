internal import UsherSecrets

/// Where random tags, free slots and ids come from: getrandom(2), or for tests a reproducible sequence.
package struct Entropy: Sendable {
    /// Seed of the sequence (SplitMix64); nil for the kernel's generator.
    private var seed: UInt64?
    private var stock = InlineArray<32, UInt64>(repeating: 0)
    private var left = 0

    /// The kernel's generator, asked for 256 bytes at a time.
    package static let kernel = Entropy(seed: nil)

    /// A reproducible sequence, for tests alone: tags and slots can be foretold.
    package static func seeded(_ seed: UInt64) -> Entropy { Entropy(seed: seed) }

    private init(seed: UInt64?) { self.seed = seed }

    /// 64 random bits.
    mutating func next() -> UInt64 {
        if let seed { return split(seed) }
        if left == 0 {
            unsafe withUnsafeMutableBytes(of: &stock) { bytes in
                var span = unsafe MutableSpan<UInt8>(_unsafeBytes: bytes)
                Random.fill(&span)
            }
            left = stock.count
        }
        left -= 1
        return stock[left]
    }

    private mutating func split(_ seed: UInt64) -> UInt64 {
        let state = seed &+ 0x9e37_79b9_7f4a_7c15
        self.seed = state
        var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// A random number in `0..<bound`, which is at least 1.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
