import ArgumentParser
import CLinux
import UsherClient
import UsherToolSupport

/// `usherctl watch`.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show what happens to sessions, as it happens.",
        discussion: """
            One line an event, until it is interrupted. 'gap' says that events were lost: the daemon was restarted, or they came \
            faster than they could be shown. Takes the role 'watch'.

            Refused logins are shown to those who have the role 'admin' too, under the name as typed: that may be a password \
            which somebody typed into the name field.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(
        help: "Show this kind only (may be given again): \(Self.kinds).",
        completion: .list(SessionEvent.Kind.all.map(\.name)), transform: SessionEvent.Kind.parsed)
    var kind: [SessionEvent.Kind] = []
    @Option(help: "Show this user's sessions only.", completion: DaemonCompletion.users) var user: String?

    private static var kinds: String { SessionEvent.Kind.all.map(\.name).joined(separator: ", ") }

    func run() async throws {
        endQuietlyOnInterrupt()
        if !daemon.json, isatty(1) == 1 { printLine(SessionEvent.heading) }
        for try await event in try daemon.client().events(kinds: Set(kind), user: user) {
            if daemon.json { printJSON(event.json) } else { printLine(event.line) }
        }
    }

    /// Each line is written at once, so that there is nothing left to do. A reader that has gone shows as EPIPE.
    private func endQuietlyOnInterrupt() {
        usher_ignore_signal(SIGPIPE)
        signal(SIGINT) { _ in _exit(ExitStatus.done.rawValue) }
    }
}

extension SessionEvent {
    /// As the protocol writes an event.
    var json: JSONValue {
        let texts = [
            ("handle", handle?.text), ("realm", realm), ("service", service), ("user", user), ("reason", reason),
            ("detail", detail), ("source", source), ("client", client),
        ]
        return .object(
            [("kind", .text(kind.name))] + texts.compactMap { name, text in text.map { (name, .text($0)) } }
                + [("at", .number(at.seconds))])
    }

    private static let widths = [20, 13, 18, 16, 10]

    /// The heading of the lines.
    static var heading: String { line(["TIME", "EVENT", "HANDLE", "USER", "SERVICE", "REASON"]) }

    /// Columns of a table without an end: time, kind, handle, user, service, reason.
    var line: String {
        let from = [source.map { "from \($0)" }, client.map { "by \($0)" }].compactMap(\.self)
        return Self.line([
            at.description, kind.name, handle?.text ?? "-", user ?? "-", service ?? "-",
            ([reason ?? "-", detail].compactMap(\.self) + from).joined(separator: " "),
        ])
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, widths).map { padded(sanitized($0), to: $1) + " " }.joined() + sanitized(cells[widths.count])
    }
}

extension SessionEvent.Kind {
    /// A kind from an argument.
    static func parsed(_ name: String) throws -> Self {
        guard let kind = Self(name: name) else { throw ValidationError("there are no events of the kind '\(name)'") }
        return kind
    }
}
