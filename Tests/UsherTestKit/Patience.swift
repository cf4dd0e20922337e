import CLinux

/// A moment by which something must have happened: tests wait for conditions, never for a time.
package struct Patience: Sendable {
    private let end: Int64

    /// From now for `duration`. The default is long, since a busy machine must not fail a test; it costs nothing when
    /// the condition holds sooner.
    package init(_ duration: Duration = .seconds(20)) {
        end = usher_boottime() + duration.nanoseconds
    }

    /// What is left, in milliseconds as poll(2) takes it; 0 once it is over.
    package var milliseconds: Int32 { Int32(clamping: max(0, (end - usher_boottime() + 999_999) / 1_000_000)) }

    /// Whether nothing is left.
    package var isOver: Bool { usher_boottime() >= end }
}

/// Asks `condition` again and again until it holds; throws when it does not within `duration`.
package func eventually(
    _ what: @autoclosure () -> String, within duration: Duration = .seconds(20), _ condition: () throws -> Bool
) throws {
    let patience = Patience(duration)
    while !(try condition()) {
        guard !patience.isOver else { throw TestFailure("never came true: \(what())") }
        poll(nil, 0, 5)
    }
}

/// How long `body` takes.
package func elapsed(_ body: () throws -> Void) rethrows -> Duration {
    let start = usher_boottime()
    try body()
    return .nanoseconds(usher_boottime() - start)
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
