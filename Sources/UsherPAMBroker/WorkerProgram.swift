internal import CLinux

/// What the processes of workers have in common.
struct WorkerProgram {
    /// Path of the executable.
    var path: String
    /// Whether workers write to the broker's standard error; else to /dev/null.
    var inheritsErrors: Bool
}

extension WorkerProgram {
    /// All that a worker inherits. Modules may run programs (pam_exec), LANG makes their texts UTF-8, and the Swift
    /// runtime must not handle crashes: it would print registers, go on after a raised signal, and start another
    /// program.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
        "SWIFT_BACKTRACE=enable=no",
    ]

    /// posix_spawn(3) with that end of a channel as descriptor 3. Nil on failure.
    func spawn(_ channel: Int32) -> pid_t? {
        var files = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&files)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&files)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe arrange(&files, channel)
        Self.arrange(&attributes)
        var pid: pid_t = 0
        let failed = unsafe Self.withStrings(["usher-pam-worker"]) { arguments in
            unsafe Self.withStrings(Self.environment) { environment in
                unsafe posix_spawn(&pid, path, &files, &attributes, arguments, environment)
            }
        }
        return failed == 0 ? pid : nil
    }

    /// Descriptors 0 and 1 are /dev/null, so that what a module prints goes nowhere; 3 is the channel; no others.
    @unsafe private func arrange(_ files: inout posix_spawn_file_actions_t, _ channel: Int32) {
        unsafe posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0)
        unsafe posix_spawn_file_actions_adddup2(&files, 0, 1)
        if !inheritsErrors { unsafe posix_spawn_file_actions_adddup2(&files, 0, 2) }
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
