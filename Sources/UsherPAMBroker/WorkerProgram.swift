internal import UsherPOSIX

/// What the processes of workers have in common.
struct WorkerProgram {
    /// Path of the executable.
    var path: String
    /// Whether workers write to the broker's standard error; else to /dev/null.
    var inheritsErrors: Bool

    /// All that a worker inherits. Modules may run programs (pam_exec), LANG makes their texts UTF-8, and the Swift
    /// runtime must not handle crashes: it would print registers, go on after a raised signal, and start another
    /// program.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
        "SWIFT_BACKTRACE=enable=no",
    ]

    /// Starts one with that end of a channel as descriptor 3, in a process group of its own. Descriptors 0 and 1 are
    /// /dev/null, so that what a module prints goes nowhere. Nil on failure.
    func spawn(_ channel: Int32) -> Int32? {
        var start = ProcessStart(
            path: path, arguments: ["usher-pam-worker"], environment: Self.environment,
            descriptors: [.null, .null, inheritsErrors ? .same : .null, .copy(channel)])
        start.group = .new
        return try? start.run()
    }
}
