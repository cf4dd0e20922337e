internal import CLinux

/// A process to start: posix_spawn(3), with every signal as by default and none blocked.
package struct ProcessStart {
    /// A descriptor of the new process.
    package enum Descriptor {
        /// /dev/null, to read and write.
        case null
        /// This process's descriptor of the same number.
        case same
        /// A copy of this descriptor of this process. Its number must not be below the copy's.
        case copy(CInt)
    }

    /// The processes that signals of a terminal or of kill(2) reach together.
    package enum Group {
        /// The process group of this process.
        case own
        /// It leads a process group of its own.
        case new
        /// It leads a session of its own (setsid(2)).
        case newSession
    }

    /// Path of the executable.
    package var path: String
    /// All arguments, the name that the process goes by first.
    package var arguments: [String]
    /// All of the environment.
    package var environment: [String]
    /// Descriptors from 0 on; there are no others.
    package var descriptors: [Descriptor]
    /// The working directory; nil for this process's.
    package var directory: String?
    /// The process group.
    package var group = Group.own

    /// A process to start, in the process group of this one.
    package init(path: String, arguments: [String], environment: [String], descriptors: [Descriptor]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }

    /// Starts the process. Returns its pid.
    package func run() throws(SystemError) -> Int32 {
        var files = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&files)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&files)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe arrange(&files)
        arrange(&attributes)
        var process: pid_t = 0
        let code = unsafe Self.withStrings(arguments) { arguments in
            unsafe Self.withStrings(environment) { environment in
                unsafe posix_spawn(&process, path, &files, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemError("posix_spawn", code: code) }
        return process
    }

    @unsafe private func arrange(_ files: inout posix_spawn_file_actions_t) {
        for (index, descriptor) in descriptors.enumerated() {
            let number = CInt(index)
            switch descriptor {
            case .null: unsafe posix_spawn_file_actions_addopen(&files, number, "/dev/null", O_RDWR, 0)
            case .same: unsafe posix_spawn_file_actions_adddup2(&files, number, number)
            case .copy(let other): unsafe posix_spawn_file_actions_adddup2(&files, other, number)
            }
        }
        if let directory { unsafe posix_spawn_file_actions_addchdir_np(&files, directory) }
        unsafe posix_spawn_file_actions_addclosefrom_np(&files, CInt(descriptors.count))
    }

    private func arrange(_ attributes: inout posix_spawnattr_t) {
        let flags =
            switch group {
            case .own: 0
            case .new: Int(POSIX_SPAWN_SETPGROUP)
            case .newSession: Int(POSIX_SPAWN_SETSID)
            }
        unsafe usher_spawn_resets(&attributes, Int16(flags))
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
