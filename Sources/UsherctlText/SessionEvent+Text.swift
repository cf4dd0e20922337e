package import UsherClient
package import UsherToolSupport

extension SessionEvent {
    /// As the protocol writes an event.
    package var json: JSONValue {
        let texts = [
            ("handle", handle?.text), ("realm", realm), ("service", service), ("user", user), ("reason", reason),
            ("detail", detail), ("source", source), ("client", client), ("host", host),
        ]
        return .object(
            [("kind", .text(kind.name))] + texts.compactMap { name, text in text.map { (name, .text($0)) } }
                + [("at", .number(at.seconds))])
    }

    private static let widths = [20, 13, 18, 16, 10]

    /// The heading of the lines.
    package static var heading: String { line(["TIME", "EVENT", "HANDLE", "USER", "SERVICE", "REASON"]) }

    /// Columns of a table without an end: time, kind, handle, user, service, reason.
    package var line: String {
        let from = [source.map { "from \($0)" }, client.map { "by \($0)" }, host.map { "on \($0)" }].compactMap(\.self)
        return Self.line([
            at.description, kind.name, handle?.text ?? "-", user ?? (kind == .refused ? "unknown" : "-"),
            service ?? "-",
            ([reason ?? "-", detail].compactMap(\.self) + from).joined(separator: " "),
        ])
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, widths).map { padded(sanitized($0), to: $1) + " " }.joined() + sanitized(cells[widths.count])
    }
}
