import CLinux
import Testing

@testable import UsherctlText
@testable import usherctl

@Suite("usherctl: Prometheus")
struct PrometheusTextTests {
    @Test("counters are metrics with help, type, base units and labels")
    func metrics() {
        let lines = PrometheusText.lines([
            "sessions": 3, "sessions_reauthenticated": 4, "sessions_expired": 7, "sessions_dropped": 1,
            "logins_denied": 2, "logins_succeeded": 5,
            "loop_lag_nanoseconds": 1_500_000,
        ])
        #expect(
            lines == [
                "# HELP usher_sessions Live sessions.", "# TYPE usher_sessions gauge", "usher_sessions 3",
                "# HELP usher_sessions_reauthenticated_total Sessions whose user proved again who they are.",
                "# TYPE usher_sessions_reauthenticated_total counter", "usher_sessions_reauthenticated_total 4",
                "# HELP usher_sessions_ended_total Sessions ended.", "# TYPE usher_sessions_ended_total counter",
                "usher_sessions_ended_total{reason=\"expired\"} 7",
                "usher_sessions_ended_total{reason=\"dropped\"} 1",
                "# HELP usher_logins_total Logins ended.", "# TYPE usher_logins_total counter",
                "usher_logins_total{outcome=\"succeeded\"} 5", "usher_logins_total{outcome=\"denied\"} 2",
                "# HELP usher_loop_lag_seconds How late the last timer was.", "# TYPE usher_loop_lag_seconds gauge",
                "usher_loop_lag_seconds 0.0015",
            ])
    }

    @Test("the histogram has its buckets in order, the last one without a bound, sum and count")
    func histogram() {
        let lines = PrometheusText.lines([
            "validate_within_2500us": 9, "validate_within_10us": 4, "validate_within_100000us": 9,
            "validate_measured": 10, "validate_nanoseconds": 1_234_567_890,
        ])
        #expect(
            lines.dropFirst() == [
                "# TYPE usher_validate_seconds histogram", "usher_validate_seconds_bucket{le=\"0.00001\"} 4",
                "usher_validate_seconds_bucket{le=\"0.0025\"} 9", "usher_validate_seconds_bucket{le=\"0.1\"} 9",
                "usher_validate_seconds_bucket{le=\"+Inf\"} 10", "usher_validate_seconds_sum 1.23456789",
                "usher_validate_seconds_count 10",
            ])
    }

    @Test("a counter that is not known is there under its name, if that is a name")
    func unknown() {
        let lines = PrometheusText.lines(["new_thing": 1, "bad name\n": 2, "": 3])
        #expect(lines == ["# TYPE usher_new_thing untyped", "usher_new_thing 1"])
    }

    @Test(
        "fractions are exact",
        arguments: [
            (0, "0"), (1, "0.000000001"), (1_000_000_000, "1"), (-1_500_000_000, "-1.5"),
            (.max, "9223372036.854775807"), (.min, "-9223372036.854775808"),
        ] as [(Int64, String)])
    func decimals(_ value: Int64, _ text: String) {
        #expect(PrometheusText.decimal(value, per: 1_000_000_000) == text)
    }

    @Test("names are names of metrics, once, and counters say so")
    func names() {
        #expect(Set(PrometheusText.metrics.map(\.name)).count == PrometheusText.metrics.count)
        for metric in PrometheusText.metrics {
            #expect(metric.name.hasPrefix("usher_") && metric.name.hasSuffix("_total") == (metric.kind == .counter))
        }
    }

    @Test("every counter of the protocol's page is a metric")
    func complete() throws {
        let file = usher_open("protocol/PROTOCOL.md", O_RDONLY, 0)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(file, &bytes, bytes.count)
        try #require(count > 0)
        let page = String(decoding: bytes[..<count], as: UTF8.self)
        let start = try #require(page.firstRange(of: "### server.stats")).upperBound
        let end = try #require(page[start...].firstRange(of: "### auth.start")).lowerBound
        let table = page[start..<end].split(separator: "\n").filter { $0.hasPrefix("| `") }
        let cells = table.compactMap { $0.split(separator: "|").dropFirst(0).first }
        let names = cells.flatMap { $0.split(separator: "`").filter { $0.contains(where: \.isLetter) } }
        #expect(names.count > 40)
        let counters = Dictionary(uniqueKeysWithValues: names.map { (String($0), Int64(1)) })
        #expect(!PrometheusText.lines(counters).contains { $0.hasSuffix("untyped") })
    }
}
