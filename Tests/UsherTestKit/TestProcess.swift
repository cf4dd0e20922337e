import CLinux

/// A program under test, ended and reaped at the latest with this value.
package final class TestProcess {
    /// How a process ended.
    package enum End: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    /// Its number.
    package let pid: pid_t
    private let pidfd: CInt
    private let output: String
    private var end: End?

    /// ASAN_OPTIONS is for programs built with AddressSanitizer: TOMLKit leaks a little with each file that it reads,
    /// which would change the exit status.
    private static let environment = [
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0",
    ]

    /// Starts `arguments` (the first one is searched in PATH) with nothing on its standard input, `descriptors` under
    /// the given numbers (3 to 9), and standard output and error in the file `output`.
    package init(
        _ arguments: [String], output: String, environment: [String] = [], descriptors: [CInt: CInt] = [:]
    ) throws {
        self.output = output
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)
        for (number, descriptor) in descriptors { posix_spawn_file_actions_adddup2(&files, descriptor, number) }
        posix_spawn_file_actions_addclosefrom_np(&files, 10)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        usher_spawn_resets(&attributes, 0)
        var list = (arguments.map { strdup($0) }) + [nil]
        var variables = (environment + Self.environment).map { strdup($0) } + [nil]
        defer { (list + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &files, &attributes, &list, &variables)
        guard code == 0 else { throw TestFailure("\(arguments[0]): \(String(cString: strerror(code)))") }
        self.pid = pid
        pidfd = usher_pidfd_open(pid)
    }

    deinit {
        kill()
        close(pidfd)
    }

    /// What it has written so far.
    package var written: String { File.text(output) }

    /// Whether it has not ended.
    package var isRunning: Bool { (try? wait(within: .zero)) == nil }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        if end == nil { _ = usher_pidfd_signal(pidfd, number) }
    }

    /// Waits for its end.
    @discardableResult
    package func wait(within duration: Duration = .seconds(20)) throws -> End {
        if let end { return end }
        var entry = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Patience(duration).milliseconds) > 0 else { throw TestFailure("process \(pid) goes on") }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        let end: End = status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
        self.end = end
        return end
    }

    /// Ends it by SIGKILL and waits until it has ended.
    package func kill() {
        signal(SIGKILL)
        _ = try? wait()
    }

    /// Runs a program to its end, in `directory`; how it ended, and what it wrote.
    package static func run(_ arguments: [String], in directory: TestDirectory, environment: [String] = []) throws
        -> (end: End, text: String)
    {
        let output = directory.path("output-\(UInt64.random(in: 0 ... .max))")
        let process = try TestProcess(arguments, output: output, environment: environment)
        return (try process.wait(within: .seconds(60)), process.written)
    }
}
