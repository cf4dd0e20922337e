import ArgumentParser
import CLinux

/// All that is held against a figure to be reached, in one table.
struct CompareBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Measures what must be reached, beside Valkey where a store is the reference; one line each.",
        discussion: """
            Needs Valkey, whose program USHER_VALKEY names, or else redis-server, two CPUs and, for a million sessions, 2 GB \
            and about ten minutes. Where both are there, Redis has lines of its own. Everything is started and \
            ended here; only Unix sockets below a temporary directory are used.
            """)

    @Option(help: "Sessions.")
    var sessions = 1_000_000
    @Option(help: "Rounds of each measurement that is repeated.")
    var rounds = 5
    @Option(help: "Seconds after which unused sessions end. They must all be made and used within it.")
    var idle = 120
    @Flag(help: "A tenth of the sessions and one round: whether it works, rather than how fast.")
    var quick = false

    mutating func run() throws {
        if quick { (sessions, rounds, idle) = (sessions / 10, 1, 60) }
        let all = affinity()
        print(Comparison.head)
        try withTemporaryDirectory { directory in
            try validations(in: directory)
            pin(to: all)
            try cached(in: directory)
        }
        try withTemporaryDirectory { directory in
            defer { pin(to: all) }
            try MassRows(in: directory, sessions: sessions, idle: idle).measure { print($0.line) }
        }
    }

    /// `session.validate` beside `GET`, of random ones of all sessions and records: CPU of the server for each request.
    private func validations(in directory: String) throws {
        let programs = StoreServer.Program.installed
        guard !programs.isEmpty else { throw Failure("neither Valkey nor redis-server is installed") }
        let usher = try UsherServer(in: directory + "/usher", cpu: 1, clients: MassRows.capacity(for: sessions))
        let stores = try programs.map { try StoreServer($0, in: directory, cpu: 1) }
        defer { for child in [usher.child] + stores.map(\.child) { child.end() } }
        let tokens = try usher.makeSessions(sessions)
        let servers =
            [(usher.child, ValidateBenchmark.validations(usher, tokens.validations()))]
            + (try stores.map { ($0.child, try $0.gets(tokens.texts)) })
        pin(to: 1)
        for depth in [1, 16] {
            for connections in [16, 64] {
                var figures = servers.map { _ in ValidateBenchmark.Figures() }
                for _ in 0..<rounds {
                    for index in servers.indices { try figures[index].measure(servers[index], connections, depth, 700) }
                }
                for (number, store) in stores.enumerated() {
                    let work = "validate, \(connections) x \(depth), beside \(store.program.name): CPU us"
                    let others = median(figures[number + 1].cpu)
                    let ratio = number == 0 ? 0.7 : nil
                    print(Comparison(work, median(figures[0].cpu), beside: others, ratio: ratio).line)
                }
            }
        }
    }

    /// `validate` from the memory of UsherClient beside one `GET`, as the benchmark of that library tells them.
    private func cached(in directory: String) throws {
        let program = beside("ClientBenchmark")
        guard unsafe access(program, X_OK) == 0 else {
            print("validate from UsherClient's memory: not measured, there is no \(program)")
            return
        }
        let child = try Child([program], output: directory + "/client")
        child.wait()
        let lines = file(directory + "/client").split(separator: "\n")
        func p50(_ name: String) -> Double? {
            lines.first { $0.hasPrefix(name) }?.dropFirst(name.count).split(separator: " ").first.flatMap { Double($0) }
        }
        guard let thread = p50("validate from memory, a thread"), let task = p50("validate from memory, a task"),
            let get = p50("Redis GET of 100 bytes")
        else { throw Failure("ClientBenchmark told no figures") }
        print(
            Comparison(
                "validate from UsherClient's memory: p50 ns", max(thread, task), beside: get, ratio: 1.0 / 200,
                limit: 150
            ).line)
    }
}
