import ArgumentParser
import UsherClient
import UsherToolSupport

/// `usherctl validate`.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Show the session that a token proves.",
        discussion: "The token is read from the terminal or from standard input. Exit status 1: it is not valid.")

    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "Do not count this as use of the session.") var noTouch = false

    func run() throws {
        let token = try SecretInput.token()
        guard let session = try daemon.connect().validate(token, touch: !noTouch) else {
            if daemon.json { printJSON(.object([("valid", .flag(false))])) } else { printLine("Not valid.") }
            throw ExitStatus.refused
        }
        if daemon.json {
            printJSON(.object([("valid", .flag(true)), ("session", session.json)]))
        } else {
            printTable(session.rows)
        }
    }
}

/// `usherctl list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the sessions of a user.",
        discussion: "Without --user: of the user whose token is read from the terminal or from standard input.")

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "Any user; takes the role 'admin'.") var user: String?

    func run() throws {
        let sessions = try daemon.connect().sessions(of: try SessionOwner(user: user))
        if daemon.json {
            for session in sessions { printJSON(session.json) }
        } else {
            printTable([Self.heading] + sessions.map(Self.row))
        }
    }

    static let heading = ["HANDLE", "USER", "SERVICE", "METHODS", "CREATED", "LAST SEEN", "ENDS", "FROM"]

    static func row(_ session: Session) -> [String] {
        [
            session.handle.text, session.user, session.service, session.methods.joined(separator: "+"),
            session.created.description, session.lastSeen.description,
            min(session.idleExpires, session.expires).description, session.context["remote_ip"] ?? "-",
        ]
    }
}

/// `usherctl revoke`.
struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a session.",
        discussion: """
            With a handle: that session, which takes the role 'admin', or, with --with-token, another one of the same user. \
            Without: the one whose token is read from the terminal or from standard input. Exit status 1: there was none.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Argument(help: "The session's handle.", transform: SessionHandle.parsed) var handle: SessionHandle?
    @Flag(help: "Show a token of the same user, read from the terminal or from standard input.") var withToken = false

    func run() throws {
        let client = try daemon.connect()
        let revoked =
            if let handle {
                try client.revoke(handle, as: withToken ? try SecretInput.token() : nil)
            } else {
                try client.revoke(try SecretInput.token())
            }
        showRevoked(revoked, daemon)
        if revoked == 0 { throw ExitStatus.refused }
    }
}

/// `usherctl revoke-all`.
struct RevokeAllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke-all", abstract: "End all sessions of a user.",
        discussion: "Without --user: of the user whose token is read from the terminal or from standard input.")

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "Any user; takes the role 'admin'.") var user: String?
    @Option(help: "A session to keep, by its handle.", transform: SessionHandle.parsed) var except: SessionHandle?

    func run() throws {
        let revoked = try daemon.connect().revokeAll(of: try SessionOwner(user: user), except: except)
        showRevoked(revoked, daemon)
    }
}

/// `usherctl stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show the daemon's counters.",
        discussion: "Takes the role 'admin'. What each counter counts is said in PROTOCOL.md, server.stats.")

    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "Print the text exposition format of Prometheus, version 0.0.4.") var prometheus = false

    func validate() throws {
        if prometheus, daemon.json { throw ValidationError("give --json or --prometheus, not both") }
    }

    func run() throws {
        let all = try daemon.connect().stats().counters
        let counters = all.sorted { $0.key < $1.key }
        if prometheus {
            for line in PrometheusText.lines(all) { printLine(line) }
        } else if daemon.json {
            printJSON(.object(counters.map { ($0.key, .number($0.value)) }))
        } else {
            printTable(counters.map { [$0.key, String($0.value)] })
        }
    }
}

private func showRevoked(_ count: Int, _ daemon: DaemonOptions) {
    if daemon.json { return printJSON(.object([("revoked", .number(Int64(count)))])) }
    printLine(count == 0 ? "There was no such session." : count == 1 ? "1 session ended." : "\(count) sessions ended.")
}

extension SessionOwner {
    /// The named user, or the one whose token is read.
    fileprivate init(user: String?) throws {
        if let user { self = .user(user) } else { self = .token(try SecretInput.token()) }
    }
}

extension SessionHandle {
    /// A handle from an argument.
    static func parsed(_ text: String) throws -> SessionHandle {
        guard let handle = SessionHandle(text) else { throw ValidationError("a handle is h_ and 16 characters") }
        return handle
    }
}
