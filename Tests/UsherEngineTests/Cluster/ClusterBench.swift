import Testing
import UsherCluster
import UsherEngine
import UsherSealing
import UsherSessions
import UsherTestKit

/// Two engines that share the realm `default` through a store, whose clocks move by hand.
final class ClusterBench {
    let store: StoreStandIn
    let a: EngineBench, b: EngineBench
    let lines: [StoreLine]

    static let keyText = "1 " + String(repeating: "A", count: 43)

    /// Two members whose ends are answered at once, unless they are not to join at all.
    init(
        joins: Bool = true, keys: [String] = [keyText, keyText], _ configuration: Configuration = .bench(),
        settings change: (inout ClusterSettings) -> Void = { _ in }
    ) throws {
        let benches = try (0..<2).map { _ in
            try EngineBench(configuration) { try Ledger(formatting: $0, board: $1, geometry: $2, hasLease: true) }
        }
        (a, b) = (benches[0], benches[1])
        let parsed = try keys.map { try ClusterKeys(file: Array($0.utf8).span) }
        let store = StoreStandIn(check: parsed[0].check)
        self.store = store
        seal = ClusterSeal(cluster: "test", keys: parsed[0])
        lines = benches.map { StoreLine($0.engine, store) }
        store.seconds = UInt64(a.unixNow)
        for (place, bench) in benches.enumerated() {
            var settings = ClusterSettings(name: "test", host: ["a", "b"][place])
            change(&settings)
            bench.engine.join(
                Cluster(settings, keys: parsed[place], capacity: 512, driver: lines[place]))
        }
        guard joins else { return }
        // Ends are answered once leases that nobody knows of are over.
        for _ in 0..<15 { pass(.seconds(1)) }
    }

    /// What any host of the cluster can read.
    let seal: ClusterSeal

    var benches: [EngineBench] { [a, b] }

    /// Serves both connections until nothing is left.
    func pump() {
        for _ in 0..<10_000 {
            // Not `contains`: both take a step.
            if lines.map({ $0.step() }).allSatisfy({ !$0 }) { return }
        }
        preconditionFailure("the hosts never rest")
    }

    /// Lets time pass on both hosts and in the store.
    func pass(_ time: Duration) {
        for bench in benches {
            bench.advance(time)
            store.seconds = UInt64(bench.unixNow)
            bench.engine.tick()
        }
        pump()
    }

    /// Asks one host, and serves the connections until it has answered.
    func ask(
        _ client: Client, _ method: String, _ params: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> JSONValue {
        let id = client.send(method, params)
        pump()
        guard let answer = client.answer(to: id) else {
            Issue.record("\(method) was not answered", sourceLocation: sourceLocation)
            return .null
        }
        return answer
    }

    func create(
        _ client: Client, _ user: String, service: String = "web", sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (token: String, handle: String) {
        let answer = ask(
            client, "session.create", #"{"user":"\#(user)","methods":["pwd"],"service":"\#(service)"}"#)
        return (
            try #require(answer.result?["token"]?.text, "\(answer)", sourceLocation: sourceLocation),
            try #require(answer.session?["handle"]?.text, sourceLocation: sourceLocation)
        )
    }

    /// Whether a token is valid; nil where the host cannot say.
    func isValid(_ client: Client, _ token: String) -> Bool? {
        let answer = ask(client, "session.validate", #"{"token":"\#(token)"}"#)
        return answer.result.map { $0["valid"] == true }
    }

    /// Calls that the store got and `isMeant`.
    func count(_ isMeant: (StoreCall) -> Bool) -> Int { store.calls.count(where: isMeant) }

    var fetches: Int { count { if case .get = $0 { true } else { false } } }
}
