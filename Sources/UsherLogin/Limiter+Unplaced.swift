/// Failures of names without an entry: their number and the last one's second in one word of a sketch.
extension Limiter {
    /// The low bits of a word are the count, which is below the cap; the others are whole seconds since boot.
    private static let countBits: UInt64 = 8

    private var sketch: LimiterSketch {
        LimiterSketch(
            memory, at: LimiterLayout.names(entries: entries), columns: LimiterLayout.nameColumns * entries)
    }

    /// Failures in a row and the time of the last. The failures stay below the cap, because names share words: a sketch
    /// delays, and never closes a name.
    private static func read(_ word: UInt64, now: UInt64) -> (failures: Int, last: UInt64) {
        let count = min(word & (1 << countBits - 1), UInt64(LimiterCurve.cap - 1))
        let (nanoseconds, overflow) = (word >> countBits).multipliedReportingOverflow(by: 1_000_000_000)
        let last = overflow ? now : min(nanoseconds, now)
        return now - last < LimiterCurve.memory.nanoseconds ? (Int(count), last) : (0, last)
    }

    /// Failures in a row under `name` and the time of the last. Names that share its words may have added to them.
    func unplaced(_ name: UInt64, now: UInt64) -> (failures: Int, last: UInt64) {
        Self.read(sketch.least(name) { Self.rank($0, now: now) }, now: now)
    }

    /// Orders words by failures, then by age: of words with as many failures, more names share the younger ones.
    private static func rank(_ word: UInt64, now: UInt64) -> UInt64 {
        let (failures, last) = read(word, now: now)
        return UInt64(failures) << 48 | last / 1_000_000_000
    }

    /// A login under `name`, which has no entry, failed.
    func countUnplaced(_ name: UInt64, now: UInt64) {
        let failures = min(unplaced(name, now: now).failures + 1, LimiterCurve.cap - 1)
        // Rounded up, so that no wait is too short.
        let second = (now + 999_999_999) / 1_000_000_000
        sketch.raise(name, to: second << Self.countBits | UInt64(failures)) {
            Self.read($0, now: now).failures <= failures
        }
    }

    /// Forgives a name without an entry; whether there was anything.
    func clearUnplaced(_ name: UInt64) -> Bool { sketch.clear(name) }
}
