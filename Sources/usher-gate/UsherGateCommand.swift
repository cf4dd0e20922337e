import ArgumentParser
import CLinux
import UnixSignals
import UsherClient
import UsherConfiguration
import UsherEventLoop
import UsherGate
import UsherJournal
import UsherPOSIX
import UsherPrograms
import UsherWebCore

/// The gateway for web tools.
@main
struct UsherGateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher-gate",
        abstract: "Lets people log in to web tools behind nginx, Caddy or Traefik, and tells the proxy who asks.",
        discussion: """
            Started by systemd it serves the socket named "http" for proxies, and the one named "ops" for monitoring. With \
            --directory it uses a usherd --dev of that directory and makes its own sockets there.
            """,
        version: unsafe String(cString: usher_version()), subcommands: [GateDoctor.self])

    /// What can be printed: lines for a proxy, the limits in effect, or a new key for the gates of several hosts.
    enum Printout: String, ExpressibleByArgument, CaseIterable {
        case nginx, caddy, traefik, limits, key
    }

    @Option(
        help: "Configuration file. By default \(GateConfiguration.usualFile).", completion: .file(extensions: ["toml"]))
    var config: String?
    @Flag(help: "Read the configuration, print every error, and end.")
    var check = false
    @Option(
        help: """
            Print lines for the configuration of this proxy, the limits in effect, or a new key for the gates of several \
            hosts, and end.
            """)
    var print: Printout?
    @Option(help: "With --print nginx: those of the server block of this origin.")
    var site: String?
    @Option(help: "With --print nginx: those of a location that this rule protects.")
    var rule: String?
    @Option(help: ArgumentHelp("With --print traefik: where Traefik reaches the gate by TCP.", valueName: "address"))
    var forwarder = "http://127.0.0.1:8089"
    @Option(help: ArgumentHelp("Say what the rules for this address decide, and end.", valueName: "address"))
    var explain: String?
    @Option(help: "With --explain: what they decide about this user, whose groups are looked up.")
    var user: String?
    @Option(help: "Use the usherd --dev of this directory, and make sockets there.", completion: .directory)
    var directory: String?

    func validate() throws {
        guard [check, print != nil, explain != nil].filter(\.self).count <= 1 else {
            throw ValidationError("--check, --print and --explain exclude each other.")
        }
        guard user == nil || explain != nil else { throw ValidationError("--user belongs to --explain.") }
        guard print == .nginx || (site == nil && rule == nil) else {
            throw ValidationError("--site and --rule belong to --print nginx.")
        }
        guard print == .traefik || forwarder == "http://127.0.0.1:8089" else {
            throw ValidationError("--forwarder belongs to --print traefik.")
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
        if print == .key { return Swift.print(Token.fresh().text) }
        let read = reader
        let (reading, faults) = read()
        for fault in faults { Self.complain(fault.description) }
        guard let reading else { throw ExitCode.failure }
        if check { return }
        if let print { return try printLines(reading.configuration, print) }
        if let explain { return try printExplanation(reading.configuration, explain) }
        let journal = GateJournal()
        do { try await serve(reading, read, journal) } catch let error as StartupError {
            journal.record(.startFailed, .critical, ["why": error.description])
            throw ExitCode.failure
        }
    }

    /// Reads the configuration, at the start and at each reload.
    private var reader: GateReading.Source {
        let files = ConfigurationFiles(config, usual: GateConfiguration.usualFile)
        let insecureLocalhost = directory != nil
        return { GateReading.read(files, insecureLocalhost: insecureLocalhost) }
    }

    private func printLines(_ configuration: GateConfiguration, _ printout: Printout) throws {
        let socket = directory.map { $0 + "/gate.sock" } ?? "/run/usher-gate/http.sock"
        let lines = ProxyLines(configuration, socket: socket)
        switch printout {
        case .caddy: return Swift.print(lines.caddy, terminator: "")
        case .traefik: return Swift.print(lines.traefik(forwarder: forwarder), terminator: "")
        case .limits: return Swift.print(configuration.limits.text, terminator: "")
        case .nginx, .key: break
        }
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

    private func printExplanation(_ configuration: GateConfiguration, _ address: String) throws {
        let explanation: AccessExplanation
        do throws(AccessExplanation.Fault) {
            explanation = try AccessExplanation(configuration, address: address)
        } catch {
            Self.complain("usher-gate: \(address): \(error)")
            throw ExitCode.failure
        }
        guard let groups = groups(explanation.groups) else {
            throw ValidationError("there is no user \(String(reflecting: user ?? "")).")
        }
        for line in explanation.lines(of: user, in: groups) { Swift.print(line) }
    }

    /// Which of these groups the user of `--user` is in; nil where there is no such user.
    private func groups(_ names: [String]) -> Access.Groups? {
        guard let user else { return .known([]) }
        do throws(SystemError) {
            return try GroupDirectory.ask(of: user, among: names).map { .known($0) }
        } catch {
            return .unavailable
        }
    }

    private func sockets() throws(StartupError) -> GateSockets {
        if let directory { return try GateSockets(directory: directory) }
        let activation: Activation
        do throws(SystemError) { activation = try Activation() } catch { throw StartupError("systemd", error) }
        return try GateSockets(activation)
    }

    private func serve(_ reading: GateReading, _ read: @escaping GateReading.Source, _ journal: GateJournal)
        async throws
    {
        usher_forbid_cores()
        // Before the sockets are there: whoever finds them may ask for a reload or the end.
        let (reloads, ends) = (
            await UnixSignalsSequence(trapping: .sighup), await UnixSignalsSequence(trapping: .sigterm)
        )
        var reach = directory.map { ClientConfiguration.development(directory: $0) } ?? ClientConfiguration()
        // usherd cuts it down to what the service allows.
        reach.loginDeadline = .seconds(3600)
        // Half as many sessions as the capacity all have their place.
        reach.cacheCapacity = reading.configuration.limits.sessions * 2
        let service = GateService(
            reading, sockets: try sockets(), client: UsherClient(reach), journal: journal, read: read
        )
        try await service.run(reloads: reloads, ends: ends)
    }
}
