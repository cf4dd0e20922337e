import ArgumentParser
import Logging
import UsherDaemon

/// The session daemon.
@main
struct Usherd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usherd",
        abstract: "Checks credentials through PAM and keeps sessions in memory.",
        discussion: """
            Started by systemd it serves the socket named "api". With --dev it needs neither root nor systemd: it makes its \
            own socket, PAM service and user below one directory and starts usher-pam itself.
            """)

    @Flag(help: "Run as the embedded default.")
    var dev = false
    @Option(help: "Directory of --dev. By default $XDG_RUNTIME_DIR/usher, else ./.usher.")
    var directory: String?
    @Option(help: "Configuration file. By default \(Launch.configurationFile), if it is there.")
    var config: String?
    @Option(help: "Path of usher-pam for --dev. By default the one beside this program.")
    var broker: String?

    @Flag(help: "With --dev: sessions outlive the process, however it ends but by SIGTERM.")
    var keepSessions = false
    @Option(help: .private)
    var holder: Int32?

    func validate() throws {
        guard dev || (directory == nil && broker == nil && !keepSessions) else {
            throw ValidationError("--directory, --broker and --keep-sessions belong to --dev.")
        }
    }

    func run() throws {
        if let holder { return DescriptorHolder.run(listener: holder) }
        LoggingSystem.bootstrap { _ in LineLogHandler() }
        var launch = Launch(logger: Logger(label: "usherd"))
        launch.isDevelopment = dev
        launch.directory = directory
        launch.configuration = config
        launch.broker = broker
        launch.keepsSessions = keepSessions
        let status: Int32
        do throws(StartupError) {
            status = try launch.run()
        } catch {
            launch.logger.critical("\(error)")
            throw ExitCode.failure
        }
        throw ExitCode(status)
    }
}
