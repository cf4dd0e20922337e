/// The store's clock. Each greeting and each answer to a beat sets it; between two of them this host's clock counts on.
/// Absolute ends are compared with the store's clock, so that all hosts agree on them.
struct StoreClock: Sendable {
    private var seconds: UInt64 = 0
    private var at = BootInstant.boot
    /// Whether it moved by more than 5 s against this host's clock when it was last told.
    private(set) var isUneven = false

    /// Unix seconds at `now`.
    func read(at now: BootInstant) -> UInt64 { seconds + now.since(at).seconds }

    /// Sets the clock to `seconds`, at most the last second of a u32, after which no session ends. Returns true if the
    /// clock has become uneven now.
    mutating func hear(_ seconds: UInt64, at now: BootInstant) -> Bool {
        let told = min(seconds, UInt64(UInt32.max))
        let expected = read(at: now)
        let wasUneven = isUneven
        isUneven = self.seconds > 0 && (told > expected + 5 || told + 5 < expected)
        (self.seconds, at) = (told, now)
        return isUneven && !wasUneven
    }
}
