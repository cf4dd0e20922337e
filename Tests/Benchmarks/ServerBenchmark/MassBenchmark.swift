import ArgumentParser
import CLinux

/// The rows of ``CompareBenchmark`` about many sessions, by themselves.
struct MassBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mass",
        abstract: "Measures memory, adoption, the end of all sessions of a user and expiry, as compare does.")

    @Option(help: "Sessions.")
    var sessions = 1_000_000
    @Option(help: "Seconds after which unused sessions end. They must all be made and used within it.")
    var idle = 120
    @Flag(help: "Leaves out expiry, for which one waits longest.")
    var brief = false

    func run() throws {
        print(Comparison.head)
        let all = affinity()
        defer { pin(to: all) }
        try withTemporaryDirectory { directory in
            let rows = try MassRows(in: directory, sessions: sessions, idle: brief ? 3600 : idle)
            try rows.measure(brief: brief) { print($0.line) }
        }
    }
}
