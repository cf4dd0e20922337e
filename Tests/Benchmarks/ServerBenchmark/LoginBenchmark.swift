import ArgumentParser
import CLinux
import UsherSecrets
import UsherWire

/// `auth.start` with the right password, against the module of the embedded default.
struct LoginBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Logs in over several connections at once, each waiting for its answer before it asks again.",
        discussion: "Logins need a worker process and a sha512crypt hash each; nothing is pinned.")

    @Option(help: "Numbers of connections.")
    var connections = [1, 2, 8]
    @Option(help: "Seconds of each measurement.")
    var seconds = 5.0

    func run() throws {
        try withTemporaryDirectory { directory in
            let usher = try UsherServer(in: directory + "/usher")
            defer { usher.child.end() }
            _ = try Client(usher.socket).ask { $0.writeRequest(.ping, id: 1) }
            let password = try Self.password(in: file(usher.directory + "/login.json"))
            print(row(["connections", "logins/s", "p50 ms", "p99 ms", "usherd us"]))
            for count in connections { try measure(usher, count, password) }
        }
    }

    /// The generated password: base64url, so that nothing is escaped in it.
    private static func password(in json: String) throws -> String {
        let parts = json.split(separator: "\"")
        guard let key = parts.firstIndex(of: "password"), key + 2 < parts.count else { throw Failure("no password") }
        return String(parts[key + 2])
    }

    /// The frame of one login; each connection names a source of its own, since few may be under way from one. From a
    /// source that has succeeded once, logins are not slowed down for the others' sake.
    static func login(_ user: String, _ password: String, from source: String?) -> Workload.Requests {
        var secret = SecretBytes(capacity: password.utf8.count)
        for byte in password.utf8 { secret.append(byte) }
        let given: SecretBytes? = consume secret
        var frame = FrameBuffer(capacity: 4096)
        _ = frame.writeAuthStart(id: 1, user: user, password: given, context: source.map { [("remote_ip", $0)] } ?? [])
        var requests = Workload.Requests()
        requests.append(frame.copy())
        return requests
    }

    private func measure(_ usher: UsherServer, _ count: Int, _ password: String) throws {
        let requests = (0..<count).map { Self.login("dev", password, from: "192.0.2.\($0 + 1)") }
        for request in requests { _ = try LoginLoad(socket: usher.socket, requests: [request]).run(for: 0) }
        let before = usher.child.cpuTime
        let load = LoginLoad(socket: usher.socket, requests: requests)
        let took = try load.run(for: Int64(seconds * 1e9))
        let cpu = (usher.child.cpuTime - before) / Double(load.latencies.count) / 1000
        let rate = Double(load.latencies.count) / Double(took) * 1e9
        print(
            row([
                String(count), text(rate, 1), text(median(load.latencies)), text(quantile(0.99, of: load.latencies)),
                text(cpu, 1),
            ]))
    }
}

/// Connections that log in again and again.
final class LoginLoad {
    private let socket: String
    private let requests: [Workload.Requests]
    /// Of each login, in milliseconds.
    private(set) var latencies: [Double] = []

    init(socket: String, requests: [Workload.Requests]) {
        self.socket = socket
        self.requests = requests
    }

    /// Logs in for `duration` nanoseconds, then waits for what is in flight. Returns the nanoseconds that it took.
    func run(for duration: Int64) throws -> Int64 {
        let connections = try requests.map { _ in LoadConnection(try connected(to: socket), depth: 1) }
        defer { for connection in connections { close(connection.socket) } }
        var waiting = connections.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
        let start = nanoseconds()
        for (index, connection) in connections.enumerated() { try ask(requests[index], connection) }
        var inFlight = connections.count
        while inFlight > 0 {
            guard unsafe poll(&waiting, nfds_t(waiting.count), 30_000) > 0 else { throw Failure("no answer in 30 s") }
            for (index, connection) in connections.enumerated() where waiting[index].revents != 0 {
                guard try isAnswered(connection) else { continue }
                inFlight -= 1
                guard nanoseconds() - start < duration else { continue }
                try ask(requests[index], connection)
                inFlight += 1
            }
        }
        return nanoseconds() - start
    }

    private func ask(_ request: Workload.Requests, _ connection: LoadConnection) throws {
        connection.append(request, 0, at: nanoseconds())
        try connection.send()
    }

    private func isAnswered(_ connection: LoadConnection) throws -> Bool {
        let count = try connection.receive()
        guard let size = connection.size(at: 0, .prefixed), count >= size else { return false }
        let text = connection.text(4, size - 4)
        guard text.contains("complete") else { throw Failure("refused: " + text) }
        latencies.append(Double(nanoseconds() - connection.takeStart()) / 1e6)
        connection.drop(size)
        return true
    }
}
