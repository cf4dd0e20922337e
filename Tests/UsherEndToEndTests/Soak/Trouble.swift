import Synchronization

/// Whether something is wrong with broker or workers, and how often that was so: what the right password may then meet.
final class Trouble: Sendable {
    private let state = Mutex((depth: 0, count: 0))

    /// How often there was any.
    var count: Int { state.withLock { $0.count } }
    /// Whether there is any now.
    var isThere: Bool { state.withLock { $0.depth > 0 } }

    /// Makes some, for the length of `body`.
    func during(_ body: () throws -> Void) rethrows {
        state.withLock { $0 = ($0.depth + 1, $0.count + 1) }
        defer { state.withLock { $0.depth -= 1 } }
        try body()
    }
}
