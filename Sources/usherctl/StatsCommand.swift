import ArgumentParser
import UsherClient
import UsherPOSIX
import UsherToolSupport
import UsherctlText

/// `usherctl stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what is wrong, and the daemon's counters.",
        discussion: """
            Takes the role 'metrics' or 'admin'. What each counter counts is said in PROTOCOL.md, server.stats.

            With --output the file is replaced as a whole, so that nobody reads half of it; where the daemon cannot be asked, \
            it says usher_up 0, and the exit status is 3.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "Print the text exposition format of Prometheus, version 0.0.4.") var prometheus = false
    @Option(help: "With --prometheus: write it to this file.", completion: .file()) var output: String?

    func validate() throws {
        if prometheus, daemon.json { throw ValidationError("give --json or --prometheus, not both") }
        if output != nil, !prometheus { throw ValidationError("--output belongs to --prometheus") }
    }

    func run() throws {
        if prometheus { return try runPrometheus() }
        let client = try daemon.connect()
        let statistics = try client.stats(byService: true)
        if daemon.json { return printJSON(statistics.json) }
        for line in StatsReport(statistics).lines { printLine(line) }
    }

    private func runPrometheus() throws {
        guard let output else {
            for line in try metrics() { printLine(line) }
            return
        }
        do {
            try write(metrics(), to: output)
        } catch let error as SystemError {
            throw error
        } catch {
            try write(PrometheusText.down, to: output)
            throw error
        }
    }

    private func metrics() throws -> [String] {
        let client = try daemon.connect()
        return PrometheusText.lines(try client.stats(byService: true), server: try client.hello().server)
    }

    private func write(_ lines: [String], to path: String) throws {
        try SmallFile.replace(path, with: Array((lines.joined(separator: "\n") + "\n").utf8), mode: 0o644)
    }
}
