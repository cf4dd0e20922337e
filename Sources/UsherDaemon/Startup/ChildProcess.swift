internal import CLinux
internal import Glibc
package import UsherSystem

/// A child that lives as long as the daemon wants: the PAM broker of `--dev`. Started with posix_spawn(3); when it ends it is
/// started again, at most once a second.
package final class ChildProcess {
    private static let pause: Int64 = 1_000_000_000

    private let arguments: [String]
    private let inherited: FileDescriptor
    private let loop: EventLoop
    private var process: pid_t = 0
    private var source: EventSource?
    private var again: EventTimer?
    private var isEnding = false

    /// Starts `arguments` (the first one is the absolute path), which finds `inherited` as descriptor 3 and otherwise only
    /// standard input (/dev/null), output and error.
    package init(_ arguments: [String], inherited: consuming FileDescriptor, loop: EventLoop) throws(SystemError) {
        self.arguments = arguments
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
        again?.arm(at: nil)
        if process > 0 { kill(process, SIGTERM) }
    }

    private func start() throws(SystemError) {
        var actions = posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, inherited.number, 3)
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 4)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe usher_spawn_resets_signals(&attributes)
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { unsafe strdup($0) } + [nil]
        defer { for unsafe argument in unsafe argv { unsafe free(argument) } }
        let result = unsafe posix_spawn(&process, arguments[0], &actions, &attributes, &argv, environ)
        guard result == 0 else { throw SystemError("posix_spawn", code: result) }
        source = try loop.onExit(of: process) { [unowned self] _ in ended() }
    }

    private func ended() {
        source = nil
        process = 0
        if !isEnding { again?.arm(at: usher_boottime() + Self.pause) }
    }
}
