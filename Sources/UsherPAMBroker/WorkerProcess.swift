internal import CLinux
internal import UsherPAMWire
internal import UsherSystem

/// What the processes of workers have in common.
struct WorkerProgram {
    /// Path of the executable.
    var path: String
    /// Whether workers write to the broker's standard error; else to /dev/null.
    var inheritsErrors: Bool
}

/// A worker process and the channel to it.
///
/// The process leads a group of its own. Its number stays ours until `reap`, so that signals cannot hit another process;
/// the end is seen on the pidfd, never by the end of the channel, which a forked child may keep open.
final class WorkerProcess {
    let pid: pid_t
    let descriptor: Int32
    let pidfd: Int32
    var channelSource: EventSource?
    var endSource: EventSource?
    /// Whether its client knows which process it is.
    var isAnnounced = false

    /// posix_spawn(3) of `program`. Nil on failure.
    init?(_ program: WorkerProgram) {
        var pair: [Int32] = [-1, -1]
        guard unsafe usher_socketpair(Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0 else { return nil }
        defer { close(pair[1]) }
        guard let pid = Self.spawn(program, channel: pair[1]) else {
            close(pair[0])
            return nil
        }
        self.pid = pid
        descriptor = pair[0]
        pidfd = usher_pidfd_open(pid)
    }

    deinit {
        channelSource = nil
        endSource = nil
        close(descriptor)
        if pidfd >= 0 { close(pidfd) }
    }

    /// Sends the bytes as one datagram; false when the worker has gone or does not read.
    func send(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe usher_send(descriptor, $0.baseAddress, $0.count, -1) } == bytes.count
    }

    /// kill(2) of the group, and of the process should it have left the group.
    func signal(_ signal: Int32) {
        kill(-pid, signal)
        kill(pid, signal)
    }

    /// Ends what is left of the group, then takes the process' status (waitpid(2)). Call once, when the pidfd says so.
    func reap() -> WorkerEnd {
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, usher_errno() == EINTR {}
        let signal = status & 0x7F
        return signal == 0
            ? .exited(status: UInt8(truncatingIfNeeded: status >> 8))
            : .killed(signal: UInt8(truncatingIfNeeded: signal))
    }
}

extension WorkerProcess {
    /// All that a worker inherits. Modules may run programs (pam_exec), LANG makes their texts UTF-8, and the Swift runtime
    /// must not handle crashes: it would print registers, go on after a raised signal, and start another program.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
        "SWIFT_BACKTRACE=enable=no",
    ]

    private static func spawn(_ program: WorkerProgram, channel: Int32) -> pid_t? {
        var files = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&files)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&files)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe arrange(&files, program, channel)
        arrange(&attributes)
        var pid: pid_t = 0
        let failed = unsafe withStrings(["usher-pam-worker"]) { arguments in
            unsafe withStrings(environment) { environment in
                unsafe posix_spawn(&pid, program.path, &files, &attributes, arguments, environment)
            }
        }
        return failed == 0 ? pid : nil
    }

    /// Descriptors 0 and 1 are /dev/null, so that what a module prints goes nowhere; 3 is the channel; no others.
    @unsafe private static func arrange(
        _ files: inout posix_spawn_file_actions_t, _ program: WorkerProgram, _ channel: Int32
    ) {
        unsafe posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0)
        unsafe posix_spawn_file_actions_adddup2(&files, 0, 1)
        if !program.inheritsErrors { unsafe posix_spawn_file_actions_adddup2(&files, 0, 2) }
        unsafe posix_spawn_file_actions_adddup2(&files, channel, 3)
        unsafe posix_spawn_file_actions_addclosefrom_np(&files, 4)
    }

    /// A group of its own, every signal as by default and none blocked.
    private static func arrange(_ attributes: inout posix_spawnattr_t) {
        unsafe usher_spawn_resets(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
    }

    /// Lends the strings as the array of char pointers that exec(3) wants.
    @unsafe private static func withStrings<R>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var bytes: [CChar] = strings.flatMap { string in string.utf8CString }
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            var list: [UnsafeMutablePointer<CChar>?] = unsafe []
            var at = 0
            for string in strings {
                unsafe list.append(bytes.baseAddress.map { unsafe $0 + at })
                at += string.utf8.count + 1
            }
            unsafe list.append(nil)
            return unsafe body(&list)
        }
    }
}
