import CLinux

/// A store that speaks RESP, on a Unix socket: one thread, nothing on disk.
struct StoreServer {
    /// Where the program of a store lies.
    struct Program {
        let name: String
        let path: String

        /// Debian's package redis-server.
        static let redis = Program(name: "Redis", path: "/usr/bin/redis-server")
        /// The path stands in USHER_VALKEY; `Tests/Benchmarks/run` sets it.
        static let valkey = Program(
            name: "Valkey", path: unsafe getenv("USHER_VALKEY").map { unsafe String(cString: $0) } ?? "")

        /// Those that are installed, the faster one first.
        static var installed: [Program] { [valkey, redis].filter { unsafe access($0.path, X_OK) == 0 } }
    }

    let program: Program
    let child: Child
    let socket: String

    init(_ program: Program, in directory: String, cpu: Int) throws {
        self.program = program
        socket = directory + "/\(program.name).sock"
        child = try Child(
            [
                program.path, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no",
                "--io-threads", "1", "--dir", directory, "--loglevel", "warning",
            ], cpu: cpu)
    }

    /// Stores a record of 100 bytes with an expiry under each of `keys`, a hundred at once.
    func store(_ keys: some RandomAccessCollection<[UInt8]>) throws {
        let socket = try connected(to: socket)
        defer { close(socket) }
        let record = [UInt8](repeating: UInt8(ascii: "x"), count: 100)
        var answers = [UInt8](repeating: 0, count: 5 * 100)
        var rest = keys[...]
        while !rest.isEmpty {
            let some = rest.prefix(100)
            rest = rest.dropFirst(some.count)
            let commands = some.flatMap {
                Self.command([Array("SET".utf8), $0, record, Array("EX".utf8), Array("43200".utf8)])
            }
            let sent = unsafe commands.withUnsafeBytes { unsafe write(socket, $0.baseAddress, $0.count) }
            let got = unsafe answers.withUnsafeMutableBytes {
                unsafe recv(socket, $0.baseAddress, 5 * some.count, CInt(MSG_WAITALL))
            }
            guard sent == commands.count, got == 5 * some.count, answers[0] == UInt8(ascii: "+") else {
                throw Failure("\(program.name) refused a SET")
            }
        }
    }

    /// Stores records under `keys`; the work of getting them.
    func gets(_ keys: some RandomAccessCollection<[UInt8]>) throws -> Workload {
        try store(keys)
        var requests = Workload.Requests()
        for key in keys { requests.append(Self.command([Array("GET".utf8), key])) }
        // `$100`, the record, each with CR LF.
        return Workload(socket: socket, requests: requests, framing: .fixed(108), mark: (1, UInt8(ascii: "1")))
    }

    /// The arrays of RESP, the protocol of Redis and Valkey.
    private static func command(_ words: [[UInt8]]) -> [UInt8] {
        words.reduce(into: Array("*\(words.count)\r\n".utf8)) { $0 += Array("$\($1.count)\r\n".utf8) + $1 + [13, 10] }
    }
}
