/// The store's clock as this host reads it off between a greeting and a beat, and between two beats. Absolute ends go by it, so that all hosts agree.
struct StoreClock: Sendable {
    private var seconds: UInt64 = 0
    private var at = BootInstant.boot
    /// Whether it moved by more than 5 s against this host's clock when it was last told.
    private(set) var isUneven = false

    /// Unix seconds at `now`.
    func read(at now: BootInstant) -> UInt64 { seconds + now.since(at).seconds }

    /// The store told `seconds` at `now`; no session ends after the last second of a u32. Whether that is the beginning
    /// of an uneven time.
    mutating func hear(_ seconds: UInt64, at now: BootInstant) -> Bool {
        let told = min(seconds, UInt64(UInt32.max))
        let expected = read(at: now)
        let wasUneven = isUneven
        isUneven = self.seconds > 0 && (told > expected + 5 || told + 5 < expected)
        (self.seconds, at) = (told, now)
        return isUneven && !wasUneven
    }
}
