import ArgumentParser
import UsherClient
import UsherToolSupport
import UsherctlText

/// `usherctl limiter`.
struct LimiterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limiter", abstract: "Show or forgive what refused logins hold against names.",
        subcommands: [List.self, Clear.self], defaultSubcommand: List.self)

    /// `usherctl limiter list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who has refused logins in a row.",
            discussion: """
                A name is shown once somebody has succeeded under it; other counters stand without one, because people \
                type passwords into the name field. With --user: what is held against that name, whether it exists or not. \
                NEXT TRY is for sources that the user has not succeeded from, the last column for the user's own. \
                Takes the role 'admin'.
                """)

        @OptionGroup var daemon: DaemonOptions
        @Option(help: "This name alone.", completion: DaemonCompletion.users) var user: String?

        func run() throws {
            let report = try daemon.connect().limits(of: user)
            if daemon.json { return report.names.forEach { printJSON($0.json) } }
            printTable([LimitedName.heading] + report.names.map(\.row))
            if report.isCut { printLine("There are more; these are the worst.") }
        }
    }

    /// `usherctl limiter clear`.
    struct Clear: ParsableCommand, ChangingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forgive refused logins, so that nobody has to wait.",
            discussion: "Without --user: to everybody, names that are not known included. Takes the role 'admin'.")

        @OptionGroup var daemon: DaemonOptions
        @Option(help: "This name alone.", completion: DaemonCompletion.users) var user: String?

        func run() throws {
            try daemon.connect().clearLimits(of: user)
            if daemon.json { return printJSON(.object([])) }
            printLine(user.map { "Forgiven: \(sanitized($0))." } ?? "Forgiven: everybody.")
        }
    }
}
