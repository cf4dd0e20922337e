import ArgumentParser
import CLinux

/// What validations cost while a hundred logins are under way: with a module that sleeps, and with one that hashes.
struct BusyBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "busy",
        abstract: "Validates while a hundred logins at once go on, and without them, in turns.",
        discussion: "Nothing is pinned; figures are medians over the rounds, the ratio is to the quiet turn beside it.")

    @Option(help: "Logins at once.")
    var logins = 100
    @Option(help: "Connections that validate.")
    var connections = 4
    @Option(help: "Rounds of each measurement.")
    var rounds = 9
    @Option(help: "Milliseconds of each measurement.")
    var milliseconds = 700

    func run() throws {
        print(row(["logins", "quiet p50 us", "p99 us", "busy p50 us", "p99 us", "p99 ratio"]))
        try measure("sleeping", "auth required pam_exec.so quiet /bin/sleep 2\naccount required pam_permit.so\n")
        try measure("hashing", nil)
    }

    private func measure(_ name: String, _ stack: String?) throws {
        try withTemporaryDirectory { directory in
            let usher = try UsherServer(in: directory + "/usher", stack: stack)
            defer { usher.child.end() }
            let tokens = try usher.makeSessions(1000)
            let workload = ValidateBenchmark.validations(usher, tokens.validations())
            var quiet: [(p50: Double, p99: Double)] = []
            var busy: [(p50: Double, p99: Double)] = []
            for _ in 0..<rounds {
                quiet.append(try validate(workload))
                let sockets = try startLogins(usher)
                defer { for socket in sockets { close(socket) } }
                busy.append(try validate(workload))
            }
            let ratios = zip(busy, quiet).map { $0.p99 / $1.p99 }
            print(
                row([
                    name, text(median(quiet.map(\.p50)), 1), text(median(quiet.map(\.p99)), 1),
                    text(median(busy.map(\.p50)), 1), text(median(busy.map(\.p99)), 1), text(median(ratios)),
                ]))
        }
    }

    /// Asks for all logins at once, each on a connection of its own, and takes no answer. Wrong ones, so that all of
    /// them are hashed for; each for another name, so that none is slowed down.
    private func startLogins(_ usher: UsherServer) throws -> [CInt] {
        try (0..<logins).map { number in
            let socket = try connected(to: usher.socket)
            let request = LoginBenchmark.login(
                "user\(nanoseconds())-\(number)", "wrong", from: "198.51.100.\(number + 1)")
            let sent = unsafe request.bytes.withUnsafeBytes { unsafe write(socket, $0.baseAddress, $0.count) }
            guard sent == request.bytes.count else { throw Failure("usherd does not read") }
            return socket
        }
    }

    private func validate(_ workload: Workload) throws -> (p50: Double, p99: Double) {
        var load = try Load(workload, connections: connections, depth: 1)
        defer { load.end() }
        _ = try load.run(for: Int64(milliseconds) * 1_000_000)
        return (load.latency(0.5), load.latency(0.99))
    }
}
