import ArgumentParser
import UsherClient
import UsherToolSupport
import UsherctlText

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

/// `usherctl revoke`.
struct RevokeCommand: ParsableCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a session.",
        discussion: """
            With a handle: that session, which takes the role 'admin', or, with --with-token, another one of the same user. \
            Without: the one whose token is read from the terminal or from standard input. Exit status 1: there was none.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Argument(
        help: "The session's handle.", completion: DaemonCompletion.handles, transform: SessionHandle.parsed)
    var handle: SessionHandle?
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
struct RevokeAllCommand: ParsableCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke-all", abstract: "End all sessions of a user, or of everybody.",
        discussion: """
            Without --user and --everybody: of the user whose token is read from the terminal or from standard input. Logins \
            that are in progress end as well.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "Any user; takes the role 'admin'.", completion: DaemonCompletion.users) var user: String?
    @Flag(help: "Everybody, in the realms that the caller may use; takes the role 'admin'.") var everybody = false
    @Option(help: "With --everybody: this realm alone.") var realm: String?
    @Option(
        help: "A session to keep, by its handle.", completion: DaemonCompletion.handles,
        transform: SessionHandle.parsed)
    var except: SessionHandle?

    func validate() throws {
        guard user == nil || !everybody else { throw ValidationError("give --user or --everybody, not both") }
        guard realm == nil || everybody else { throw ValidationError("--realm belongs to --everybody") }
    }

    func run() throws {
        let owner: SessionOwner =
            if let user { .user(user) } else if everybody { .everybody(realm: realm) } else {
                .token(try SecretInput.token())
            }
        let client = try daemon.connect()
        let revoked = try client.knownRealm(realm) { () throws(UsherError) in
            try client.revokeAll(of: owner, except: except)
        } unsupported: {
            ToolError(
                .refused,
                "nothing ended: a session that hosts share cannot be kept when everybody's end. Without --except that "
                    + "session ends too, and its user logs in again")
        }
        let isShared = revoked == 0 && (try? client.hello())?.cluster != nil
        if isShared, !daemon.json { return printLine("Ended on all hosts; this host had seen none of the sessions.") }
        showRevoked(revoked, daemon)
    }
}

private func showRevoked(_ count: Int, _ daemon: DaemonOptions) {
    if daemon.json { return printJSON(.object([("revoked", .number(Int64(count)))])) }
    printLine(count == 0 ? "There was no such session." : count == 1 ? "1 session ended." : "\(count) sessions ended.")
}

extension SessionHandle {
    /// A handle from an argument.
    static func parsed(_ text: String) throws -> SessionHandle {
        guard let handle = SessionHandle(text) else { throw ValidationError("a handle is h_ and 16 characters") }
        return handle
    }
}
