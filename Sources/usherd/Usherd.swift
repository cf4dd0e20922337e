import ArgumentParser
import CLinux
import UsherConfiguration
import UsherDaemon
import UsherEngine
import UsherJournal
import UsherPrograms

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
    @Flag(help: "Read the configuration, print what is in effect by it, or every error, and end.")
    var check = false
    @Flag(help: "With --check: print errors and warnings alone, on standard error.")
    var quiet = false
    @Flag(
        help: """
            With --check: say whether a peer may call METHOD, or which methods, and by which entry. Exit status 1: it may \
            not.
            """)
    var explain = false
    @Option(
        help: ArgumentHelp(
            """
            With --dev: a user to log in as; give it again for further ones. A password is generated where none is given, and \
            stands in login.json. 'otp' asks for a one-time code too, always the same one, generated or CODE. 'expired' demands \
            a new password. With --explain: the peer's user, by name; its groups are looked up.
            """, valueName: "name[:password][,otp[=code]][,expired]"))
    var user: [String] = []
    @Flag(help: "With --dev: all users are asked for a one-time code.")
    var otp = false
    @Flag(help: "With --dev: the passwords of all users have expired.")
    var expired = false
    @Option(help: "With --explain: the peer's user, by number.")
    var uid: UInt32?
    @Option(help: "With --explain and --uid: its primary group.")
    var gid: UInt32?
    @Option(help: ArgumentHelp("With --explain and --uid: its supplementary groups.", valueName: "gid,gid..."))
    var groups: String?
    @Argument(help: "With --explain: a method of the protocol, such as session.validate. By default all.")
    var method: String?

    @Option(help: "Path of usher-pam for --dev. By default the one beside this program.")
    var broker: String?

    @Option(help: "With --dev: end when the process with this number, which must be the parent, ends.")
    var parent: Int32?
    @Flag(help: "With --dev: sessions outlive the process, however it ends but by SIGTERM.")
    var keepSessions = false
    /// For tests of usherd's protection on kernels without SO_PASSRIGHTS. It is an option and no environment variable:
    /// a person who may write the command line may do anything to the daemon.
    @Flag(help: .private)
    var ignorePassrights = false
    @Option(help: .private)
    var holder: Int32?

    func validate() throws {
        guard dev || (directory == nil && broker == nil && !keepSessions && !otp && !expired && parent == nil) else {
            throw ValidationError(
                "--directory, --otp, --expired, --broker, --parent and --keep-sessions belong to --dev.")
        }
        guard check || !(explain || quiet) else { throw ValidationError("--explain and --quiet belong to --check.") }
        guard !(explain && quiet) else { throw ValidationError("--explain and --quiet exclude each other.") }
        guard explain || (uid == nil && gid == nil && groups == nil && method == nil) else {
            throw ValidationError("--uid, --gid, --groups and a method belong to --explain.")
        }
        guard explain || dev || user.isEmpty else { throw ValidationError("--user belongs to --dev or --explain.") }
        guard
            !explain || (user.count == 1 && uid == nil && gid == nil && groups == nil)
                || (user.isEmpty && uid != nil && gid != nil)
        else {
            throw ValidationError("--explain takes either --user, or --uid and --gid.")
        }
        guard !(check && dev) else { throw ValidationError("--check and --dev exclude each other.") }
        _ = try supplementaryGroups
        if dev { _ = try developmentUsers }
    }

    /// The users of `--dev`.
    private var developmentUsers: [DevUser] {
        get throws {
            var users: [DevUser]
            do throws(DevUser.Fault) { users = try user.map { text throws(DevUser.Fault) in try DevUser(text) } } catch
            {
                throw ValidationError("--user: \(error).")
            }
            guard users.count <= DevUser.maximumCount, Set(users.map { Array($0.name.utf8) }).count == users.count
            else {
                throw ValidationError("--user: at most \(DevUser.maximumCount) users, each once.")
            }
            if users.isEmpty { users = [.usual] }
            for index in users.indices {
                if otp, users[index].code == nil { users[index].code = .generated }
                if expired { users[index].isExpired = true }
            }
            return users
        }
    }

    private var supplementaryGroups: [UInt32] {
        get throws {
            try (groups ?? "").split(separator: ",").map { text in
                guard let group = UInt32(text) else { throw ValidationError("--groups takes numbers, such as 4,27.") }
                return group
            }
        }
    }

    /// `--check`. As root it also looks whether the daemon's user can read the files.
    private func runCheck() throws {
        let daemon = geteuid() == 0 ? HostUser(HostUser.daemon) : nil
        // systemd sets the variable for every process of a unit (systemd.exec(5)).
        let isOfUnit = unsafe getenv("INVOCATION_ID") != nil && daemon == nil
        let check = ConfigurationCheck(ConfigurationFiles(config), daemon: daemon, isOfUnit: isOfUnit)
        let report = check.run(try question, lookUp: AccountLookup.now)
        for line in report.complaints { Self.complain(line) }
        if !quiet { for line in report.output { print(line) } }
        if !report.isFine { throw ExitCode.failure }
    }

    /// `--explain`.
    private var question: PolicyQuestion? {
        get throws {
            guard explain else { return nil }
            do {
                if let uid, let gid {
                    return try PolicyQuestion(uid: uid, gid: gid, groups: try supplementaryGroups, method: method)
                }
                guard let peer = HostUser(user.first ?? "") else {
                    throw ValidationError("there is no user \(String(reflecting: user.first ?? "")).")
                }
                return try PolicyQuestion(
                    name: peer.name, uid: peer.uid, gid: peer.gid, groups: peer.groups, method: method)
            } catch is PolicyQuestion.Fault {
                throw ValidationError("there is no method \(String(reflecting: method ?? "")).")
            }
        }
    }

    /// Parses and runs. Wrong usage ends with 2, as it does in usherctl.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(for: error)
        }
    }

    func run() throws {
        if ignorePassrights { usher_ignore_passrights() }
        if let holder { return DescriptorHolder.run(listener: holder) }
        if check { return try runCheck() }
        var launch = Launch(output: JournalOutput(of: "usherd"))
        launch.isDevelopment = dev
        launch.directory = directory
        launch.users = try developmentUsers
        launch.parent = parent
        launch.configuration = config
        launch.broker = broker
        launch.keepsSessions = keepSessions
        launch.ignoresPassrights = ignorePassrights
        throw ExitCode(launch.run())
    }
}
