import CLinux

/// `redis-server` on a Unix socket, and one connection to it.
struct Redis {
    static let program = "/usr/bin/redis-server"

    let child: Child
    private let socket: CInt

    /// Nil where it is not installed.
    init?(in directory: String) throws {
        guard unsafe access(Self.program, X_OK) == 0 else { return nil }
        let path = directory + "/redis.sock"
        child = try Child([
            Self.program, "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", directory,
        ])
        socket = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 0)
        var tries = 0
        while unsafe usher_connect(socket, path) < 0 {
            tries += 1
            guard tries < 100_000 else { throw Failure("nobody listens at \(path)") }
            usleep(100)
        }
    }

    /// Stores a record of 100 bytes for each key of 43 characters, then gets random ones; the median.
    func measure(_ show: ([Double]) -> Double) throws -> Double {
        let keys = (0..<ClientBenchmark.sessions).map { Array(("k" + String($0)).padded(43).utf8) }
        let record = [UInt8](repeating: UInt8(ascii: "x"), count: 100)
        for key in keys { try exchange(Self.command([Array("SET".utf8), key, record]), answer: 5) }
        let commands = keys.map { Self.command([Array("GET".utf8), $0]) }
        return try time(show, batches: 10_000, of: 1) { number in
            try exchange(commands[pick(number)], answer: 108)
        }
    }

    private func exchange(_ command: [UInt8], answer size: Int) throws {
        var answer = [UInt8](repeating: 0, count: 256)
        let sent = unsafe command.withUnsafeBytes { unsafe write(socket, $0.baseAddress, $0.count) }
        let got = unsafe answer.withUnsafeMutableBytes { unsafe read(socket, $0.baseAddress, $0.count) }
        guard sent == command.count, got == size else { throw Failure("redis does not answer as it should") }
    }

    /// The arrays of RESP, the protocol of Redis.
    private static func command(_ words: [[UInt8]]) -> [UInt8] {
        words.reduce(into: Array("*\(words.count)\r\n".utf8)) { $0 += Array("$\($1.count)\r\n".utf8) + $1 + [13, 10] }
    }
}
