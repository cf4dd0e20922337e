import ArgumentParser
import CLinux
import Logging
import UsherConfiguration
import UsherDaemon
import UsherEngine

/// The session daemon.
@main
struct Usherd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usherd",
        abstract: "Checks credentials through PAM and keeps sessions in memory.",
        discussion: """
            Started by systemd it serves the socket named "api". With --dev it needs neither root nor systemd: it makes its \
            own socket, PAM service and user below one directory and starts usher-pam itself.
            """,
        version: unsafe String(cString: usher_version()))

    @Flag(help: "Run as the embedded default.")
    var dev = false
    @Option(help: "Directory of --dev. By default $XDG_RUNTIME_DIR/usher, else ./.usher.")
    var directory: String?
    @Option(help: "Configuration file. By default \(ConfigurationFiles.usual), if it is there.")
    var config: String?
    @Flag(help: "Read the configuration, print what holds or every error, and end.")
    var check = false
    @Flag(help: "With --check: say whether a peer may call METHOD, and by which entry. Exit status 1: it may not.")
    var explain = false
    @Option(help: "With --explain: the peer's user.")
    var uid: UInt32?
    @Option(help: "With --explain: its primary group.")
    var gid: UInt32?
    @Option(help: ArgumentHelp("With --explain: its supplementary groups.", valueName: "gid,gid..."))
    var groups: String?
    @Argument(help: "With --explain: a method of the protocol, such as session.validate.")
    var method: String?

    @Option(help: "Path of usher-pam for --dev. By default the one beside this program.")
    var broker: String?

    @Flag(help: "With --dev: sessions outlive the process, however it ends but by SIGTERM.")
    var keepSessions = false
    @Option(help: .private)
    var holder: Int32?
    @Option(parsing: .upToNextOption, help: .private)
    var lookUp: [String] = []

    func validate() throws {
        guard dev || (directory == nil && broker == nil && !keepSessions) else {
            throw ValidationError("--directory, --broker and --keep-sessions belong to --dev.")
        }
        guard !explain || (check && uid != nil && gid != nil && method != nil) else {
            throw ValidationError("--explain belongs to --check and takes --uid, --gid and a method.")
        }
        guard explain || (uid == nil && gid == nil && groups == nil && method == nil) else {
            throw ValidationError("--uid, --gid, --groups and a method belong to --explain.")
        }
        guard !(check && dev) else { throw ValidationError("--check and --dev exclude each other.") }
        _ = try supplementaryGroups
    }

    private var supplementaryGroups: [UInt32] {
        get throws {
            try (groups ?? "").split(separator: ",").map { text in
                guard let group = UInt32(text) else { throw ValidationError("--groups takes numbers, such as 4,27.") }
                return group
            }
        }
    }

    /// `--check`.
    private func runCheck() throws {
        var question: PolicyQuestion?
        if explain, let uid, let gid, let method {
            let groups = try supplementaryGroups
            do throws(PolicyQuestion.Fault) {
                question = try PolicyQuestion(uid: uid, gid: gid, groups: groups, method: method)
            } catch {
                throw ValidationError("there is no method \(String(reflecting: method)).")
            }
        }
        let report = ConfigurationCheck(ConfigurationFiles(config)).run(question, lookUp: AccountLookup.now)
        for line in report.lines { print(line) }
        if !report.isFine { throw ExitCode.failure }
    }

    func run() throws {
        if let holder { return DescriptorHolder.run(listener: holder) }
        if !lookUp.isEmpty { throw AccountProcess.run(lookUp) ? ExitCode.success : ExitCode.validationFailure }
        if check { return try runCheck() }
        let output = JournalOutput()
        LoggingSystem.bootstrap { _ in JournalLogHandler(output) }
        var launch = Launch(logger: Logger(label: "usherd"), output: output)
        launch.isDevelopment = dev
        launch.directory = directory
        launch.configuration = config
        launch.broker = broker
        launch.keepsSessions = keepSessions
        throw ExitCode(launch.run())
    }
}
