import ArgumentParser
import CLinux
import UsherClient

/// `usherctl doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Run a PAM stack as the broker would, and say which module fails and why.",
        discussion: """
            Runs the stack for a user with the settings of usher-pam.service, as its user and in its sandbox, which takes root; \
            without systemd as the user who calls. It asks no daemon and begins no session, but modules count failures and use \
            codes up as they do at a login. It does not read usherd.toml: what the service's entry allows there, the two options \
            say here; what 'usherd --dev' allows it knows. The password and further answers are asked for on the terminal, or are \
            lines of standard input. Exit status 1: the user would not get in, or something is to be mended.
            """)

    @Option(help: "The user to log in.") var user: String
    @Option(help: "The PAM service: the file in /etc/pam.d or /usr/lib/pam.d.") var service = "usher"
    @Flag(help: "The service lets in names without an account of this host: allow_no_account in usherd.toml.")
    var allowNoAccount = false
    @Flag(help: "The service lets in uid 0: allow_root in usherd.toml.") var allowRoot = false
    @Option(help: "A daemon started with 'usherd --dev': its directory. Its stacks are then run as the own user.")
    var directory: String?

    func run() throws {
        if isatty(0) == 1 { try Self.askForAnswers() }
        let rules = ["--allow-no-account": allowNoAccount || directory != nil, "--allow-root": allowRoot]
        let options = ["--doctor", user, "--service", service] + rules.filter(\.value).keys.sorted()
        if let directory {
            guard Self.owns(directory + "/pam.d") else {
                throw UsherError(.forbidden, detail: "\(directory)/pam.d is not yours: its modules would run as you")
            }
            try Self.become([Self.brokerBeside(), "--service-directory", directory + "/pam.d"] + options)
        }
        guard let unit = BrokerUnit() else {
            throw UsherError(.unreachable, detail: "there is no usher-pam.service; is Usher installed?")
        }
        guard BrokerUnit.hasManager else {
            printError("No systemd runs here: without the sandbox of usher-pam.service, as the own user.")
            try Self.become(unit.command + options)
        }
        guard geteuid() == 0 else { throw UsherError(.forbidden, detail: "only root may run the unit's sandbox") }
        try Self.become(
            ["systemd-run", "--quiet", "--wait", "--pipe", "--collect"] + unit.properties + ["--"] + unit.command
                + options)
    }

    /// Asks on the terminal and puts the answers into a pipe that is standard input from then on: never into arguments.
    private static func askForAnswers() throws {
        var ends: [Int32] = [-1, -1]
        guard let terminal = Terminal(), unsafe pipe(&ends) == 0 else { throw ValidationError("no terminal to ask on") }
        var question = "Password:"
        while let answer = terminal.ask(question), answer.count > 0 {
            answer.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { _ = unsafe write(ends[1], $0.baseAddress, $0.count) }
            }
            _ = unsafe write(ends[1], "\n", 1)
            question = "Further answer (none to go on):"
        }
        dup2(ends[0], 0)
        close(ends[0])
        close(ends[1])
    }

    /// lstat(2): whether it is a directory of the own user that no others write.
    private static func owns(_ directory: String) -> Bool {
        var status = stat()
        return unsafe lstat(directory, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
            && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    /// execvp(3).
    private static func become(_ command: [String]) throws -> Never {
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) } + [nil]
        _ = unsafe execvp(command[0], &arguments)
        throw UsherError(.unreachable, detail: "\(command[0]) cannot be run")
    }

    /// The broker that lies beside this program (/proc/self/exe), as it does in a build.
    private static func brokerBeside() -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/usher-pam"
    }
}
