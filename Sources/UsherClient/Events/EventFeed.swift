/// A subscription on a connection of its own, so that a slow reader of events holds up no call, and being cut off by
/// the daemon costs no call either. Subscribes anew whenever the connection was lost.
final class EventFeed: Sendable {
    let driver: ConnectionDriver
    private let buffer = EventBuffer()
    private let kinds: Set<SessionEvent.Kind>
    private let user: String?
    /// The connection that was subscribed on last; 0 for none. Used by one task at a time.
    private let subscribed = Locked<UInt64>(0)

    /// The pause after a subscription that failed for a passing reason.
    private static let pause = Duration.milliseconds(500)

    /// A feed that is not connected yet.
    init(_ configuration: ClientConfiguration, kinds: Set<SessionEvent.Kind>, user: String?) {
        var configuration = configuration
        configuration.cacheCapacity = 0
        driver = ConnectionDriver(configuration, events: buffer)
        self.kinds = kinds
        self.user = user
    }

    deinit { driver.close() }

    /// The next event; nil when the task was cancelled.
    func next() async throws(UsherError) -> SessionEvent? {
        if subscribed.withLock({ $0 }) == 0 { try await subscribe(isFirst: true) }
        while !Task.isCancelled {
            switch buffer.take() {
            case .event(let event): return event
            case .lost(let connection) where connection >= subscribed.withLock({ $0 }):
                try await subscribe(isFirst: false)
                return Task.isCancelled ? nil : .reconnected
            case .lost: continue
            case nil: await buffer.wait()
            }
        }
        return nil
    }

    /// Throws if the first subscription fails. Tries a later one until it succeeds, unless its error is lasting.
    private func subscribe(isFirst: Bool) async throws(UsherError) {
        while !Task.isCancelled {
            do throws(UsherError) {
                let connection = try await driver.subscribe(to: kinds, user: user).answer()
                return subscribed.withLock { $0 = connection }
            } catch {
                if Task.isCancelled { return }
                guard !isFirst, error.code.passes else { throw error }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}

extension UsherError.Code {
    /// Whether the same call may succeed later without a change of the caller or the configuration.
    var passes: Bool {
        let lasting: [Self] = [
            .forbidden, .unsupported, .invalidRequest, .invalidArgument, .tooLarge, .untrustedServer,
            .protocolViolation, .closed, .cancelled,
        ]
        return !lasting.contains(self)
    }
}
