import ArgumentParser

/// `session.validate` beside `GET` of a store.
struct ValidateBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Validates random sessions; beside it, a store gets random records of 100 bytes under the same keys.",
        discussion:
            "The store is Valkey, where USHER_VALKEY names its program, or Redis. The servers run on CPU 1 and the load on CPU 0, in turns; figures are medians over the rounds."
    )

    @Option(help: "Sessions, and records of the store.")
    var sessions = 10_000
    @Option(help: "Rounds of each measurement.")
    var rounds = 5
    @Option(help: "Milliseconds of each measurement.")
    var milliseconds = 700
    @Option(help: "Numbers of connections.")
    var connections = [1, 16, 64]
    @Option(help: "Requests in flight on each connection.")
    var depths = [1, 16]
    @Flag(help: "Leave the store out.")
    var alone = false

    /// What one server did in one measurement.
    struct Figures {
        var rate: [Double] = []
        var cpu: [Double] = []
        var p50: [Double] = []
        var p99: [Double] = []

        var columns: [String] {
            [text(median(rate) / 1000, 1), text(median(cpu)), text(median(p50), 1), text(median(p99), 1)]
        }
    }

    func run() throws {
        try withTemporaryDirectory { directory in
            let usher = try UsherServer(in: directory + "/usher", cpu: 1)
            defer { usher.child.end() }
            let store = try StoreServer.Program.installed.prefix(alone ? 0 : 1).first.map {
                try StoreServer($0, in: directory, cpu: 1)
            }
            defer { store?.child.end() }
            let tokens = try usher.makeSessions(sessions)
            var servers = [(usher.child, Self.validations(usher, tokens.validations()))]
            if let store { servers.append((store.child, try store.gets(tokens.texts))) }
            pin(to: 1)
            try measure(servers)
        }
    }

    /// `{"jsonrpc":"2.0","id":1000000,"result":{"valid":true` behind four bytes of length.
    static func validations(_ server: UsherServer, _ requests: Workload.Requests) -> Workload {
        Workload(socket: server.socket, requests: requests, framing: .prefixed, mark: (52, UInt8(ascii: "t")))
    }

    private func measure(_ servers: [(Child, Workload)]) throws {
        let names = ["kreq/s", "CPU us/req", "p50 us", "p99 us"]
        let store = servers.count > 1 ? names.map { "store " + $0.prefix(6) } + ["CPU ratio"] : []
        print(row(["conn x depth"] + names + store))
        for depth in depths {
            for connections in connections {
                var figures = servers.map { _ in Figures() }
                for _ in 0..<rounds {
                    for (index, server) in servers.enumerated() {
                        try figures[index].measure(server, connections, depth, milliseconds)
                    }
                }
                var columns = ["\(connections) x \(depth)"] + figures.flatMap(\.columns)
                if figures.count > 1 {
                    columns.append(text(median(zip(figures[0].cpu, figures[1].cpu).map { $0 / $1 })))
                }
                print(row(columns))
            }
        }
    }
}

extension ValidateBenchmark.Figures {
    /// Adds a round of `milliseconds`, a tenth more of which comes before it.
    mutating func measure(
        _ server: (child: Child, workload: Workload), _ connections: Int, _ depth: Int, _ milliseconds: Int
    ) throws {
        var load = try Load(server.workload, connections: connections, depth: depth)
        defer { load.end() }
        _ = try load.run(for: Int64(milliseconds) * 100_000)
        let before = server.child.cpuTime
        let took = try load.run(for: Int64(milliseconds) * 1_000_000)
        rate.append(Double(load.answers) / Double(took) * 1e9)
        cpu.append((server.child.cpuTime - before) / Double(load.answers) / 1000)
        p50.append(load.latency(0.5))
        p99.append(load.latency(0.99))
    }
}
