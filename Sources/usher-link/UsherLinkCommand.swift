import ArgumentParser
import CLinux
import UsherEventLoop
import UsherLink
import UsherPOSIX
import UsherPrograms

/// The link between usherd and the store that several hosts share.
@main
struct UsherLinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher-link",
        abstract:
            "Connects usherd with the store that several hosts share, and understands nothing of what it carries.",
        discussion: """
            The listening socket (SOCK_SEQPACKET) comes from systemd, by the name "link", or from --listen-fd. \
            Only the given client and root may connect. The store is Valkey or Redis, 7.0 or newer. Its password is the \
            first line of the credential "store-password" (LoadCredential= of systemd.exec(5)), or of --password-file.
            """,
        version: unsafe String(cString: usher_version()))

    @Option(help: "The store: HOST:PORT, or the path of a Unix socket, such as one of stunnel.")
    var store: String?
    @Option(help: "HOST:PORT of a Sentinel that knows the store; several are given by several options.")
    var sentinel: [String] = []
    @Option(help: "The name by which Sentinels know the store.")
    var primary: String?
    @Option(help: "The user in the store; by default the one without a name.")
    var user: String?
    @Option(help: "File with the password, instead of the credential.")
    var passwordFile: String?
    @Flag(help: "With --sentinel: an old primary serves nobody once there is a new one, so that copies may be 0.")
    var fenced = false
    @Option(help: "File with the password of the Sentinels, instead of the credential \"sentinel-password\".")
    var sentinelPasswordFile: String?
    @Option(
        help: """
            File with the function library, which is loaded where the store lacks it or has an older one, and its user may \
            load it; an empty path: somebody else loads it.
            """)
    var library = "/usr/share/usher/cluster/usher.lua"
    @Option(help: "Descriptor of a listening socket, instead of systemd's.")
    var listenFd: Int32?
    @Option(help: "Name of the user who may connect.")
    var clientUser: String?
    @Option(help: "Number of the user who may connect; by default that of this process.")
    var clientUid: UInt32?
    @Option(help: "With --check: the replicas that must confirm, as copies in usherd.toml says.")
    var copies: Int?
    @Option(
        help: ArgumentHelp("Connect as for the cluster of this name, say what is wrong, and end.", valueName: "name"))
    var check: String?

    /// Parses and runs. Wrong usage ends with 2, as it does in usherctl.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(for: error)
        }
    }

    func validate() throws {
        guard (store == nil) != sentinel.isEmpty else { throw ValidationError("Give either --store or --sentinel.") }
        guard sentinel.isEmpty == (primary == nil) else {
            throw ValidationError("--sentinel and --primary belong together.")
        }
        guard sentinelPasswordFile == nil && !fenced || !sentinel.isEmpty else {
            throw ValidationError("--sentinel-password-file and --fenced belong to --sentinel.")
        }
        guard copies == nil || check != nil else { throw ValidationError("--copies belongs to --check.") }
        guard clientUser == nil || clientUid == nil else {
            throw ValidationError("Give either --client-user or --client-uid.")
        }
        for text in sentinel + [store].compactMap(\.self) where StoreEndpoint(text) == nil {
            throw ValidationError("\(String(reflecting: text)) is neither HOST:PORT nor the path of a Unix socket.")
        }
    }

    func run() throws {
        usher_forbid_cores()
        Signals.block([SIGTERM, SIGINT])
        let configuration = try configured()
        let loop = try EventLoop()
        if let check { return try self.check(check, configuration, loop) }
        let service = try LinkService(
            listener: try listener(), clientUID: try client(), configuration: configuration, loop: loop)
        throw ExitCode(try service.run())
    }

    private func configured() throws -> LinkConfiguration {
        let place: LinkConfiguration.Place =
            if let endpoint = store.flatMap(StoreEndpoint.init) {
                .fixed(endpoint)
            } else {
                .sentinels(sentinel.compactMap(StoreEndpoint.init), primary: primary ?? "")
            }
        let storePassword = try password(passwordFile, "store-password")
        guard storePassword != nil || user == nil else { throw ValidationError("--user wants a password.") }
        var configuration = LinkConfiguration(
            place: place, user: user, password: storePassword, library: try functions())
        configuration.isFenced = fenced
        if !sentinel.isEmpty {
            configuration.sentinelPassword = try password(sentinelPasswordFile, "sentinel-password")
        }
        return configuration
    }

    /// The password in `file`, or in the credential `name`; nil where there is neither.
    private func password(_ file: String?, _ name: String) throws -> StorePassword? {
        let credential = unsafe getenv("CREDENTIALS_DIRECTORY").map { unsafe String(cString: $0) + "/" + name }
        guard let path = file ?? credential.flatMap({ unsafe access($0, F_OK) == 0 ? $0 : nil }) else { return nil }
        do throws(SystemError) { return try StorePassword(file: path) } catch {
            throw ValidationError("The password cannot be read: \(path): \(error.reason)")
        }
    }

    private func functions() throws -> FunctionLibrary? {
        guard !library.isEmpty else { return nil }
        do throws(SystemError) { return FunctionLibrary(try SmallFile.read(library, limit: 1 << 20)) } catch {
            throw ValidationError("The function library cannot be read: \(library): \(error.reason)")
        }
    }

    private func listener() throws -> Int32 {
        guard let listener = listenFd ?? (try? Activation())?.descriptors(named: "link").first else {
            throw ValidationError("No socket named link from systemd, and no --listen-fd.")
        }
        guard LinkService.isListening(listener) else {
            throw ValidationError("The given descriptor is no listening SOCK_SEQPACKET socket.")
        }
        return listener
    }

    private func client() throws -> UInt32 {
        guard let clientUser else { return clientUid ?? geteuid() }
        guard let user = AccountDatabase.user(named: clientUser).entry else {
            throw ValidationError("There is no user of that name for --client-user.")
        }
        return user.uid
    }

    private func check(_ name: String, _ configuration: LinkConfiguration, _ loop: EventLoop) throws {
        let findings = try StoreCheck(configuration, name: name, copies: copies, loop: loop).run()
        for line in findings.lines { print(line) }
        for fault in findings.faults { Self.complain("usher-link: \(fault)") }
        if !findings.faults.isEmpty { throw ExitCode.failure }
    }
}
