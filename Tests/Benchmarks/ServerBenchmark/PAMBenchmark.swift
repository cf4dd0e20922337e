import ArgumentParser
import CLinux
import UsherWire

/// Logins through pam_unix, each in a process of its own, beside saslauthd, which uses its processes again.
struct PAMBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pam",
        abstract: "Logs accounts of this host in through pam_unix, by usherd and by saslauthd in turns. Takes root.",
        discussion: """
            Makes an account for each method of hashing, a PAM service for saslauthd, and removes them again. Nothing is \
            pinned; figures are medians over the rounds.
            """)

    @Option(help: "Logins at once.")
    var connections = 8
    @Option(help: "Seconds of each measurement.")
    var seconds = 3.0
    @Option(help: "Rounds of each measurement.")
    var rounds = 5

    @Option(parsing: .upToNextOption, help: "Methods of hashing, as chpasswd(8) names them.")
    var hashes = ["SHA512", "YESCRYPT"]

    private static let stack = "auth required pam_unix.so\naccount required pam_unix.so\n"
    private static let service = "usher-benchmark"

    func run() throws {
        guard geteuid() == 0 else { throw Failure("accounts can be made by root alone") }
        try write(Self.stack, to: "/etc/pam.d/" + Self.service)
        defer { unsafe unlink("/etc/pam.d/" + Self.service) }
        try withTemporaryDirectory { directory in
            let usher = try UsherServer(in: directory + "/usher", stack: Self.stack)
            defer { usher.child.end() }
            _ = try Client(usher.socket).ask { $0.writeRequest(.ping, id: 1) }
            let sasl = try SASLServer(in: directory)
            defer { sasl?.end() }
            print(row(["hash", "usherd/s", "p50 ms", "saslauthd/s", "p50 ms", "ratio"]))
            for method in hashes {
                let account = try Account(method)
                defer { account.remove() }
                try measure(account, method, usher, sasl)
            }
        }
    }

    private func measure(_ account: Account, _ method: String, _ usher: UsherServer, _ sasl: SASLServer?) throws {
        // Without an address, as saslauthd gets none: with one, libaudit asks the kernel for the host's own at each
        // step.
        let requests = (0..<connections).map { _ in LoginBenchmark.login(account.name, account.password, from: nil) }
        for request in requests { _ = try LoginLoad(socket: usher.socket, requests: [request]).run(for: 0) }
        var (own, other): ([Double], [Double]) = ([], [])
        var (ownTimes, otherTimes): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            let load = LoginLoad(socket: usher.socket, requests: requests)
            let took = try load.run(for: Int64(seconds * 1e9))
            own.append(Double(load.latencies.count) / Double(took) * 1e9)
            ownTimes += load.latencies
            guard let sasl else { continue }
            let (rate, times) = try sasl.run(account, Self.service, connections, for: Int64(seconds * 1e9))
            other.append(rate)
            otherTimes += times
        }
        var columns = [method, text(median(own), 1), text(median(ownTimes))]
        if !other.isEmpty {
            let ratios = zip(own, other).map { $0 / $1 }
            columns += [text(median(other), 1), text(median(otherTimes)), text(median(ratios))]
        }
        print(row(columns))
    }
}

/// An account of the host with a password.
struct Account {
    let name: String
    let password: String

    init(_ method: String) throws {
        name = "usherb" + method.prefix(1).lowercased() + String(getpid())
        password = "benchmark-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        try Self.run(["/usr/sbin/useradd", "-M", "-N", "-s", "/usr/sbin/nologin", name])
        try withTemporaryDirectory { directory in
            try write("\(name):\(password)\n", to: directory + "/p")
            try Self.run(["/bin/sh", "-c", "/usr/sbin/chpasswd -c \(method) < \(directory)/p"])
        }
    }

    func remove() { try? Self.run(["/usr/sbin/userdel", name]) }

    private static func run(_ arguments: [String]) throws { waitpid(try Child(arguments).process, nil, 0) }
}

/// `saslauthd -a pam` with as many processes as it has by default.
struct SASLServer {
    private static let program = "/usr/sbin/saslauthd"

    private let child: Child
    private let socket: String

    /// Nil where it is not installed.
    init?(in directory: String) throws {
        guard unsafe access(Self.program, X_OK) == 0 else { return nil }
        socket = directory + "/mux"
        // libpam reads the service `other` with every other one; both servers get the same, one that refuses. In a
        // session of its own: at its end saslauthd signals its whole process group.
        let refusal = ["auth", "account", "password", "session"].map { "\($0) required pam_deny.so\n" }.joined()
        try write(refusal, to: directory + "/other")
        let start = "mount --bind $1/other /etc/pam.d/other && exec setsid \(Self.program) -d -a pam -m $1"
        child = try Child(["/usr/bin/unshare", "--mount", "/bin/sh", "-c", start, "sh", directory])
    }

    /// Ends it and its processes by SIGKILL: at SIGTERM it may wait for a lock that it holds itself.
    func end() {
        for process in child.children { kill(process.process, SIGKILL) }
        child.crash()
    }

    /// Logs in over and over, `count` at once; logins a second, and their times in milliseconds.
    func run(_ account: Account, _ service: String, _ count: Int, for duration: Int64) throws
        -> (rate: Double, times: [Double])
    {
        let request = [account.name, account.password, service, ""].flatMap { text in
            [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 0xFF)] + Array(text.utf8)
        }
        var times: [Double] = []
        let start = nanoseconds()
        var open = try (0..<count).map { _ in try ask(request) }
        while !open.isEmpty {
            var waiting = open.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&waiting, nfds_t(waiting.count), 30_000) > 0 else { throw Failure("saslauthd is silent") }
            for index in waiting.indices.reversed() where waiting[index].revents != 0 {
                times.append(try take(open[index]))
                if nanoseconds() - start < duration { open[index] = try ask(request) } else { open.remove(at: index) }
            }
        }
        return (Double(times.count) / Double(nanoseconds() - start) * 1e9, times)
    }

    private func ask(_ request: [UInt8]) throws -> (socket: CInt, start: Int64) {
        let start = nanoseconds()
        let socket = try connected(to: socket)
        let sent = unsafe request.withUnsafeBytes { unsafe write(socket, $0.baseAddress, $0.count) }
        guard sent == request.count else { throw Failure("saslauthd does not read") }
        return (socket, start)
    }

    /// Two bytes of length, then "OK" or "NO".
    private func take(_ asked: (socket: CInt, start: Int64)) throws -> Double {
        defer { close(asked.socket) }
        var answer = [UInt8](repeating: 0, count: 256)
        let count = unsafe recv(asked.socket, &answer, 4, CInt(MSG_WAITALL))
        guard count == 4, answer[2...3].elementsEqual("OK".utf8) else { throw Failure("saslauthd refused a login") }
        return Double(nanoseconds() - asked.start) / 1e6
    }
}

/// Writes a file of the own user alone.
func write(_ text: String, to path: String) throws {
    let file = unsafe usher_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw Failure("\(path) cannot be written") }
    defer { close(file) }
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
}
