internal import CLinux
package import UsherEventLoop
package import UsherPOSIX

/// A child that lives as long as the daemon wants: the PAM broker of `--dev`. Started with posix_spawn(3); when it ends
/// it is started again, at most once a second.
package final class ChildProcess {
    private static let pause: Int64 = 1_000_000_000

    /// All of the environment that a child gets.
    private static let environment = [
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no",
    ]

    private let arguments: [String]
    private let directory: String?
    private let inherited: FileDescriptor
    private let loop: EventLoop
    private var process: pid_t = 0
    private var source: EventSource?
    private var again: EventTimer?
    private var isEnding = false

    /// Starts the program at `arguments[0]`, an absolute path, in the working directory `directory`. The child has
    /// `inherited` as descriptor 3, and otherwise only standard input (/dev/null), output and error.
    package init(
        _ arguments: [String], in directory: String? = nil, inherited: consuming FileDescriptor, loop: EventLoop
    ) throws(SystemError) {
        self.arguments = arguments
        self.directory = directory
        self.inherited = inherited
        self.loop = loop
        again = try loop.timer { [unowned self] in
            again?.fired()
            do throws(SystemError) { try start() } catch { again?.arm(at: usher_boottime() + Self.pause) }
        }
        try start()
    }

    /// Asks it to end (SIGTERM) and does not start it again.
    package func end() {
        isEnding = true
        again?.arm(at: nil as Int64?)
        if process > 0 { kill(process, SIGTERM) }
    }

    private func start() throws(SystemError) {
        process = try Self.spawn(arguments, in: directory, inherited: inherited)
        source = try loop.onExit(of: process) { [unowned self] _ in ended() }
    }

    /// Starts a process of its own session that outlives this one.
    package static func leave(_ arguments: [String], inherited: borrowing FileDescriptor) throws(SystemError) {
        _ = try spawn(arguments, inherited: inherited, group: .newSession)
    }

    /// Starts a process, which the caller reaps, with the descriptors of ``init(_:in:inherited:loop:)``.
    static func spawn(
        _ arguments: [String], in directory: String? = nil, inherited: borrowing FileDescriptor,
        group: ProcessStart.Group = .own
    ) throws(SystemError) -> pid_t {
        var start = ProcessStart(
            path: arguments[0], arguments: arguments, environment: environment,
            descriptors: [.null, .same, .same, .copy(inherited.number)])
        start.group = group
        start.directory = directory
        return try start.run()
    }

    private func ended() {
        source = nil
        process = 0
        if !isEnding { again?.arm(at: usher_boottime() + Self.pause) }
    }
}
