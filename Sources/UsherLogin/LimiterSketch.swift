/// A count-min sketch (Cormode and Muthukrishnan, 2005) in the limiter's memory: what is counted under a keyed hash is in
/// one word of each of four rows, and the least of the four is nearest to the truth.
///
/// Invariant: what is read for a hash is never less than what was counted for it. More is read only where others share
/// its word in all four rows: with one word in ten taken, for one hash in ten thousand, and nobody who lacks the key can
/// aim at one. Only words at the least are raised (Estan and Varghese, 2002), so that many small counts do not add up.
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

    /// Both halves of the hash are one of their own, of which a row takes a sum (Kirsch and Mitzenmacher, 2006).
    private func word(_ hash: UInt64, _ row: Int) -> Int {
        let (low, high) = (hash & 0xFFFF_FFFF, hash >> 32 | 1)
        return first + row * columns + Int((low + UInt64(row) * high) % UInt64(columns))
    }

    /// The word of `hash` that `rank` finds least.
    func least(_ hash: UInt64, by rank: (UInt64) -> UInt64) -> UInt64 {
        (0..<Self.rows).map { memory[word(hash, $0)] }.min { rank($0) < rank($1) } ?? 0
    }

    /// Writes `value` over the words of `hash` that count no more than it.
    func raise(_ hash: UInt64, to value: UInt64, over isLess: (UInt64) -> Bool) {
        for row in 0..<Self.rows where isLess(memory[word(hash, row)]) { memory[word(hash, row)] = value }
    }

    /// Forgets what was counted for `hash`, and for others beside it; whether there was anything.
    func clear(_ hash: UInt64) -> Bool {
        let words = (0..<Self.rows).map { word(hash, $0) }
        defer { for word in words { memory[word] = 0 } }
        return words.allSatisfy { memory[$0] != 0 }
    }
}
