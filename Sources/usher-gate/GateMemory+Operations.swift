import Hummingbird
import HummingbirdCore
import UsherGate
import UsherWebHummingbird

// What monitoring sees.
extension GateMemory {
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
}
