import CLinux
import UsherTestKit

/// Two hosts as processes: a usherd with a usher-link each, and one store.
final class ClusterPair {
    /// A usherd with `[cluster]`, and how to ask it.
    final class Host {
        let name: String
        /// What `--directory` of usherctl names.
        let directory: String
        private let output: String
        private(set) var process: TestProcess

        fileprivate init(_ name: String, _ pair: TestDirectory, more: String) throws {
            self.name = name
            directory = pair.makeDirectory(name)
            output = pair.path("log-\(name)")
            try File.write(
                """
                [cluster]
                name = "test"
                host = "\(name)"
                link = "\(pair.path("link-\(name).sock"))"
                realms = ["default"]
                lease = "2s"
                key_file = "\(pair.path("key"))"
                [[service]]
                name = "default"
                allow_no_account = true
                floor = "50ms"
                [[service]]
                name = "own"
                realm = "own"
                \(more)
                """, to: directory + "/usherd.toml")
            process = try Self.start(directory, output)
        }

        private static func start(_ directory: String, _ output: String) throws -> TestProcess {
            try TestProcess(
                [Built.usherd, "--dev", "--directory", directory, "--config", directory + "/usherd.toml"],
                output: output)
        }

        /// A connection of its own.
        func client() throws -> TestClient { try TestClient(directory + "/usher.sock", of: self) }

        func ask(_ method: String, _ params: JSONValue) throws -> Answer {
            try client().call(method, params)
        }

        var log: String { process.written }
        var credentials: JSONValue { JSONValue(json: File.bytes(directory + "/login.json")) ?? .null }

        func create(_ user: String, service: String = "default") throws -> (token: String, handle: String) {
            let answer = try ask(
                "session.create", ["user": .text(user), "methods": ["pwd"], "service": .text(service)])
            guard let token = answer["token"]?.text, let handle = answer["session"]?["handle"]?.text else {
                throw TestFailure("no session: \(answer) \(log)")
            }
            return (token, handle)
        }

        /// Whether a token is valid; nil where the host cannot say.
        func accepts(_ token: String) throws -> Bool? {
            let answer = try ask("session.validate", ["token": .text(token)])
            guard let valid = answer["valid"] else { return nil }
            return valid == true
        }

        /// The same of a host that can say. It is asked again until it can, as a client does: on a busy machine a fetch
        /// may take longer than its patience.
        func isValid(_ token: String) throws -> Bool {
            var answer: Bool?
            try eventually("\(name) can say whether a token is valid") {
                answer = try accepts(token)
                return answer != nil
            }
            return answer == true
        }

        var hasLease: Bool {
            (try? client().call("server.stats"))?["cluster_lease_ms"]?.integer ?? 0 > 0
        }

        func kill() { process.kill() }

        /// Starts it anew, once it has ended.
        func restart() throws { process = try Self.start(directory, output) }
    }

    let directory: TestDirectory
    let store: TestStore
    private(set) var links: [TestProcess] = []
    private(set) var hosts: [Host] = []

    var a: Host { hosts[0] }
    var b: Host { hosts[1] }

    /// Two hosts that have a lease, and whose ends are answered at once. `more` is added to their configuration.
    init(more: String = "") throws {
        directory = try TestDirectory()
        store = try TestStore(directory)
        try File.write("1 " + String(repeating: "A", count: 43) + "\n", to: directory.path("key"))
        for name in ["a", "b"] {
            links.append(try LinkHarness.start(directory, ["--store", store.path], name: "link-\(name).sock"))
            hosts.append(try Host(name, directory, more: more))
        }
        try waitForLeases()
        try waitForFence()
    }

    deinit { for host in hosts { host.kill() } }

    /// No end is answered before leases that nobody knows of are over.
    private func waitForFence() throws {
        for host in hosts {
            try eventually("\(host.name) answers an end", within: .seconds(60)) {
                try host.ask("session.revoke", ["token": .text(try host.create("probe").token)])["revoked"] == 1
            }
        }
    }

    func waitForLeases() throws {
        try eventually("both hosts have a lease: \(hosts.map(\.log))", within: .seconds(60)) {
            for host in hosts where !host.process.isRunning { throw TestFailure("usherd ended: \(host.log)") }
            return hosts.allSatisfy(\.hasLease)
        }
    }
}
