package import UsherClient
internal import UsherToolSupport

/// The daemon's counters in the text exposition format 0.0.4 of Prometheus
/// (https://prometheus.io/docs/instrumenting/exposition_formats/): base units, counters that end in `_total`.
package enum PrometheusText {
    enum Kind: String { case counter, gauge }

    /// A metric and the counters of `server.stats` that it is made of, by the value of its label.
    struct Metric {
        let name: String
        let kind: Kind
        let help: String
        var label: String?
        let counters: [(value: String, counter: String)]
        /// How many of the counter's units make one of the metric's.
        var divisor: Int64 = 1
    }

    private static func one(_ name: String, _ kind: Kind, _ help: String, _ counter: String, per divisor: Int64 = 1)
        -> Metric
    {
        Metric(name: name, kind: kind, help: help, counters: [("", counter)], divisor: divisor)
    }

    private static let nanoseconds: Int64 = 1_000_000_000

    static let metrics: [Metric] = [
        one("usher_uptime_seconds", .gauge, "Time since the daemon started.", "uptime"),
        one("usher_sessions", .gauge, "Live sessions.", "sessions"),
        one("usher_sessions_limit", .gauge, "The most sessions that there can be.", "capacity"),
        one("usher_sessions_memory_bytes", .gauge, "Memory that sessions use or have used.", "sessions_memory_bytes"),
        one(
            "usher_sessions_memory_limit_bytes", .gauge, "The most memory that sessions may use.",
            "sessions_memory_limit_bytes"),
        one("usher_sessions_created_total", .counter, "Sessions made, by login or issued.", "sessions_created"),
        one("usher_sessions_rotated_total", .counter, "Sessions that got a new token.", "sessions_rotated"),
        one(
            "usher_sessions_reauthenticated_total", .counter, "Sessions whose user proved again who they are.",
            "sessions_reauthenticated"),
        one("usher_sessions_updated_total", .counter, "Changes of data.", "sessions_updated"),
        Metric(
            name: "usher_sessions_ended_total", kind: .counter, help: "Sessions ended.", label: "reason",
            counters: [
                ("expired", "sessions_expired"), ("revoked", "sessions_revoked"), ("evicted", "sessions_evicted"),
                ("dropped", "sessions_dropped"), ("account_expired", "sessions_account_expired"),
                ("account_denied", "sessions_account_denied"), ("account_unknown", "sessions_account_unknown"),
                ("account_uid", "sessions_account_uid"), ("account_password", "sessions_account_password"),
                ("account_locked", "sessions_account_locked"),
            ]),
        one("usher_connections", .gauge, "Clients connected.", "connections"),
        one("usher_connections_accepted_total", .counter, "Clients that ever connected.", "connections_accepted"),
        one("usher_connections_refused_total", .counter, "Callers that were turned away.", "connections_refused"),
        one("usher_requests_total", .counter, "Requests.", "requests"),
        one("usher_requests_refused_total", .counter, "Requests answered with an error.", "requests_refused"),
        one("usher_validations_total", .counter, "Answers to session.validate.", "validations"),
        one("usher_validations_failed_total", .counter, "Those that said no.", "validations_failed"),
        one("usher_tokens_refused_total", .counter, "Tokens that were none, or none any more.", "tokens_refused"),
        one("usher_subscribers", .gauge, "Connections that follow events.", "subscribers"),
        one(
            "usher_subscribers_cut_off_total", .counter, "Subscribers who were too far behind.", "subscribers_cut_off"),
        one(
            "usher_connections_cut_off_total", .counter,
            "Clients that did not read, did not finish a frame, or passed a descriptor.",
            "connections_cut_off"),
        one("usher_logins_open", .gauge, "Logins in progress.", "logins_open"),
        one("usher_logins_queued", .gauge, "Logins that wait for a worker.", "logins_queued"),
        one("usher_broker_connected", .gauge, "1 while usher-pam is connected, else 0.", "broker_connected"),
        one("usher_workers", .gauge, "Logins that a worker has.", "workers"),
        Metric(
            name: "usher_worker_failures_total", kind: .counter,
            help: "Logins whose worker ended without a verdict, or that none was found for.", label: "kind",
            counters: [
                ("timed_out", "workers_timed_out"), ("failed", "workers_failed"),
                ("not_started", "workers_not_started"), ("turned_away", "broker_turned_away"),
            ]),
        one("usher_logins_started_total", .counter, "Logins for which PAM was asked.", "logins_started"),
        Metric(
            name: "usher_logins_total", kind: .counter, help: "Logins ended.", label: "outcome",
            counters: [
                ("succeeded", "logins_succeeded"), ("denied", "logins_denied"),
                ("rate_limited", "logins_rate_limited"),
                ("password_change_required", "logins_password_change_required"),
                ("account_expired", "logins_account_expired"), ("not_permitted", "logins_not_permitted"),
                ("change_failed", "logins_change_failed"), ("busy", "logins_busy"),
                ("unavailable", "logins_unavailable"), ("timeout", "logins_timeout"),
                ("cancelled", "logins_cancelled"), ("other", "logins_failed_otherwise"),
            ]),
        one(
            "usher_logins_undecided_total", .counter, "Refused logins of which PAM could not find out who it is.",
            "logins_undecided"),
        one("usher_account_checks_total", .counter, "Checks of accounts that have sessions.", "account_checks"),
        one(
            "usher_account_checks_undecided_total", .counter,
            "Those whose answer was not definite: a directory is away, or a module broke.", "account_checks_undecided"),
        one(
            "usher_account_services_held", .gauge,
            "Services whose account lines deny everybody, so that denials end no session.", "account_services_held"),
        one("usher_cluster_members", .gauge, "Hosts that share sessions, this one included.", "cluster_members"),
        one("usher_cluster_lease_milliseconds", .gauge, "How long this host goes on by itself.", "cluster_lease_ms"),
        one("usher_cluster_sessions", .gauge, "Copies of sessions that several hosts share.", "cluster_sessions"),
        one("usher_cluster_waiting", .gauge, "Requests that wait for the store or other hosts.", "cluster_waiting"),
        one("usher_cluster_fetches_total", .counter, "Sessions that the store was asked for.", "cluster_fetches"),
        one(
            "usher_cluster_unavailable_total", .counter, "Requests refused because no host could say.",
            "cluster_unavailable"),
        one(
            "usher_cluster_store_connected", .gauge, "1 while calls reach the store, else 0.",
            "cluster_store_connected"),
        one("usher_limiter_names", .gauge, "Names that the limiter has room for.", "limiter_names"),
        one("usher_limiter_failures_total", .counter, "Failed logins held against a name.", "limiter_failures"),
        one(
            "usher_validate_longest_seconds", .gauge, "The longest validation.", "validate_longest_nanoseconds",
            per: nanoseconds),
        one("usher_loop_lag_seconds", .gauge, "How late the last timer was.", "loop_lag_nanoseconds", per: nanoseconds),
        one(
            "usher_loop_lag_longest_seconds", .gauge, "How late the latest timer was.", "loop_lag_longest_nanoseconds",
            per: nanoseconds),
        one("usher_memory_resident_bytes", .gauge, "Resident memory of the daemon.", "memory_resident_bytes"),
        one("usher_memory_locked_bytes", .gauge, "Memory of it that is locked.", "memory_locked_bytes"),
        one(
            "usher_memory_unlocked_bytes", .gauge, "Memory of sessions that the kernel did not lock.",
            "memory_unlocked_bytes"),
        one(
            "usher_journal_entries_coalesced_total", .counter, "Journal entries told in a summary only.",
            "journal_entries_coalesced"),
        one(
            "usher_journal_entries_lost_total", .counter, "Journal entries that were lost.", "journal_entries_lost"),
    ]

    private static let bucket = (prefix: "validate_within_", suffix: "us")
    private static let histogram = "usher_validate_seconds"

    /// The text for a daemon that cannot be asked.
    package static let down = up(false)

    /// The whole text, in lines. `server` is name and version of the daemon, as `server.hello` has it.
    package static func lines(_ statistics: ServerStatistics, server: String) -> [String] {
        let version = server.split(separator: "/", maxSplits: 1).last.map(String.init) ?? server
        let build = [
            "# HELP usher_build_info Which build the daemon is.", "# TYPE usher_build_info gauge",
            "usher_build_info{version=\"\(escaped(version))\"} 1",
        ]
        return up(true) + build + lines(statistics.counters) + lines(statistics.services)
    }

    private static func up(_ isUp: Bool) -> [String] {
        [
            "# HELP usher_up Whether the daemon answered.", "# TYPE usher_up gauge", "usher_up \(isUp ? 1 : 0)",
        ]
    }

    /// A value of a label: backslash, quotation mark and line feed are escaped. Other characters that could steer a
    /// terminal, for which the format has no escape, become `?`.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: scalar.steersTerminal ? "?" : String(scalar)
            }
        }.joined()
    }

    /// The metrics of each service.
    static let serviceMetrics = [
        one("usher_service_sessions", .gauge, "Live sessions of a service.", "sessions"),
        one("usher_service_logins_succeeded_total", .counter, "Logins with a session.", "logins_succeeded"),
        one("usher_service_logins_refused_total", .counter, "Logins without one.", "logins_refused"),
        one(
            "usher_service_logins_undecided_total", .counter,
            "Refused logins of which PAM could not find out who it is.", "logins_undecided"),
    ]

    private static func lines(_ services: [ServerStatistics.Service]) -> [String] {
        guard !services.isEmpty else { return [] }
        return serviceMetrics.flatMap { metric in
            ["# HELP \(metric.name) \(metric.help)", "# TYPE \(metric.name) \(metric.kind.rawValue)"]
                + services.compactMap { service in
                    service.counters[metric.counters[0].counter].map {
                        let labels = "service=\"\(escaped(service.name))\",realm=\"\(escaped(service.realm))\""
                        return "\(metric.name){\(labels)} \($0)"
                    }
                }
        }
    }

    /// The counters in lines. Those that this program does not know are metrics without a type, under their name.
    static func lines(_ counters: [String: Int64]) -> [String] {
        var rest = counters
        // The sum of all outcomes but one.
        rest["logins_refused"] = nil
        var lines: [String] = []
        for metric in metrics { lines += self.lines(metric, &rest) }
        lines += histogramLines(&rest)
        for (name, value) in rest.sorted(by: { $0.key < $1.key }) where isName(name) {
            lines += ["# TYPE usher_\(name) untyped", "usher_\(name) \(value)"]
        }
        return lines
    }

    private static func lines(_ metric: Metric, _ rest: inout [String: Int64]) -> [String] {
        var samples: [String] = []
        for (value, counter) in metric.counters {
            guard let figure = rest.removeValue(forKey: counter) else { continue }
            let label = metric.label.map { "{\($0)=\"\(value)\"}" } ?? ""
            samples.append("\(metric.name)\(label) \(decimal(figure, per: metric.divisor))")
        }
        if samples.isEmpty { return [] }
        return ["# HELP \(metric.name) \(metric.help)", "# TYPE \(metric.name) \(metric.kind.rawValue)"] + samples
    }

    private static func histogramLines(_ rest: inout [String: Int64]) -> [String] {
        guard let count = rest.removeValue(forKey: "validate_measured"),
            let sum = rest.removeValue(forKey: "validate_nanoseconds")
        else { return [] }
        var buckets: [(bound: Int64, count: Int64)] = []
        for (name, value) in rest where name.hasPrefix(bucket.prefix) && name.hasSuffix(bucket.suffix) {
            guard let bound = Int64(name.dropFirst(bucket.prefix.count).dropLast(bucket.suffix.count)) else { continue }
            buckets.append((bound, value))
            rest[name] = nil
        }
        let help = "Time that a validation took inside the daemon."
        return ["# HELP \(histogram) \(help)", "# TYPE \(histogram) histogram"]
            + buckets.sorted { $0.bound < $1.bound }.map {
                "\(histogram)_bucket{le=\"\(decimal($0.bound, per: 1_000_000))\"} \($0.count)"
            }
            + [
                "\(histogram)_bucket{le=\"+Inf\"} \(count)", "\(histogram)_sum \(decimal(sum, per: nanoseconds))",
                "\(histogram)_count \(count)",
            ]
    }

    /// `value / divisor` as a decimal fraction, exactly; `divisor` is a power of ten.
    static func decimal(_ value: Int64, per divisor: Int64) -> String {
        guard divisor > 1 else { return "\(value)" }
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: UInt64(divisor))
        var digits = String(String(UInt64(divisor) + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return (value < 0 ? "-" : "") + (digits.isEmpty ? "\(whole)" : "\(whole).\(digits)")
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }
}
