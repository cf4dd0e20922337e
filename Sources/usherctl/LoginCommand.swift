import ArgumentParser
import UsherClient
import UsherToolSupport
import UsherctlText

/// `usherctl login`.
struct LoginCommand: ParsableCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Log a user in through PAM and begin a session.",
        discussion: """
            Asks what PAM asks, on the terminal. With --password-stdin each line of standard input answers one question, the \
            password being the first.

            The token, which is as good as the password, is shown only with --print-token, alone on standard output, or with \
            --json.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Argument(help: "The name to log in with.") var user: String
    @Option(
        help: "A service of the daemon's configuration (default: the first that you may use).",
        completion: DaemonCompletion.services)
    var service: String?
    @Flag(help: "Read the password and further answers from standard input.") var passwordStdin = false
    @Flag(help: "Print the session's token.") var printToken = false

    func run() throws {
        guard passwordStdin || Terminal() != nil else {
            throw ToolError(.wrongUsage, "there is no terminal to ask on; --password-stdin reads from standard input")
        }
        let client = try daemon.connect()
        let input = SecretInput(isStandardInput: passwordStdin)
        let login: Login
        do throws(UsherError) {
            login = try client.login(user: user, password: try password(input), service: service) { challenge in
                input.answers(to: challenge)
            }
        } catch {
            if let fault = input.fault { throw fault }
            throw error
        }
        show(login)
    }

    private func password(_ input: SecretInput) throws(UsherError) -> Secret? {
        guard passwordStdin else { return nil }
        guard let line = input.line() else { throw UsherError(.cancelled) }
        return line
    }

    private func show(_ login: Login) {
        if daemon.json { return printJSON(login.json) }
        let words = login.words
        if printToken {
            printError(words.joined(separator: "\n"))
            printLine(login.token.text)
        } else {
            for line in words { printLine(line) }
        }
    }
}
