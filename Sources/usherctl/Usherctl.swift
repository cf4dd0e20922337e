import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherctlText

/// The command line over `UsherClient`.
struct Usherctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usherctl",
        abstract: "Log in, look at sessions and end them.",
        discussion: """
            Asks the session daemon of this host. Passwords and tokens are read from the terminal or from standard input, \
            never from arguments or the environment.

            Exit status: 0 done; 1 refused (denied, not valid); 2 wrong usage; 3 the daemon could not be asked, or the answer \
            not written; 4 a change was begun, and nobody knows whether it was done, or not every host has confirmed it.
            """,
        version: unsafe String(cString: usher_version()),
        subcommands: [
            LoginCommand.self, ValidateCommand.self, ListCommand.self, RevokeCommand.self, RevokeAllCommand.self,
            WatchCommand.self, StatsCommand.self, LimiterCommand.self, DoctorCommand.self, ClusterCommand.self,
            TourCommand.self,
        ])
}

@main
enum Main {
    static func main() async {
        guard let arguments = ProgramArguments.all else {
            complain(ToolFailure(.wrongUsage, "invalid_argument", "an argument is not UTF-8"), asJSON: false)
            leave(with: .wrongUsage)
        }
        leave(with: await run(Array(arguments.dropFirst())))
    }

    /// Parses and runs; returns the exit status. All that is printed has been printed.
    static func run(_ arguments: [String]) async -> ExitStatus {
        let isJSON = arguments.contains("--json")
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
            let isChange = (try? Usherctl.parseAsRoot(arguments)) is any ChangingCommand
            let failure = ToolFailure(error, ofChange: isChange)
            complain(failure, asJSON: isJSON)
            return failure.status
        } catch let error as ToolError {
            let failure = ToolFailure(error)
            complain(failure, asJSON: isJSON)
            return failure.status
        } catch let error as SystemError {
            complain(ToolFailure(.unanswered, "system", error.description), asJSON: isJSON)
            return .unanswered
        } catch {
            return explain(error, arguments, isJSON)
        }
    }

    /// An error as a person reads it, on standard error, or as a program does, on standard output.
    private static func complain(_ failure: ToolFailure, asJSON: Bool) {
        if asJSON { return printJSON(failure.json) }
        for line in failure.lines { printError(line) }
    }

    /// Help, or what was wrong with the arguments.
    private static func explain(_ error: any Error, _ arguments: [String], _ isJSON: Bool) -> ExitStatus {
        let unknown = UnknownCommand(in: arguments)
        if unknown == nil, Usherctl.exitCode(for: error) == .success {
            printLine(Usherctl.fullMessage(for: error))
            return .done
        }
        if isJSON {
            complain(ToolFailure(.wrongUsage, "usage", unknown?.text ?? Usherctl.message(for: error)), asJSON: true)
        } else if let unknown {
            printError("usherctl: \(sanitized(unknown.text))")
        } else {
            printError(Usherctl.fullMessage(for: error))
        }
        return .wrongUsage
    }
}
