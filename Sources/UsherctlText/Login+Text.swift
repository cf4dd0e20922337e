package import UsherClient
package import UsherToolSupport

extension Login {
    /// The token and all else, for a program.
    package var json: JSONValue {
        .object([
            ("token", .text(token.text)), ("session", session.json),
            ("failures_since", .number(Int64(failuresSinceLast))),
            ("last_login", lastLogin.map { .number($0.seconds) } ?? .null),
            ("messages", .list(messages.map { .text($0.words) })),
        ])
    }

    /// What a person wants to know.
    package var words: [String] {
        var lines = ["Logged in as \(sanitized(session.user)), session \(session.handle)."]
        lines.append("It ends at \(session.expires), or at \(session.idleExpires) if it is not used.")
        if let lastLogin { lines.append("Last login: \(lastLogin).") }
        if failuresSinceLast > 0 { lines.append("Refused logins since then: \(failuresSinceLast).") }
        return lines + messages.map { sanitized($0.words, keepsLines: true) }
    }
}
