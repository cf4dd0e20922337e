import ArgumentParser
import CLinux
import UsherWire

/// How long the daemon takes to serve, and what it holds while nobody asks.
struct StartBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract:
            "Measures from posix_spawn(3) to READY=1 and to the first answer, then the memory of the idle processes.",
        discussion: "The first start makes the directory of --dev, its user and password; the others find them.")

    @Option(help: "Starts.")
    var starts = 30

    func run() throws {
        try withTemporaryDirectory { directory in
            let notices = usher_unix_socket(CInt(SOCK_DGRAM.rawValue), 0)
            defer { close(notices) }
            guard unsafe usher_bind(notices, directory + "/notify") == 0 else {
                throw Failure("no notification socket")
            }
            let first = try start(directory, notices)
            let times = try (0..<starts).map { _ in try start(directory, notices) }
            print(row(["", "READY=1 ms", "answer ms"]))
            print(row(["first", text(first.ready), text(first.answer)]))
            print(row(["p50", text(median(times.map(\.ready))), text(median(times.map(\.answer)))]))
            print(
                row([
                    "p99", text(quantile(0.99, of: times.map(\.ready))), text(quantile(0.99, of: times.map(\.answer))),
                ]))
            try printMemory(directory)
        }
    }

    /// Milliseconds from spawning to readiness, and to the answer to a ping that was sent upon it.
    private func start(_ directory: String, _ notices: CInt) throws -> (ready: Double, answer: Double) {
        let start = nanoseconds()
        let environment = ["NOTIFY_SOCKET=\(directory)/notify"]
        let usher = try UsherServer(in: directory + "/usher", environment: environment)
        defer {
            usher.child.end()
            discard(notices)
        }
        var notice = [UInt8](repeating: 0, count: 256)
        let count = unsafe notice.withUnsafeMutableBytes { unsafe recv(notices, $0.baseAddress, $0.count, 0) }
        guard count > 0, notice.starts(with: "READY=1".utf8) else { throw Failure("usherd did not become ready") }
        let ready = nanoseconds()
        _ = try Client(usher.socket).ask { $0.writeRequest(.ping, id: 1) }
        return (Double(ready - start) / 1e6, Double(nanoseconds() - start) / 1e6)
    }

    /// Forgets what else was notified.
    private func discard(_ notices: CInt) {
        var notice = [UInt8](repeating: 0, count: 256)
        while unsafe notice.withUnsafeMutableBytes({
            unsafe recv(notices, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT))
        }) > 0 {}
    }

    private func printMemory(_ directory: String) throws {
        let usher = try UsherServer(in: directory + "/usher")
        defer { usher.child.end() }
        _ = try Client(usher.socket).ask { $0.writeRequest(.ping, id: 1) }
        usleep(500_000)
        print(row(["idle", "RSS KiB", "PSS KiB"]))
        for process in [usher.child] + usher.child.children.flatMap({ [$0] + $0.children }) {
            let memory = process.memory
            print(row([process.name, String(memory.resident), String(memory.share)]))
        }
    }
}
