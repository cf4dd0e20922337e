extension StatsGroup {
    /// All groups, in the order in which they are shown.
    static let all: [StatsGroup] = [
        StatsGroup(
            title: "Daemon",
            counters: [
                ("up", "uptime", .seconds), ("memory", "memory_resident_bytes", .bytes),
                ("locked in memory", "memory_locked_bytes", .bytes), ("not locked", "memory_unlocked_bytes", .bytes),
                ("last timer late by", "loop_lag_nanoseconds", .nanoseconds),
                ("latest timer late by", "loop_lag_longest_nanoseconds", .nanoseconds),
                ("journal entries in summaries", "journal_entries_coalesced", .plain),
                ("journal entries lost", "journal_entries_lost", .plain),
            ]),
        StatsGroup(
            title: "Sessions",
            counters: [
                ("live", "sessions", .plain), ("room for", "capacity", .plain),
                ("memory", "sessions_memory_bytes", .bytes), ("memory limit", "sessions_memory_limit_bytes", .bytes),
                ("begun", "sessions_created", .plain), ("with a new token", "sessions_rotated", .plain),
                ("proven anew", "sessions_reauthenticated", .plain), ("changed", "sessions_updated", .plain),
                ("expired", "sessions_expired", .plain), ("revoked", "sessions_revoked", .plain),
                ("ended for a newer one", "sessions_evicted", .plain), ("damaged", "sessions_dropped", .plain),
                ("account expired", "sessions_account_expired", .plain),
                ("account denied", "sessions_account_denied", .plain),
                ("account gone", "sessions_account_unknown", .plain),
                ("account with another uid", "sessions_account_uid", .plain),
                ("account with another password", "sessions_account_password", .plain),
                ("account locked", "sessions_account_locked", .plain),
            ]),
        StatsGroup(
            title: "Logins",
            counters: [
                ("succeeded", "logins_succeeded", .plain), ("refused", "logins_refused", .plain),
                ("  denied", "logins_denied", .plain), ("  rate limited", "logins_rate_limited", .plain),
                ("  password must be changed", "logins_password_change_required", .plain),
                ("  account expired", "logins_account_expired", .plain),
                ("  not permitted", "logins_not_permitted", .plain),
                ("  change failed", "logins_change_failed", .plain), ("  busy", "logins_busy", .plain),
                ("  unavailable", "logins_unavailable", .plain), ("  timeout", "logins_timeout", .plain),
                ("  cancelled", "logins_cancelled", .plain), ("  otherwise", "logins_failed_otherwise", .plain),
                ("undecided", "logins_undecided", .plain), ("asked PAM", "logins_started", .plain),
                ("in progress", "logins_open", .plain), ("failures held against names", "limiter_failures", .plain),
                ("room for names", "limiter_names", .plain), ("account checks", "account_checks", .plain),
                ("account checks undecided", "account_checks_undecided", .plain),
                ("services that deny everybody", "account_services_held", .plain),
            ]),
        StatsGroup(
            title: "PAM workers",
            counters: [
                ("broker connected", "broker_connected", .plain), ("at work", "workers", .plain),
                ("waited for", "logins_queued", .plain),
                ("killed, time over", "workers_timed_out", .plain), ("crashed or broke off", "workers_failed", .plain),
                ("not started", "workers_not_started", .plain), ("turned away", "broker_turned_away", .plain),
            ]),
        StatsGroup(
            title: "Validations",
            counters: [
                ("answered", "validations", .plain), ("said no", "validations_failed", .plain),
                ("longest", "validate_longest_nanoseconds", .nanoseconds),
            ], percentiles: true),
        StatsGroup(
            title: "Clients",
            counters: [
                ("connected", "connections", .plain), ("ever connected", "connections_accepted", .plain),
                ("turned away", "connections_refused", .plain), ("cut off", "connections_cut_off", .plain),
                ("requests", "requests", .plain), ("requests refused", "requests_refused", .plain),
                ("tokens refused", "tokens_refused", .plain), ("subscribers", "subscribers", .plain),
                ("subscribers cut off", "subscribers_cut_off", .plain),
            ]),
    ]
}
