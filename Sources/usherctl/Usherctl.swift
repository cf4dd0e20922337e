import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX

/// The command line over `UsherClient`.
struct Usherctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usherctl",
        abstract: "Log in, look at sessions and end them.",
        discussion: """
            Asks the session daemon of this host. Passwords and tokens are read from the terminal or from standard input, \
            never from arguments or the environment.

            Exit status: 0 done; 1 refused (denied, not valid); 2 wrong usage; 3 the daemon could not be asked, or the answer not written.
            """,
        version: unsafe String(cString: usher_version()),
        subcommands: [
            LoginCommand.self, ValidateCommand.self, ListCommand.self, RevokeCommand.self, RevokeAllCommand.self,
            WatchCommand.self, StatsCommand.self, LimiterCommand.self, DoctorCommand.self, TourCommand.self,
        ])
}

@main
enum Main {
    static func main() async { leave(with: await run(Array(CommandLine.arguments.dropFirst()))) }

    /// Parses and runs; returns the exit status. All that is printed has been printed.
    static func run(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try Usherctl.parseAsRoot(arguments)
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
            return .done
        } catch let status as ExitStatus {
            return status
        } catch let error as UsherError {
            for message in error.messages { printError(sanitized(message.text)) }
            let text = error.text(userName: error.refusedUID.flatMap(name(of:)))
            printError("usherctl: \(sanitized(text))")
            return ExitStatus(error)
        } catch let error as ToolError {
            printError("usherctl: \(sanitized(error.message))")
            return error.status
        } catch let error as SystemError {
            printError("usherctl: \(sanitized(error.description))")
            return .unanswered
        } catch {
            return explain(error)
        }
    }

    /// The name of a user; nil where nobody is called so.
    private static func name(of uid: UInt32) -> String? {
        AccountDatabase.user(uid).entry?.name
    }

    /// Help, or what was wrong with the arguments.
    private static func explain(_ error: any Error) -> ExitStatus {
        let isWrong = Usherctl.exitCode(for: error) != .success
        let message = Usherctl.fullMessage(for: error)
        if isWrong { printError(message) } else { printLine(message) }
        return isWrong ? .wrongUsage : .done
    }
}
