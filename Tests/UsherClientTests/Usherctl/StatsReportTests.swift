import CLinux
import Testing
import UsherPOSIX

@testable import UsherClient
@testable import UsherctlText
@testable import usherctl

@Suite("usherctl: stats")
struct StatsReportTests {
    /// Every counter of the protocol's page, with numbers that differ.
    static let counters: [String: Int64] = {
        var counters: [String: Int64] = [:]
        for (index, name) in StatsGroup.all.flatMap(\.names).enumerated() { counters[name] = Int64(index + 3) }
        for fault in [
            "logins_undecided", "workers_failed", "workers_timed_out", "workers_not_started", "broker_turned_away",
            "account_checks_undecided", "account_services_held", "memory_unlocked_bytes", "sessions_dropped",
            "journal_entries_lost",
        ] { counters[fault] = 0 }
        counters["sessions"] = 120
        counters["capacity"] = 1_048_576
        counters["uptime"] = 11_520
        counters["sessions_memory_bytes"] = 3 << 20
        counters["sessions_memory_limit_bytes"] = 1 << 30
        counters["memory_resident_bytes"] = 41_500_000
        counters["loop_lag_nanoseconds"] = 0
        counters["loop_lag_longest_nanoseconds"] = 1_250_000
        counters["validate_longest_nanoseconds"] = 840_000
        counters["validate_measured"] = 1000
        counters["validate_nanoseconds"] = 12_340_000
        for (bound, count) in [(10, 700), (25, 985), (50, 995), (100, 998), (100_000, 1000)] as [(Int, Int64)] {
            counters["validate_within_\(bound)us"] = count
        }
        return counters
    }()
    static let services = [
        ServerStatistics.Service(
            name: "web", realm: "default",
            counters: ["sessions": 100, "logins_succeeded": 140, "logins_refused": 9, "logins_undecided": 0]),
        ServerStatistics.Service(name: "ssh \"x\"", realm: "hosts", counters: ["sessions": 20]),
    ]

    @Test("a report has groups with units and percentiles, and fits 80 columns")
    func report() {
        let lines = StatsReport(Self.counters, Self.services).lines
        #expect(lines.allSatisfy { columns(of: $0) <= 80 })
        expectGolden("stats", lines)
    }

    @Test(
        "what is wrong stands at the top",
        arguments: [
            (["logins_undecided": 3], "Wrong: 3 logins undecided: a directory is away, or a file unreadable"),
            (["sessions": 943_719], "Wrong: room for sessions (limits.capacity): 90 % used"),
            (["memory_unlocked_bytes": 4096], "Wrong: 4096 bytes of sessions may be written to swap"),
            (["journal_entries_lost": 1], "Wrong: 1 journal entries are lost"),
            (["workers_timed_out": 2], "Wrong: 2 logins killed as their time was over"), ([:], "Nothing is wrong."),
        ] as [([String: Int64], String)])
    func verdict(_ change: [String: Int64], _ line: String) {
        let counters = Self.counters.merging(change) { $1 }
        #expect(StatsReport(counters).lines.first == line)
    }

    @Test("a counter of a newer daemon is shown by its name, and one that an older daemon lacks is left out")
    func others() {
        let lines = StatsReport(["sessions": 3, "new_thing": 7]).lines
        #expect(lines == ["Nothing is wrong.", "", "Sessions", "  live  3", "", "Others", "  new_thing  7"])
    }

    @Test(
        "a percentile is the bound of the first bucket that holds it",
        arguments: [(500, 10), (700, 10), (701, 25), (990, 50), (999, 100_000), (1000, 100_000)] as [(Int64, Int64)])
    func percentiles(_ part: Int64, _ bound: Int64) {
        #expect(StatsGroup.bound(of: part, 1000, Self.counters) == bound)
        #expect(StatsGroup.bound(of: part, 2000, Self.counters) == (part == 500 ? 100_000 : nil))
        #expect(StatsGroup.bound(of: 999, .max, ["validate_within_10us": .max]) == 10)
    }

    // MARK: Monitoring

    private func promtool(_ arguments: [String], _ input: String = "") -> (status: Int32, printed: String)? {
        guard access("/usr/bin/promtool", X_OK) == 0 else {
            if getenv("CI") != nil { Issue.record("promtool is not there") }
            return nil
        }
        let program = Program(arguments, path: "/usr/bin/promtool")
        program.type(input)
        return (program.finish(), program.printed)
    }

    @Test("promtool finds nothing in the figures, nor in those of a daemon that is away")
    func metrics() {
        let whole = PrometheusText.lines(
            ServerStatistics(counters: Self.counters, services: Self.services), server: "usherd/0.1.2")
        for lines in [whole, PrometheusText.down] {
            let text = lines.joined(separator: "\n") + "\n"
            if let outcome = promtool(["check", "metrics"], text) {
                #expect(outcome.status == 0 && outcome.printed.isEmpty, "\(outcome.printed)")
            }
        }
        expectGolden("prometheus", whole)
        #expect(PrometheusText.escaped("a\"b\\c\nd") == #"a\"b\\c\nd"#)
    }

    @Test("the alerts are rules, and alerts and dashboard ask for nothing that there is not")
    func dashboards() throws {
        if let outcome = promtool(["check", "rules", "systemd/monitoring/usher.rules.yml"]) {
            #expect(outcome.status == 0, "\(outcome.printed)")
        }
        var known = Set(PrometheusText.metrics.map(\.name) + PrometheusText.serviceMetrics.map(\.name))
        known.formUnion(["usher_up", "usher_build_info", "usher_validate_seconds_bucket"])
        for file in ["usher.rules.yml", "usher-dashboard.json"] {
            let bytes = try SmallFile.read("systemd/monitoring/\(file)", limit: 1 << 20)
            let words = bytes.split { byte in
                !(byte == 95 || (48...57).contains(byte) || (97...122).contains(byte))
            }.map { String(decoding: $0, as: UTF8.self) }
            let asked = Set(words.filter { $0.hasPrefix("usher_") })
            #expect(asked.count >= 10 && asked.subtracting(known).isEmpty, "\(file): \(asked.subtracting(known))")
        }
    }

    @Test("the file of figures is replaced as a whole, and says where the daemon is away")
    func output() throws {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.answer(
                    request,
                    request.method == "server.hello"
                        ? Sample.hello(server: "usherd/7")
                        : #"{"sessions":3,"services":[{"service":"web","realm":"r","sessions":2}]}"#)
            }
        }
        let path = server.directory + "/usher.prom"
        defer {
            unlink(path)
            server.stop()
        }
        let arguments = ["stats", "--prometheus", "--output", path, "--directory", server.directory]
        #expect(Program(arguments).finish() == 0)
        let text = String(decoding: try SmallFile.read(path, limit: 1 << 20), as: UTF8.self)
        #expect(text.contains("usher_up 1\n") && text.contains("usher_build_info{version=\"7\"} 1\n"))
        #expect(text.contains("usher_service_sessions{service=\"web\",realm=\"r\"} 2\n"))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o644)
        let before = status.st_ino
        server.stop()
        mkdir(server.directory, 0o700)
        close(usher_open(path, O_WRONLY | O_CREAT, 0o600))
        #expect(Program(arguments).finish() == 3)
        #expect(String(decoding: try SmallFile.read(path, limit: 1 << 20), as: UTF8.self).hasSuffix("\nusher_up 0\n"))
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o644 && status.st_ino != before)
        #expect(Program(["stats", "--prometheus", "--output", "/nonexistent/x"] + arguments.suffix(2)).finish() == 3)
    }
}
