package import UsherPOSIX

/// The program of workers and the zygote, and how it is started.
package struct WorkerProgram {
    /// Path of the executable.
    package var path: String
    /// What workers and their modules have as standard error.
    package var errors: ProcessStart.Descriptor

    /// A program whose processes write to `errors`.
    package init(path: String, errors: ProcessStart.Descriptor) {
        self.path = path
        self.errors = errors
    }

    /// The whole environment of a worker. Modules may run programs (pam_exec), so it has PATH. LANG makes their texts
    /// UTF-8. The Swift runtime must not handle crashes: it would print registers, go on after a raised signal, and
    /// start another program.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
        "SWIFT_BACKTRACE=enable=no",
    ]

    /// Starts one with that end of a channel as descriptor 3, in a process group of its own. Descriptors 0 and 1 are
    /// /dev/null, so that what a module prints goes nowhere. Nil on failure.
    package func spawn(_ channel: Int32) -> Int32? {
        var start = ProcessStart(
            path: path, arguments: ["usher-pam-worker"], environment: Self.environment,
            descriptors: [.null, .null, errors, .copy(channel)])
        start.group = .new
        return try? start.run()
    }
}
