import ArgumentParser
import CLinux
import UsherClient
import UsherToolSupport
import UsherctlText

/// `usherctl list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show who is logged in.",
        discussion: """
            Without options: the sessions of everybody, in the realms that the caller may use, which takes the role 'admin'. \
            With --with-token: those of the user whose token is read from the terminal or from standard input. \
            Where hosts share sessions, those of one user are listed as all hosts have them, and those of everybody as \
            far as this host has seen them.

            On a terminal the table fits it, and times are told from now; elsewhere, or with --wide, it has every column. \
            With --json the sessions are not sorted, and there is no limit.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "This user alone; takes the role 'admin'.", completion: DaemonCompletion.users) var user: String?
    @Option(help: "This service alone.", completion: DaemonCompletion.services) var service: String?
    @Option(help: "This realm alone, of everybody's sessions.") var realm: String?
    @Flag(help: "The user whose token is read.") var withToken = false
    @Option(help: "What to sort by.") var sort = SessionSelection.Order.oldest
    @Option(help: "The most sessions to show; the first by --sort.") var limit = 1000
    @Flag(help: "Show every column, and times in UTC.") var wide = false

    func validate() throws {
        guard user == nil || !withToken else { throw ValidationError("give --user or --with-token, not both") }
        guard realm == nil || (user == nil && !withToken) else {
            throw ValidationError("--realm is for everybody's sessions: without --user and --with-token")
        }
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is 1 to 100000") }
    }

    func run() throws {
        let owner = try owner()
        let client = try daemon.connect()
        var selection = SessionSelection(service: service, order: sort, limit: limit)
        var (cursor, pieces, isPartial) = (String?.none, PieceCount(), false)
        repeat {
            try pieces.next()
            let page = try client.knownRealm(realm) { () throws(UsherError) in
                try client.sessionPage(of: owner, from: cursor)
            }
            for session in page.sessions {
                if !daemon.json {
                    selection.add(session)
                } else if selection.wants(session) {
                    printJSON(session.json)
                }
            }
            cursor = page.next
            isPartial = isPartial || page.isPartial
        } while cursor != nil
        if !daemon.json { show(selection) }
        if isPartial { printError(Self.partial(owner)) }
    }

    private static func partial(_ owner: SessionOwner) -> String {
        if case .everybody = owner {
            return "Only sessions that this host has seen: --user lists those of a user on all hosts."
        }
        return "Only sessions that this host has seen: the other hosts cannot be asked now."
    }

    private func owner() throws -> SessionOwner {
        if let user { return .user(user) }
        return withToken ? .token(try SecretInput.token()) : .everybody(realm: realm)
    }

    private func show(_ selection: SessionSelection) {
        let sessions = selection.sessions
        let width = usher_terminal_columns(1)
        let isNarrow = !wide && width > 0
        let lines =
            isNarrow ? SessionTable.narrow(sessions, .current, width: Int(width)) : SessionTable.wide(sessions)
        for line in lines { printLine(line) }
        let more = selection.count - sessions.count
        if more > 0 { printError("\(more) more: --limit, --user, --service or --realm say which to show.") }
    }
}

extension UsherClient.Blocking {
    /// Runs `body`; throws a sentence of its own if the daemon does not know `realm`, and that of `unsupported` if it
    /// does not offer this.
    func knownRealm<R>(
        _ realm: String?, _ body: () throws(UsherError) -> R, unsupported: () -> ToolError? = { nil }
    ) throws -> R {
        do throws(UsherError) { return try body() } catch {
            if error.code == .unsupported, let refusal = unsupported() { throw refusal }
            guard let realm, error.code == .invalidRequest else { throw error }
            throw ToolError(.wrongUsage, "there is no realm '\(realm)' that you may use")
        }
    }
}
