import ArgumentParser
import CLinux

/// What validations cost while others flood the socket.
struct HostileBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile",
        abstract:
            "Validates while users without a role, or another peer, flood the socket, and without them, in turns.",
        discussion: """
            Needs root, for the uids of the others. usherd runs on CPU 1, everything else on CPU 0; figures are medians over \
            the rounds, the ratio is to the quiet turn beside it.
            """)

    @Option(help: "Rounds of each measurement.")
    var rounds = 5
    @Option(help: "Milliseconds of each measurement.")
    var milliseconds = 700
    @Option(help: "Connections that validate.")
    var connections = 1

    /// Who floods with what: the uid, the number of uids from there on, and the body of the frames.
    private static let attacks: [(name: String, uid: UInt32, users: UInt32, body: String)] = [
        ("pings", 65_000, 1, Flood.ping), ("{}", 65_000, 1, "{}"), ("forbidden", 65_000, 1, Flood.validate),
        ("4 uids {}", 65_000, 4, "{}"), ("peer pings", 1, 1, Flood.ping), ("peer {}", 1, 1, "{}"),
    ]
    /// Root makes the sessions; Debian's account `daemon` is the other peer.
    private static let clients = """
        [[client]]
        user = "root"
        roles = ["issue", "validate", "admin"]
        services = ["default"]
        [[client]]
        user = "daemon"
        roles = ["validate"]
        """

    func run() throws {
        try withTemporaryDirectory { directory in
            unsafe chmod(directory, 0o711)
            let usher = try UsherServer(in: directory + "/usher", cpu: 1, clients: Self.clients)
            defer { usher.child.end() }
            let made = try usher.makeSessions(1000)
            unsafe chmod(usher.directory, 0o711)
            unsafe chmod(usher.socket, 0o666)
            let workload = ValidateBenchmark.validations(usher, made.requests)
            pin(to: 1)
            print(row(["flood", "quiet p50 us", "p99 us", "p50 us", "p99 us", "p50 ratio", "p99 ratio"]))
            for attack in Self.attacks {
                let columns = try measure(workload) {
                    try (0..<attack.users).map { number in
                        try Child([
                            beside("ServerBenchmark"), "flood", usher.socket, "--uid", String(attack.uid + number),
                            "--body",
                            attack.body,
                        ])
                    }
                }
                print(row([attack.name] + columns))
            }
        }
    }

    private func measure(_ workload: Workload, _ startFloods: () throws -> [Child]) throws -> [String] {
        var quiet: [(p50: Double, p99: Double)] = []
        var busy: [(p50: Double, p99: Double)] = []
        for _ in 0..<rounds {
            quiet.append(try validate(workload))
            let floods = try startFloods()
            defer { for flood in floods { flood.crash() } }
            usleep(200_000)
            busy.append(try validate(workload))
        }
        let ratios = [
            zip(busy, quiet).map { $0.p50 / $1.p50 }, zip(busy, quiet).map { $0.p99 / $1.p99 },
        ]
        let figures = [quiet.map(\.p50), quiet.map(\.p99), busy.map(\.p50), busy.map(\.p99)]
        return figures.map { text(median($0), 1) } + ratios.map { text(median($0)) }
    }

    private func validate(_ workload: Workload) throws -> (p50: Double, p99: Double) {
        var load = try Load(workload, connections: connections, depth: 1)
        defer { load.end() }
        _ = try load.run(for: Int64(milliseconds) * 1_000_000)
        return (load.latency(0.5), load.latency(0.99))
    }
}
