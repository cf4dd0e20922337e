import ArgumentParser
import CLinux

/// Frames that are sent without end.
enum Flood {
    static let ping = #"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#
    static let validate =
        #"{"jsonrpc":"2.0","id":1,"method":"session.validate","params":{"token":""# + String(repeating: "A", count: 43)
        + #""}}"#
}

/// A client that floods a socket until it is killed. ``HostileBenchmark`` starts it.
struct FloodBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flood",
        abstract: "Keeps many connections full of frames, or connects over and over, until it is killed.",
        shouldDisplay: false)

    @Argument(help: "The socket.")
    var socket: String
    @Option(help: "The user that connects.")
    var uid: UInt32
    @Option(help: "Connections.")
    var connections = 256
    @Option(help: "The body of every frame; none where it only connects.")
    var body: String

    func run() throws {
        goBehindLoad()
        guard setresgid(uid, uid, uid) == 0, setresuid(uid, uid, uid) == 0 else { throw Failure("not root") }
        if body.isEmpty { try connectForEver() }
        let size = UInt32(body.utf8.count)
        let frame = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } + Array(body.utf8)
        let stream = Array(repeating: frame, count: (64 << 10) / frame.count).flatMap(\.self)
        var clients = try (0..<connections).map { _ in (socket: try connected(to: socket), sent: 0) }
        var answers = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            for index in clients.indices where clients[index].socket >= 0 {
                let client = clients[index]
                let rest = stream[client.sent...]
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe send(client.socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
                }
                if sent > 0 { clients[index].sent = (client.sent + sent) % stream.count }
                // It was turned away.
                if unsafe recv(client.socket, &answers, answers.count, CInt(MSG_DONTWAIT)) == 0 {
                    close(client.socket)
                    clients[index].socket = -1
                }
            }
        }
    }

    private func connectForEver() throws -> Never {
        while true {
            for client in try (0..<connections).map({ _ in try connected(to: socket) }) { close(client) }
        }
    }
}
