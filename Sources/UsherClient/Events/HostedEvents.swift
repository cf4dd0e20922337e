internal import CLinux

/// A subscription to events that an event loop of the host program drives; otherwise as ``SessionEvents``. For one
/// thread at a time. It is of no use in a child of fork(2).
package final class HostedEvents: Sendable {
    private struct State: Sendable {
        /// The connection that was subscribed on last; 0 for none.
        var subscribed: UInt64 = 0
        var isSubscribing = false
        /// A new subscription stands: events may be missing before it.
        var gapIsDue = false
        /// When to subscribe again; nil when no try is due.
        var retry: MonotonicInstant?
        /// Why it cannot go on.
        var failure: UsherError?
    }

    private let driver: ConnectionDriver
    private let buffer = EventBuffer()
    private let kinds: Set<SessionEvent.Kind>
    private let user: String?
    private let state = Locked(State())
    /// The process that may use it.
    private let owner = getpid()

    /// The pause after a subscription that failed for a passing reason.
    private static let pause = Duration.milliseconds(500)

    /// Subscribes to `kinds`, or to all when it is empty, of `user` or of everybody. Throws `busy` if the process has
    /// no descriptors left.
    package init(
        _ configuration: ClientConfiguration, kinds: Set<SessionEvent.Kind>, user: String?
    ) throws(UsherError) {
        var configuration = configuration
        configuration.cacheCapacity = 0
        let host = HostLoop()
        guard host.isUsable else { throw UsherError(.busy, detail: "epoll_create1(2) or eventfd(2) failed") }
        driver = ConnectionDriver(configuration, events: buffer, host: host)
        self.kinds = kinds
        self.user = user
        try subscribe()
    }

    deinit { if getpid() == owner { driver.closeHosted() } else { driver.abandonToParent() } }

    /// The descriptor to poll: call ``next()`` when it is readable.
    package var descriptor: Int32 { driver.host?.descriptor ?? -1 }

    /// In how many milliseconds ``next()`` is due even if the descriptor stays quiet; -1: never.
    package var due: Int32 {
        let retry = state.withLock { $0.retry } ?? .never
        let own = ConnectionDriver.timeout(until: retry, canBeWoken: true)
        let turn = driver.turnDue
        return own < 0 || turn < 0 ? max(own, turn) : min(own, turn)
    }

    /// The next event that has come; nil where there is none yet. Never blocks. Call it until it is nil.
    package func next() throws(UsherError) -> SessionEvent? {
        guard getpid() == owner else { throw UsherError(.closed) }
        driver.runTurn()
        try subscribeAgainIfDue()
        while true {
            if takeGap() { return .reconnected }
            if let failure = state.withLock({ $0.failure }) { throw failure }
            switch buffer.take() {
            case .event(let event): return event
            case .lost(let connection): try lost(connection)
            case nil: return nil
            }
        }
    }

    private func takeGap() -> Bool {
        state.withLock { state in
            defer { state.gapIsDue = false }
            return state.gapIsDue
        }
    }

    private func subscribeAgainIfDue() throws(UsherError) {
        let isDue = state.withLock { $0.retry.map { MonotonicInstant.now >= $0 } ?? false }
        if isDue { try subscribe() }
    }

    /// Subscribes again after a lost connection. If it was lost while subscribing, the call of the subscription fails,
    /// and `subscribed` decides how to go on.
    private func lost(_ connection: UInt64) throws(UsherError) {
        let goesOn = state.withLock { state in
            !state.isSubscribing && state.retry == nil && state.subscribed != 0 && connection >= state.subscribed
        }
        if goesOn { try subscribe() }
    }

    private func subscribe() throws(UsherError) {
        state.withLock { state in (state.isSubscribing, state.retry) = (true, nil) }
        let begun = try driver.subscribe(to: kinds, user: user).begin { [weak self] in self?.subscribed($0) }
        if begun == nil { throw UsherError(.closed) }
    }

    private func subscribed(_ outcome: Result<UInt64, UsherError>) {
        state.withLock { state in
            state.isSubscribing = false
            switch outcome {
            case .success(let connection):
                state.gapIsDue = state.subscribed != 0
                state.subscribed = connection
            case .failure(let error) where state.subscribed != 0 && error.code.passes:
                state.retry = MonotonicInstant.now + Self.pause
            case .failure(let error): state.failure = error
            }
        }
    }
}
