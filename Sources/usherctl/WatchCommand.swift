import ArgumentParser
import CLinux
import UsherClient
import UsherToolSupport
import UsherctlText

/// `usherctl watch`.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show what happens to sessions, as it happens.",
        discussion: """
            One line an event, until it is interrupted. 'gap' says that events were lost: the daemon was restarted, or they came \
            faster than they could be shown. Takes the role 'watch'.

            Refused logins are shown to those who have the role 'admin' too. A name under which nobody has logged in is \
            'unknown', as in the journal and in 'usherctl limiter': it may be a password that somebody typed into the name field.
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

    /// At SIGINT the program ends at once: each line has been written, so that nothing is left to do. A reader that has
    /// gone shows as EPIPE.
    private func endQuietlyOnInterrupt() {
        usher_ignore_signal(SIGPIPE)
        signal(SIGINT) { _ in _exit(ExitStatus.done.rawValue) }
    }
}

extension SessionEvent.Kind {
    /// A kind from an argument.
    static func parsed(_ name: String) throws -> Self {
        guard let kind = Self(name: name) else { throw ValidationError("there are no events of the kind '\(name)'") }
        return kind
    }
}
