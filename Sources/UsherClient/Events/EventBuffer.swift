internal import UsherWire

/// Events between the connection, which brings them, and the one task that takes them.
///
/// - Data structure: a bounded queue of items in order: an event to take, or a lost connection, after which to
///   subscribe again.
/// - Beyond ``capacity`` events are dropped, and one gap stands in their place: nobody waits for a slow task.
final class EventBuffer: Sendable {
    /// What comes next.
    enum Item: Sendable {
        case event(SessionEvent)
        /// The connection of that number is gone, and the subscription with it.
        case lost(connection: UInt64)
    }

    private struct State: Sendable {
        var items: [Item] = []
        var head = 0
        var waiter: CheckedContinuation<Void, Never>?
        var isCancelled = false

        mutating func append(_ item: Item) -> CheckedContinuation<Void, Never>? {
            items.append(item)
            defer { waiter = nil }
            return waiter
        }

        var last: Item? { head < items.count ? items.last : nil }
    }

    /// Four times what the daemon lets a subscriber fall behind (PROTOCOL.md, events.subscribe: 256).
    static let capacity = 1024

    private let state = Locked(State())

    /// Queues an event. Ignores an event of a kind that this version does not know, and the daemon's own gap: the
    /// connection ends with that gap, and the gap after the next subscription says from when on events are complete
    /// again.
    func append(_ event: UsherWire.Event) {
        guard let event = SessionEvent(event), event.kind != .gap else { return }
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            let count = state.items.count - state.head
            guard count >= Self.capacity else { return state.append(.event(event)) }
            if count == Self.capacity { return state.append(.event(.overflowed)) }
            return nil
        }
        waiter?.resume()
    }

    /// A connection is gone. The next subscription brings a gap of its own, so a gap at the end of the queue is
    /// removed.
    func connectionLost(_ connection: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .event(let event)? = state.last, event.kind == .gap { state.items.removeLast() }
            if case .lost? = state.last { state.items.removeLast() }
            return state.append(.lost(connection: connection))
        }
        waiter?.resume()
    }

    /// Removes and returns the next item; nil when there is none yet.
    func take() -> Item? {
        state.withLock { state in
            guard state.head < state.items.count else { return nil }
            let item = state.items[state.head]
            state.head += 1
            if state.head == state.items.count || state.head >= Self.capacity {
                state.items.removeSubrange(..<state.head)
                state.head = 0
            }
            return item
        }
    }

    /// Suspends until there is something to take, or the task is cancelled. One task at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isReady = state.head < state.items.count || state.isCancelled
                    if !isReady { state.waiter = continuation }
                    return isReady
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isCancelled = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
        state.withLock { $0.isCancelled = false }  // that task's; the next one waits for itself
    }
}
