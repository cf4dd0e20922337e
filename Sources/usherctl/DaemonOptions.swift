import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherctlText

/// Which daemon is asked, and in what form its answers are shown.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The daemon's socket (default: $USHER_SOCKET, else /run/usher/usher.sock).", completion: .file())
    var socket: String?

    @Option(
        help: "A daemon started with 'usherd --dev': its directory. Your own user is then trusted to serve it.",
        completion: .directory)
    var directory: String?

    @Flag(help: "Print one JSON object a line; errors as well.")
    var json = false

    func validate() throws {
        if socket != nil, directory != nil { throw ValidationError("give --socket or --directory, not both") }
        if let path = path, path.utf8.count > 107 { throw ValidationError("the path of the socket is too long") }
    }

    /// The path that was asked for; nil for the default.
    private var path: String? { socket ?? directory.map { $0 + "/usher.sock" } }

    /// The configuration for these options. Its patience is short, because a person waits; it has no cache, because
    /// nothing is asked often enough.
    func configuration(environment: (String) -> String? = environmentVariable) -> ClientConfiguration {
        var configuration =
            if let directory { ClientConfiguration.development(directory: directory) } else {
                ClientConfiguration(
                    socketPath: socket ?? environment("USHER_SOCKET") ?? ClientConfiguration.defaultSocketPath)
            }
        configuration.patience = .seconds(1)
        configuration.cacheCapacity = 0
        return configuration
    }

    /// A client with these options, for tasks. Throws at once if there is no socket: a socket that systemd made stays
    /// while the daemon restarts.
    func client() throws -> UsherClient {
        let configuration = configuration()
        let place = configuration.socketPath
        guard unsafe access(place, F_OK) == 0 || usher_errno() == EACCES else {
            let cause = SystemError.last("access")
            throw ToolError(.unanswered, "no daemon at \(place): \(cause.reason). \(nextStep)")
        }
        return UsherClient(configuration)
    }

    /// The calls of a client with these options.
    func connect() throws -> UsherClient.Blocking { try client().blocking }

    private var nextStep: String {
        if let directory { return "Is 'usherd --dev --directory \(directory)' running?" }
        return "Is usherd.socket started? For 'usherd --dev': --directory DIR."
    }
}

/// getenv(3); an empty variable counts as none.
func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}
