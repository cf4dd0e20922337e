/// Exponential back-off with jitter: each pause is twice the last, up to a longest, less up to a half by chance.
struct RetryPause: Sendable {
    private let first, longest: BootSpan
    private var next: BootSpan

    /// Begins with `first`.
    init(first: BootSpan, longest: BootSpan) { (self.first, self.longest, next) = (first, longest, first) }

    /// The pause to make now. `jitter` is any random number.
    mutating func grow(jitter: UInt64) -> BootSpan {
        let half = next.nanoseconds / 2
        next = min(longest, next + next)
        return BootSpan(nanoseconds: half + jitter % (half + 1))
    }

    /// It has succeeded: the next pause is a first one.
    mutating func reset() { next = first }
}
