import NIOCore
import Synchronization

/// The connections of a server whose request has begun and has not arrived whole.
///
/// A browser behind a proxy that passes a body on as it comes (Caddy) can keep a connection busy by each of its
/// requests. When one more begins than there is room for, the connection that has waited longest is closed. A request
/// that arrives at the pace of a network is younger than those that somebody delays; closing the newest would refuse
/// it.
///
/// Invariant: at most `capacity` connections are here, each until its request has arrived or it is closed.
final class UnfinishedRequests: Sendable {
    private struct State {
        var waiting: [ObjectIdentifier: (number: UInt64, channel: any Channel)] = [:]
        var lastNumber: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// No connections, with room for `capacity`.
    init(capacity: Int) { self.capacity = capacity }

    /// Adds a connection, and closes the one that has waited longest where there is no room.
    func insert(_ channel: any Channel) {
        let oldest = state.withLock { state in
            let oldest = state.waiting.count < capacity ? nil : state.waiting.min { $0.value.number < $1.value.number }
            if let oldest { state.waiting[oldest.key] = nil }
            state.lastNumber += 1
            state.waiting[ObjectIdentifier(channel)] = (state.lastNumber, channel)
            return oldest?.value.channel
        }
        oldest?.close(promise: nil)
    }

    /// Takes a connection out, if it is here.
    func remove(_ channel: any Channel) {
        _ = state.withLock { $0.waiting.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}
