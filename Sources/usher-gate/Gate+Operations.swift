import Hummingbird
import HummingbirdCore
import UsherClient
import UsherEventLoop
import UsherGate
import UsherWebHummingbird

// What monitoring sees, and what keeps the gate informed of the daemon.
extension Gate {
    /// Places that logins of others keep: those that need no second step, and a second gate.
    private static let spare: Int64 = 4

    /// `/health` and `/metrics`, on a socket of their own: no field of a request grants anything there.
    func operation(_ request: Request) -> GateAnswer {
        var answer = GateAnswer(404)
        switch request.head.path {
        case "/health":
            answer = GateAnswer(health.isGood ? 200 : 503)
            answer.body = (health.isGood ? "good\n" : "usherd does not answer\n", "text/plain; charset=utf-8")
        case "/metrics":
            answer = GateAnswer(200)
            answer.body = (health.metrics(waitingLogins: logins.waiting), "text/plain; version=0.0.4; charset=utf-8")
        default: break
        }
        return answer
    }

    /// Asks the daemon for its greeting again and again, which says how many logins may wait here.
    func watch() async {
        while !Task.isCancelled {
            if let greeting = try? await client.hello() {
                health.greeted()
                let share = greeting.limits["logins"] ?? Int64(configuration.flows) + Self.spare
                logins.resize(min(configuration.flows, Int(clamping: max(share - Self.spare, 1))))
            }
            ServiceManager.notify("WATCHDOG=1")
            try? await Task.sleep(for: GateHealth.interval)
        }
    }
}
