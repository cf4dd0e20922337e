import ArgumentParser
import CLinux
import UsherHostileKit
import UsherWire

/// What validations cost while others flood the socket.
struct HostileBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile",
        abstract:
            "Validates while users without a role, or another peer, attack the socket, and without them, in turns.",
        discussion: """
            Needs root, for the uids of the others. usherd runs on CPU 1, everything else on CPU 0. usherd and the load go \
            before the attackers, and these before all else (sched(7)), so that it is measured how the daemon divides its \
            time, and not how the kernel does. Figures are medians over the rounds, the ratio is to the quiet turn beside \
            it; `first` is how long a new connection waits for its first answer. With --assert, it ends with 1 where the p99 beside users without a role is more than 3 times the quiet one, \
            or beside another peer more than 10 times.
            """)

    @Option(help: "Rounds of each measurement.")
    var rounds = 5
    @Option(help: "Milliseconds of each measurement.")
    var milliseconds = 700
    @Option(help: "Connections that validate.")
    var connections = 1
    @Option(help: "Only rows whose name has this in it.")
    var only = ""
    @Flag(help: "Root validates, and not a peer with an entry.")
    var asRoot = false
    @Flag(help: "Fail where a ratio is missed.")
    var assert = false

    /// A row of the table: whose work it is, and how it is started.
    private struct Row {
        let name: String
        let uid: UInt32
        let users: UInt32
        let start: (UsherServer, Row) throws -> [Child]
        /// The p99 beside it may be that many times the quiet one.
        var bound: Double { uid == HostileBenchmark.peer ? 10 : 3 }
    }

    /// Debian's account `daemon`.
    private static let peer: UInt32 = 1
    /// Debian's account `bin`, who validates.
    private static let tool: UInt32 = 2
    /// Where root's subordinate uids would begin (subuid(5)).
    private static let subordinate: UInt32 = 100_000

    private static var rows: [Row] {
        let flooded: Set<Attack> = [.pings, .empty, .forbidden]
        let others = Attack.allCases.filter { !flooded.contains($0) && $0 != .subscribers && $0 != .leftLogins }
        return [
            flood("pings", Flood.ping), flood("{}", "{}"), flood("forbidden", Flood.validate),
            flood("4 uids {}", "{}", users: 4), flood("connects", ""),
            flood("4 uids connect", "", users: 4), flood("peer pings", Flood.ping, uid: peer),
            flood("peer {}", "{}", uid: peer),
        ] + others.map { attack($0.rawValue, $0) } + [
            attack("200 pings", .pings, uid: subordinate, users: 200),
            attack("200 idle", .idle, uid: subordinate, users: 200),
            attack("200 mixed", .mixed, uid: subordinate, users: 200),
            attack("peer events", .subscribers, uid: peer), attack("peer logins", .leftLogins, uid: peer),
            attack("peer mixed", .mixed, uid: peer),
        ]
    }

    /// One process a user keeps its connections full of frames.
    private static func flood(_ name: String, _ body: String, uid: UInt32 = 65_000, users: UInt32 = 1) -> Row {
        Row(name: name, uid: uid, users: users) { usher, row in
            try (0..<row.users).map { number in
                try Child([
                    beside("ServerBenchmark"), "flood", usher.socket, "--uid", String(row.uid + number), "--body", body,
                ])
            }
        }
    }

    /// One process attacks as all users.
    private static func attack(_ name: String, _ attack: Attack, uid: UInt32 = 65_000, users: UInt32 = 1) -> Row {
        Row(name: name, uid: uid, users: users) { usher, row in
            [
                try Child([
                    beside("ServerBenchmark"), "attack", attack.rawValue, usher.socket, "--uid", String(row.uid),
                    "--users", String(row.users),
                ])
            ]
        }
    }

    /// Root makes the sessions; Debian's account `daemon` is the other peer, and `bin` the one that validates.
    private static let clients = """
        [[client]]
        user = "root"
        roles = ["issue", "validate", "admin"]
        services = ["default"]
        [[client]]
        user = "daemon"
        roles = ["login", "validate", "watch"]
        services = ["default"]
        [[client]]
        user = "bin"
        roles = ["validate"]
        services = ["default"]
        """

    func run() throws {
        var priority = sched_param(sched_priority: 2)
        guard unsafe sched_setscheduler(0, SCHED_FIFO, &priority) == 0 else { throw Failure("not root") }
        try withTemporaryDirectory { directory in
            unsafe chmod(directory, 0o711)
            let usher = try UsherServer(in: directory + "/usher", cpu: 1, clients: Self.clients)
            defer { usher.child.end() }
            let tokens = try usher.makeSessions(1000)
            unsafe chmod(usher.directory, 0o711)
            unsafe chmod(usher.socket, 0o666)
            let workload = ValidateBenchmark.validations(usher, tokens.validations())
            // usher-pam and its workers are no children of usherd but with --dev: a hash would hold the daemon's CPU.
            usher.child.putDescendantsBehind(on: 1)
            pin(to: 1)
            print(row(["flood", "quiet p50 us", "p99 us", "p50 us", "p99 us", "first us", "p50 ratio", "p99 ratio"]))
            var missed: [String] = []
            for row in Self.rows where only.isEmpty || row.name.contains(only) {
                let ratio = try measure(row, usher, workload)
                if ratio > row.bound { missed.append("\(row.name) (\(text(ratio)) of \(text(row.bound, 0)))") }
            }
            print(missed.isEmpty ? "all ratios of p99 held" : "p99 missed: " + missed.joined(separator: ", "))
            if assert, !missed.isEmpty { throw ExitCode.failure }
        }
    }

    /// Prints a row; the ratio of its p99.
    private func measure(_ attack: Row, _ usher: UsherServer, _ workload: Workload) throws -> Double {
        var (quiet, busy): ([Latency], [Latency]) = ([], [])
        for _ in 0..<rounds {
            try waitUntilQuiet(usher)
            quiet.append(try validate(workload, usher))
            let attackers = try attack.start(usher, attack)
            defer { for attacker in attackers { attacker.crash() } }
            usleep(200_000)
            busy.append(try validate(workload, usher))
        }
        let ratios = [
            median(zip(busy, quiet).map { $0.p50 / $1.p50 }), median(zip(busy, quiet).map { $0.p99 / $1.p99 }),
        ]
        let figures = [quiet.map(\.p50), quiet.map(\.p99), busy.map(\.p50), busy.map(\.p99), busy.map(\.first)]
        print(row([attack.name] + figures.map { text(median($0), 1) } + ratios.map { text($0) }))
        return ratios[1]
    }

    /// Waits until nothing of the attack before is left: its connections have ended, and so have its logins and their
    /// workers, which would share the processor with what is measured as quiet.
    private func waitUntilQuiet(_ usher: UsherServer) throws {
        let client = try Client(usher.socket)
        for _ in 0..<1500 {
            let answer = try client.ask { $0.writeStats(id: 1, byService: false) }
            guard let stats = try? Stats(answer.result, in: answer.bytes.span) else { throw Failure("no figures") }
            let counters = Dictionary(stats.figures.map { ($0.name, $0.value) }) { $1 }
            let isQuiet = ["logins_open", "logins_queued", "workers"].allSatisfy { counters[$0, default: 0] == 0 }
            if isQuiet, counters["connections"] == 1 { return }
            usleep(100_000)
        }
        throw Failure("what an attack began does not end")
    }

    /// Microseconds.
    private typealias Latency = (first: Double, p50: Double, p99: Double)

    private func validate(_ workload: Workload, _ usher: UsherServer) throws -> Latency {
        // Who connects is whose connection it is.
        guard asRoot || seteuid(Self.tool) == 0 else { throw Failure("seteuid") }
        let start = usher_boottime()
        _ = try Client(usher.socket).ask { $0.writeRequest(.ping, id: 1) }
        let first = Double(usher_boottime() - start) / 1000
        var load = try Load(workload, connections: connections, depth: 1)
        guard seteuid(0) == 0 else { throw Failure("seteuid") }
        defer { load.end() }
        _ = try load.run(for: Int64(milliseconds) * 1_000_000)
        return (first, load.latency(0.5), load.latency(0.99))
    }
}
