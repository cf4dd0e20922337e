package import UsherClient

/// The daemon's counters for a person: what is wrong, then groups with units.
package struct StatsReport {
    private let counters: [String: Int64]
    private let services: [ServerStatistics.Service]

    /// A report of all that the daemon counts.
    package init(_ statistics: ServerStatistics) {
        self.init(statistics.counters, statistics.services)
    }

    init(_ counters: [String: Int64], _ services: [ServerStatistics.Service] = []) {
        self.counters = counters
        self.services = services
    }

    /// All lines; none is longer than 80 columns.
    package var lines: [String] {
        verdict
            + StatsGroup.all.flatMap { group in
                let rows = group.rows(counters)
                return rows.isEmpty ? [] : ["", group.title] + TextTable(rows: rows.map { ["  " + $0, $1] }).lines()
            } + serviceLines + otherLines
    }

    private var verdict: [String] {
        let faults = StatsFault.all.compactMap { $0.text(counters) }
        guard !faults.isEmpty else { return ["Nothing is wrong."] }
        return faults.enumerated().map { ($0 == 0 ? "Wrong: " : "       ") + $1 }
    }

    private var serviceLines: [String] {
        guard !services.isEmpty else { return [] }
        let heading = ["  SERVICE", "REALM", "SESSIONS", "LOGINS", "REFUSED", "UNDECIDED"]
        let rows = services.map { service in
            ["  " + service.name, service.realm]
                + ["sessions", "logins_succeeded", "logins_refused", "logins_undecided"].map {
                    "\(service.counters[$0] ?? 0)"
                }
        }
        return ["", "Services"] + TextTable(rows: [heading] + rows, flexible: [0, 1]).lines(width: 80)
    }

    /// Counters of a newer daemon.
    private var otherLines: [String] {
        let known = Set(StatsGroup.all.flatMap(\.names))
        let rest = counters.filter { !known.contains($0.key) && !$0.key.hasPrefix("validate_within_") }
        let rows = rest.sorted { $0.key < $1.key }.map { ["  " + $0.key, "\($0.value)"] }
        return rows.isEmpty ? [] : ["", "Others"] + TextTable(rows: rows).lines()
    }
}

/// Something that an administrator must look at, and the counter that tells it.
struct StatsFault: Sendable {
    /// The sentence; nil unless the counters show the fault.
    let text: @Sendable ([String: Int64]) -> String?

    private static func counted(_ name: String, _ words: String) -> StatsFault {
        StatsFault { counters in counters[name].flatMap { $0 > 0 ? "\($0) \(words)" : nil } }
    }

    private static func filled(_ used: String, _ limit: String, _ words: String) -> StatsFault {
        StatsFault { counters in
            guard let used = counters[used], let limit = counters[limit], limit > 0, used >= limit / 10 * 9 else {
                return nil
            }
            // The product may not fit, and the share of a whole is at most 100.
            let percent = limit.dividingFullWidth(min(used, limit).multipliedFullWidth(by: 100)).quotient
            return "\(words): \(percent) % used"
        }
    }

    static let all = [
        filled("sessions", "capacity", "room for sessions (limits.capacity)"),
        filled("sessions_memory_bytes", "sessions_memory_limit_bytes", "memory of sessions (limits.memory)"),
        counted("logins_undecided", "logins undecided: a directory is away, or a file unreadable"),
        counted("workers_failed", "logins whose PAM modules crashed or broke off"),
        counted("workers_timed_out", "logins killed as their time was over"),
        counted("workers_not_started", "logins without a worker or a PAM service"),
        counted("broker_turned_away", "logins turned away, as usher-pam had no room"),
        counted("account_checks_undecided", "checks of accounts without an answer"),
        counted("account_services_held", "services deny everybody, which ends no session"),
        counted("memory_unlocked_bytes", "bytes of sessions may be written to swap"),
        counted("sessions_dropped", "sessions were damaged, and ended, at a restart"),
        counted("journal_entries_lost", "journal entries are lost"),
    ]
}
