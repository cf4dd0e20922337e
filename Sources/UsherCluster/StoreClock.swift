/// The store's clock as this host reads it off between two beats. Absolute ends go by it, so that all hosts agree.
struct StoreClock: Sendable {
    private var seconds: UInt64 = 0
    private var at = BootInstant.boot
    /// Whether it moved by more than 5 s against this host's clock at the last beat.
    private(set) var isUneven = false

    /// Unix seconds at `now`.
    func read(at now: BootInstant) -> UInt64 { seconds + now.since(at).seconds }

    /// The store told `seconds` at `now`. Whether that is the beginning of an uneven time.
    mutating func hear(_ told: UInt64, at now: BootInstant) -> Bool {
        let expected = read(at: now)
        let wasUneven = isUneven
        isUneven = seconds > 0 && (told > expected + 5 || told + 5 < expected)
        (seconds, at) = (told, now)
        return isUneven && !wasUneven
    }
}
