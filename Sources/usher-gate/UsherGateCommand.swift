import ArgumentParser
import CLinux
import Logging
import NIOPosix
import UsherClient
import UsherConfiguration
import UsherEventLoop
import UsherGate
import UsherPOSIX
import UsherPrograms
import UsherSecrets
import UsherWebCore

/// The gateway for web tools.
@main
struct UsherGateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher-gate",
        abstract: "Lets people log in to web tools behind nginx or Caddy, and tells the proxy who asks.",
        discussion: """
            Started by systemd it serves the socket named "http" for proxies, and the one named "ops" for monitoring. With \
            --directory it uses a usherd --dev of that directory and makes its own sockets there.
            """,
        version: unsafe String(cString: usher_version()))

    /// Connections of proxies and of monitoring at once: together below 1,024, the usual bound of a process's descriptors.
    private static let connections = 768
    private static let monitors = 32

    /// A proxy that lines can be printed for.
    enum Proxy: String, ExpressibleByArgument, CaseIterable {
        case nginx, caddy
    }

    @Option(help: "Configuration file. By default \(GateConfiguration.usualFile).")
    var config: String?
    @Flag(help: "Read the configuration, print every error, and end.")
    var check = false
    @Option(help: "Print lines for the configuration of this proxy, and end: nginx or caddy.")
    var print: Proxy?
    @Option(help: "With --print nginx: those of the server block of this origin.")
    var site: String?
    @Option(help: "With --print nginx: those of a location that this rule protects.")
    var rule: String?
    @Option(help: "Use the usherd --dev of this directory, and make sockets there.")
    var directory: String?

    func validate() throws {
        guard !(check && print != nil) else { throw ValidationError("--check and --print exclude each other.") }
        guard print == .nginx || (site == nil && rule == nil) else {
            throw ValidationError("--site and --rule belong to --print nginx.")
        }
        guard site == nil || rule == nil else { throw ValidationError("--site and --rule exclude each other.") }
    }

    /// Parses and runs. Wrong usage ends with 2, as it does in usherctl.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            end(for: error)
        }
    }

    func run() async throws {
        let files = ConfigurationFiles(config, usual: GateConfiguration.usualFile)
        let (read, faults) = GateConfiguration.read(files.read(), insecureLocalhost: directory != nil)
        let peers = read.map { Self.peers($0, files.file) }
        for fault in faults + (peers?.faults ?? []) { Self.complain(fault.description) }
        guard let configuration = read, let peers, peers.faults.isEmpty else { throw ExitCode.failure }
        if check { return }
        if let print { return try printLines(configuration, print) }
        do { try await serve(configuration, peers.uids) } catch let error as StartupError {
            Self.complain("usher-gate: \(error)")
            throw ExitCode.failure
        }
    }

    /// The users that proxies run as.
    private static func peers(
        _ configuration: GateConfiguration, _ file: String
    ) -> (uids: Set<UInt32>, faults: [ConfigurationError]) {
        var uids: Set<UInt32> = []
        var faults: [ConfigurationError] = []
        for (index, name) in configuration.proxies.enumerated() {
            if let user = AccountDatabase.user(named: name).entry {
                uids.insert(user.uid)
            } else {
                let message = "there is no user \(String(reflecting: name))"
                faults.append(
                    ConfigurationError(.unknownAccount, file: file, key: "gate.proxies[\(index)]", message: message))
            }
        }
        return (uids, faults)
    }

    private func printLines(_ configuration: GateConfiguration, _ proxy: Proxy) throws {
        let socket = directory.map { $0 + "/gate.sock" } ?? "/run/usher-gate/http.sock"
        let lines = ProxyLines(configuration, socket: socket)
        if proxy == .caddy { return Swift.print(lines.caddy, terminator: "") }
        if let site {
            let origin = Origin(site, insecureLocalhost: configuration.insecureLocalhost)
            guard let text = origin.flatMap(lines.nginx(of:)) else {
                throw ValidationError("--site: neither a site of the configuration nor its portal.")
            }
            return Swift.print(text, terminator: "")
        }
        if let rule {
            guard let text = lines.nginxLocation(of: rule) else {
                throw ValidationError("--rule: there is no such rule.")
            }
            return Swift.print(text, terminator: "")
        }
        Swift.print(lines.nginx, terminator: "")
    }

    private func sockets() throws(StartupError) -> GateSockets {
        if let directory { return try GateSockets(directory: directory) }
        let activation: Activation
        do throws(SystemError) { activation = try Activation() } catch { throw StartupError("systemd", error) }
        return try GateSockets(activation)
    }

    private func serve(_ configuration: GateConfiguration, _ peers: Set<UInt32>) async throws {
        usher_forbid_cores()
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "usher-gate")
        let sockets = try sockets()
        var reach = directory.map { ClientConfiguration.development(directory: $0) } ?? ClientConfiguration()
        // usherd cuts it down to what the service allows.
        reach.loginDeadline = .seconds(3600)
        let loops = MultiThreadedEventLoopGroup.singleton
        let names = Set(configuration.rules.flatMap(\.groups)).sorted()
        let gate = sockets.key.bytes.withBytes { key in
            Gate(
                configuration, key: key, client: UsherClient(reach), groups: GroupDirectory(groups: names, loops),
                logger: logger)
        }
        let proxies = GateServer(group: loops, logger: logger, peers: peers, capacity: Self.connections) {
            await gate.answer(GateRequest($0))
        }
        let operations = GateServer(group: loops, logger: logger, peers: nil, capacity: Self.monitors) {
            gate.operation($0)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await gate.watch() }
            tasks.addTask { try await proxies.run(sockets.http) }
            if let socket = sockets.operations { tasks.addTask { try await operations.run(socket) } }
            ServiceManager.notify("READY=1")
            // None of these ends by itself: where one fails the process ends, and systemd starts it anew.
            try await tasks.next()
            tasks.cancelAll()
        }
    }
}
