import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherctlText

/// `usherctl doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Run a PAM stack as the broker would, and say which module fails and why.",
        discussion: """
            Runs the stack for a user with the settings of usher-pam.service, drop-ins included, as its user and in its sandbox, \
            which takes root; without systemd as the user who calls. It asks no daemon and begins no session, but modules count \
            failures and use codes up as they do at a login. It does not read usherd.toml: what the service's entry allows \
            there, the two options say here; what 'usherd --dev' allows it knows. What the stack asks is asked on the \
            terminal, or answered by lines of standard input. Exit status 1: the user would not get in, or something is to be \
            mended.
            """)

    @Option(help: "The user to log in.") var user: String
    @Option(
        help: """
            The PAM service: the file in /etc/pam.d or /usr/lib/pam.d (default: usher), or in pam.d of --directory (default: \
            the one that is there).
            """)
    var service: String?
    @Flag(help: "The service lets in names without an account of this host: allow_no_account in usherd.toml.")
    var allowNoAccount = false
    @Flag(help: "The service lets in uid 0: allow_root in usherd.toml.") var allowRoot = false
    @Option(
        help: "A daemon started with 'usherd --dev': its directory. Its stacks are then run as the user who calls.",
        completion: .directory)
    var directory: String?
    @Option(
        help: "Directory of PAM service files, where ExecStart= of usher-pam.service names one.",
        completion: .directory)
    var serviceDirectory: String?

    func validate() throws {
        guard directory == nil || serviceDirectory == nil else {
            throw ValidationError("give --directory or --service-directory, not both")
        }
    }

    func run() throws {
        let isGood = try directory.map(runDevelopment) ?? runInstalled()
        if !isGood { throw ExitStatus.refused }
    }

    /// Runs the doctor in the directory, because the stacks of `usherd --dev` name it as `/proc/self/cwd`.
    private func runDevelopment(_ directory: String) throws -> Bool {
        guard Self.owns(directory + "/pam.d"), unsafe chdir(directory) == 0 else {
            throw ToolError(
                .refused, "\(directory)/pam.d is not a directory of yours alone: its modules would run as you")
        }
        let stacks = "pam.d"
        var options = ["--service-directory", stacks, "--service", try service ?? Self.service(in: stacks)]
        options += ["--allow-no-account", "--allow-root"]
        return try DoctorConversation.run(options + ["--user", user])
    }

    private func runInstalled() throws -> Bool {
        let rules = ["--allow-no-account": allowNoAccount, "--allow-root": allowRoot].filter(\.value).keys.sorted()
        let options =
            rules + (serviceDirectory.map { ["--service-directory", $0] } ?? [])
            + ["--service", service ?? "usher", "--user", user]
        guard DoctorUnit.hasManager else {
            printError("No systemd runs here: without the sandbox of usher-pam.service, as the user who calls.")
            return try DoctorConversation.run(options)
        }
        guard geteuid() == 0 else {
            throw ToolError(.refused, "only root may run the sandbox of usher-pam.service: sudo usherctl doctor")
        }
        return try DoctorUnit().run(options)
    }

    /// The one service of the directory, or `default`, which `usherd --dev` makes.
    private static func service(in stacks: String) throws -> String {
        let names = (try? DirectoryNames.sorted(in: stacks))?.filter { $0 != "other" && !$0.hasPrefix(".") } ?? []
        if names.count == 1 { return names[0] }
        if names.contains("default") { return "default" }
        throw ToolError(
            .wrongUsage,
            "--service says which stack of \(stacks): \(names.isEmpty ? "none is there" : names.joined(separator: ", "))"
        )
    }

    /// lstat(2): whether it is a directory of the caller's uid that no others write.
    private static func owns(_ directory: String) -> Bool {
        var status = stat()
        return unsafe lstat(directory, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
            && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }
}
