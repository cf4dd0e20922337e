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
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "Show this kind only (may be given again): \(Self.kinds).", transform: SessionEvent.Kind.parsed)
    var kind: [SessionEvent.Kind] = []
    @Option(help: "Show this user's sessions only.") var user: String?

    private static var kinds: String { SessionEvent.Kind.all.map(\.name).joined(separator: ", ") }

    func run() async throws {
        endQuietlyOnInterrupt()
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
            ("detail", detail),
        ]
        return .object(
            [("kind", .text(kind.name))] + texts.compactMap { name, text in text.map { (name, .text($0)) } }
                + [("at", .number(at.seconds))])
    }

    /// Columns of a table without an end: time, kind, handle, user, service, reason.
    var line: String {
        let cells = [
            (at.description, 20), (kind.name, 13), (handle?.text ?? "-", 18), (user ?? "-", 16), (service ?? "-", 10),
        ]
        let columns = cells.map { text, width in
            let clean = sanitized(text)
            return clean + String(repeating: " ", count: max(0, width - clean.count)) + "  "
        }
        return columns.joined() + sanitized([reason ?? "-", detail].compactMap(\.self).joined(separator: " "))
    }
}

extension SessionEvent.Kind {
    /// A kind from an argument.
    static func parsed(_ name: String) throws -> Self {
        guard let kind = Self(name: name) else { throw ValidationError("there are no events of the kind '\(name)'") }
        return kind
    }
}
