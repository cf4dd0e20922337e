import Synchronization
import UsherClient
import UsherGate

/// Whether the gate can do its work, and how often it has answered what.
final class GateHealth: Sendable {
    /// How often the daemon is asked for its greeting; an answer counts for twice as long.
    static let interval = Duration.seconds(5)

    private struct State {
        var lastGreeting: ContinuousClock.Instant?
        var counts: [String: UInt64] = [:]
    }

    private let state = Mutex(State())

    /// Notes that the daemon has answered.
    func greeted() { state.withLock { $0.lastGreeting = .now } }

    /// Whether the daemon has answered a moment ago.
    var isGood: Bool { state.withLock { $0.lastGreeting.map { .now - $0 < Self.interval * 2 } ?? false } }

    /// Counts a decision.
    func count(_ access: Access) {
        let name =
            switch access {
            case .anonymous: "anonymous"
            case .granted: "granted"
            case .login: "login"
            case .confirmation: "confirmation"
            case .forbidden: "forbidden"
            case .unavailable: "unavailable"
            }
        state.withLock { $0.counts[name, default: 0] += 1 }
    }

    /// The figures as Prometheus reads them (text format 0.0.4).
    func metrics(waitingLogins: Int) -> String {
        let counts = state.withLock { $0.counts }
        var text = "# HELP usher_gate_decisions_total Requests of proxies by what was decided.\n"
        text += "# TYPE usher_gate_decisions_total counter\n"
        for name in ["anonymous", "confirmation", "forbidden", "granted", "login", "unavailable"] {
            text += "usher_gate_decisions_total{decision=\"\(name)\"} \(counts[name] ?? 0)\n"
        }
        text += "# HELP usher_gate_waiting_logins Logins that wait for a person's answer.\n"
        text += "# TYPE usher_gate_waiting_logins gauge\nusher_gate_waiting_logins \(waitingLogins)\n"
        text += "# HELP usher_gate_up Whether usherd has answered within the last ten seconds.\n"
        text += "# TYPE usher_gate_up gauge\nusher_gate_up \(isGood ? 1 : 0)\n"
        return text
    }
}
