/// A count-min sketch (Cormode and Muthukrishnan, 2005) in the limiter's memory. A keyed hash has one word in each of
/// four rows. All four words count the hash, and the least of them is nearest to the truth.
///
/// Invariant: a hash reads no less than was counted for it, unless `clear` has zeroed a word that it shares. It reads
/// more only if other hashes share its words in all four rows. With one word in ten taken, this happens to one hash in
/// ten thousand, and nobody without the key can aim at one. `raise` leaves greater words alone (Estan and Varghese,
/// 2002), so that many small counts do not add up.
struct LimiterSketch {
    /// Rows of a sketch.
    static let rows = 4

    private let memory: LimiterMemory
    private let first: Int
    private let columns: Int

    /// The sketch of four rows of `columns` words from the word `first` on.
    init(_ memory: LimiterMemory, at first: Int, columns: Int) {
        self.memory = memory
        self.first = first
        self.columns = columns
    }

    /// The index of the word in `row`: a sum of the two halves of the hash, which serve as two hashes (Kirsch and
    /// Mitzenmacher, 2006).
    private func word(_ hash: UInt64, _ row: Int) -> Int {
        let (low, high) = (hash & 0xFFFF_FFFF, hash >> 32 | 1)
        return first + row * columns + Int((low + UInt64(row) * high) % UInt64(columns))
    }

    /// The word of `hash` that `rank` finds least.
    func least(_ hash: UInt64, by rank: (UInt64) -> UInt64) -> UInt64 {
        (0..<Self.rows).map { memory[word(hash, $0)] }.min { rank($0) < rank($1) } ?? 0
    }

    /// Writes `value` over the words of `hash` for which `isLess` returns true.
    func raise(_ hash: UInt64, to value: UInt64, over isLess: (UInt64) -> Bool) {
        for row in 0..<Self.rows where isLess(memory[word(hash, row)]) { memory[word(hash, row)] = value }
    }

    /// Zeroes the words of `hash`, whatever other hashes share them. Returns whether anything was counted for it.
    func clear(_ hash: UInt64) -> Bool {
        let words = (0..<Self.rows).map { word(hash, $0) }
        defer { for word in words { memory[word] = 0 } }
        return words.allSatisfy { memory[$0] != 0 }
    }
}
