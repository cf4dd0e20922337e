import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

/// The built broker, running with a service directory of its own below /tmp; ended and removed by `stop`.
final class RunningBroker {
    /// A file `SERVICE` per member, in a directory that holds `pam.d` and the socket.
    let directory: String
    let pid: pid_t
    private let pidfd: Int32
    private var files: [String] = []

    /// `program` is the broker and how it is called; `errors` is its standard error.
    init(
        _ services: [String: String], _ options: [String] = [], program: [String] = [Programs.broker],
        errors: Int32 = 2
    ) {
        directory = "/tmp/usher-pam-test-\(getpid())-\(Random.word())"
        mkdir(directory, 0o755)
        mkdir(directory + "/pam.d", 0o755)
        let listening = usher_unix_socket(Int32(SOCK_SEQPACKET.rawValue), 0)
        precondition(usher_bind(listening, directory + "/socket") == 0 && listen(listening, 16) == 0)
        defer { close(listening) }
        pid = Programs.spawn(
            program + ["--listen-fd", "3", "--service-directory", directory + "/pam.d", "--minimum-uid", "0"]
                + options,
            descriptors: [3: listening, 2: errors])
        pidfd = usher_pidfd_open(pid)
        files = ["socket"]
        let deny = "auth required pam_deny.so\naccount required pam_deny.so\npassword required pam_deny.so\n"
        for (name, text) in services.merging(["other": deny], uniquingKeysWith: { own, _ in own }) {
            write("pam.d/" + name, text.replacing(directory: directory))
        }
    }

    /// Writes a file of the directory, readable by its owner alone.
    func write(_ name: String, _ text: String) {
        let file = usher_open(directory + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let bytes = Array(text.utf8)
        precondition(CLinux.write(file, bytes, bytes.count) == bytes.count)
        close(file)
        files.append(name)
    }

    func connect() -> PAMClient {
        let socket = usher_unix_socket(Int32(SOCK_SEQPACKET.rawValue), 0)
        precondition(usher_connect(socket, directory + "/socket") == 0)
        return PAMClient(socket)
    }

    /// A connection that has said hello.
    func client() throws -> PAMClient {
        let client = connect()
        client.send(.hello(version: PAMLimits.version))
        _ = try client.receive()
        return client
    }

    /// Processes whose parent is the broker, but the zygote.
    var children: [pid_t] {
        let zygote = zygote
        return family.filter { $0 != zygote }
    }

    /// The process that workers are forked from; 0 while there is none. A worker has its name at first, but comes after
    /// it.
    var zygote: pid_t { family.first { Programs.isRunning($0, named: "usher-zygote") } ?? 0 }

    /// In the order in which they were made (proc(5), children).
    private var family: [pid_t] {
        Programs.text(of: "/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    /// Waits until `condition` holds, looking again whenever a millisecond has passed; false after ten seconds.
    static func eventually(_ condition: () -> Bool) -> Bool {
        let end = usher_boottime() + 10_000_000_000
        while usher_boottime() < end {
            if condition() { return true }
            poll(nil, 0, 1)
        }
        return condition()
    }

    /// Sends a signal and waits for the end: the exit status, or -1 for another end. Nil: it did not end in ten
    /// seconds.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Int32? {
        kill(pid, signal)
        var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        let ended = poll(&wait, 1, 10_000) == 1
        if !ended { kill(pid, SIGKILL) }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        close(pidfd)
        for file in files + ["users", "stray"] { unlink(directory + "/" + file) }
        rmdir(directory + "/pam.d")
        rmdir(directory)
        return ended ? (status & 0x7F == 0 ? status >> 8 & 0xFF : -1) : nil
    }
}

extension Programs {
    /// The content of a file; empty where there is none.
    static func text(of path: String) -> String {
        let file = usher_open(path, O_RDONLY, 0)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }

    /// Whether a process has that name and has not ended (proc(5), stat).
    static func isRunning(_ pid: pid_t, named name: String) -> Bool {
        let words = text(of: "/proc/\(pid)/stat").split(separator: " ").prefix(3)
        return words.count == 3 && words[1] == "(\(name))" && words[2] != "Z"
    }

    /// How many descriptors a process has open (/proc/PID/fd), nil where that cannot be seen.
    static func descriptors(of pid: pid_t) -> Int? {
        let listed = output(of: ["ls", "/proc/\(pid)/fd"])
        return listed.status == 0 ? listed.text.split(separator: "\n").count : nil
    }
}

extension String {
    /// DEV and CHAOS stand for the modules, DIR for the broker's directory, where files of their arguments lie too.
    fileprivate func replacing(directory: String) -> String {
        var result = ""
        for (index, line) in split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ").map { word in
                switch word {
                case "DEV": Programs.devModule
                case "CHAOS": Programs.chaosModule
                default: String(word).replacing(below: directory)
                }
            }
            result += (index == 0 ? "" : "\n") + words.joined(separator: " ")
        }
        return result + "\n"
    }

    private func replacing(below directory: String) -> String {
        let value = firstIndex(of: "=").map { index(after: $0) } ?? startIndex
        if self[value...].hasPrefix("DIR/") { return self[..<value] + directory + self[value...].dropFirst(3) }
        for name in ["file=", "usersfile=", "setsid="] where hasPrefix(name) {
            return name + directory + "/" + dropFirst(name.count)
        }
        return self
    }
}
