package import UsherClient
package import UsherToolSupport

extension LimitedName {
    /// The heading of the rows.
    package static let heading = [
        "USER", "REALM", "REFUSED", "NEXT TRY", "FROM OWN", "NEXT TRY FROM OWN",
    ]

    /// A row of the table.
    package var row: [String] {
        [
            user ?? "unknown", realm ?? "-", String(failures),
            isCapped ? "when cleared" : Self.text(retryAfter), String(failuresOfKnownSources),
            Self.text(retryAfterOfKnownSources),
        ]
    }

    private static func text(_ wait: Duration) -> String {
        wait > .zero ? "in \(RelativeTime.text(wait.wholeSeconds))" : "now"
    }

    /// An object with all members.
    package var json: JSONValue {
        .object([
            ("user", .optional(user)), ("realm", .optional(realm)), ("failures", .number(Int64(failures))),
            ("failures_known_sources", .number(Int64(failuresOfKnownSources))),
            ("retry_after_ms", .number(Int64(retryAfter / .milliseconds(1)))),
            ("retry_after_known_sources_ms", .number(Int64(retryAfterOfKnownSources / .milliseconds(1)))),
            ("capped", .flag(isCapped)),
        ])
    }
}
