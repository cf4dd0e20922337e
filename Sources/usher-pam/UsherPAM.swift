import ArgumentParser
import CLinux
import UsherPAMBroker
import UsherPAMProcesses
import UsherPAMWire
import UsherPOSIX
import UsherPrograms

/// The PAM broker: runs one worker process per login for usherd.
@main
struct UsherPAM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher-pam",
        abstract: "Runs PAM transactions for usherd, each in a process of its own.",
        discussion: """
            The listening socket (SOCK_SEQPACKET) comes from systemd, by the name "pam", or from --listen-fd. \
            Only the given client and root may connect.
            """,
        version: unsafe String(cString: usher_version()))

    @Option(help: "Directory of PAM service files, instead of the system's.")
    var serviceDirectory: String?
    @Option(
        help: """
            The file that must stand as /etc/pam.d/other, which PAM asks in place of what a service file lacks. Where \
            another one does, nobody is served. Wanted unless --service-directory is given.
            """)
    var other: String?
    @Option(
        help: """
            The PAM services that are served, separated by commas; a name that ends with * stands for all that begin so. \
            By default those of the unit, \(ServiceList.shipped), or all of --service-directory.
            """)
    var services: String?
    @Option(help: "The lowest uid that logs in, whatever usherd.toml says; 0 lets root in.")
    var minimumUid: UInt32 = 1
    @Option(help: "Path of usher-pam-worker, instead of the one beside this program.")
    var worker: String?
    @Option(help: "Descriptor of a listening socket, instead of systemd's.")
    var listenFd: Int32?
    @Option(help: "Name of the user who may connect.")
    var clientUser: String?
    @Option(help: "Number of the user who may connect; by default the own one.")
    var clientUid: UInt32?
    @Option(help: "Workers that compute at the same time; by default two per core, and one.")
    var maxComputing: Int?
    @Option(help: "Workers that wait for a person at the same time.")
    var maxConversing = 64
    @Option(help: "Transactions that wait for a worker.")
    var maxWaiting = 64
    @Option(help: "Processes and threads that one login may have, before it is ended.")
    var maxTasks = 64
    @Option(help: "Niceness of the workers, 0 to 19.")
    var nice: UInt8 = 0
    @Option(help: "End when the process with this number, which must be the parent, ends.")
    var parent: Int32?
    @Flag(help: "Let workers write to standard error.")
    var workerErrors = false
    /// For tests of what protects usher-pam on kernels without SO_PASSRIGHTS.
    @Flag(help: .private)
    var ignorePassrights = false
    /// For tests of what keeps logins apart on kernels without Landlock's scope of signals, and without Landlock.
    @Flag(help: .private)
    var ignoreSignalScope = false
    @Flag(help: .private)
    var ignoreLandlock = false
    @Flag(inversion: .prefixedNo, help: "Keep a worker started ahead.")
    var spare = true

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
        guard services.map({ ServiceList($0) != nil }) ?? true else {
            throw ValidationError("--services must be names of PAM services, separated by commas.")
        }
        guard nice < 20 else { throw ValidationError("--nice must be 0 to 19.") }
        guard (1...4096).contains(maxConversing), (1...4096).contains(maxWaiting) else {
            throw ValidationError("--max-conversing and --max-waiting must be 1 to 4096.")
        }
        guard (1...4096).contains(maxComputing ?? 1) else {
            throw ValidationError("--max-computing must be 1 to 4096.")
        }
        guard (2...65_536).contains(maxTasks) else { throw ValidationError("--max-tasks must be 2 to 65536.") }
        guard clientUser == nil || clientUid == nil else {
            throw ValidationError("Give either --client-user or --client-uid.")
        }
    }

    func run() throws {
        if ignorePassrights { usher_ignore_passrights() }
        guard ProcessConfinement.begin(parent: parent) else { throw ExitCode.failure }
        let program = worker ?? OwnProgram.beside("usher-pam-worker")
        guard BrokerProcess.isExecutable(program) else {
            throw ValidationError("The worker cannot be executed: \(program)")
        }
        guard serviceDirectory != nil || other != nil else {
            throw ValidationError("With the system's service files, --other must say which service 'other' denies.")
        }
        guard let listener = listenFd ?? BrokerProcess.activatedSocket(named: "pam") else {
            throw ValidationError("No socket named pam from systemd, and no --listen-fd.")
        }
        guard BrokerProcess.isListening(listener) else {
            throw ValidationError("The given descriptor is no listening SOCK_SEQPACKET socket.")
        }
        var configuration = BrokerConfiguration(
            listener: listener, clientUID: try client(), worker: program, limits: limits)
        configuration.serviceDirectory = serviceDirectory
        configuration.other = other
        configuration.services = services.flatMap { ServiceList($0) } ?? (serviceDirectory == nil ? .shipped : nil)
        configuration.minimumUID = minimumUid
        configuration.nice = nice
        configuration.inheritsErrors = workerErrors
        configuration.separation = BrokerProcess.separation(
            ignoringLandlock: ignoreLandlock, ignoringSignalScope: ignoreSignalScope)
        throw ExitCode(try Broker(configuration).run())
    }

    private var limits: BrokerLimits {
        var limits = BrokerLimits(
            computing: maxComputing ?? 2 * BrokerProcess.cores + 1, conversing: maxConversing, waiting: maxWaiting)
        limits.keepsSpare = spare
        limits.tasks = maxTasks
        return limits
    }

    private func client() throws -> UInt32 {
        guard let clientUser else { return clientUid ?? BrokerProcess.ownUID }
        guard let uid = BrokerProcess.uid(of: clientUser) else {
            throw ValidationError("There is no user of that name for --client-user.")
        }
        return uid
    }
}
