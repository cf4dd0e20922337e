internal import CLinux
package import UsherPOSIX

/// What another program printed.
package struct ProgramOutput: Sendable {
    /// The most that is read, in bytes. A program that prints more finds the pipe closed.
    private static let largest = 1 << 20

    /// The exit status; -1 where a signal ended it.
    package let status: Int32
    /// Its standard output.
    package let text: String

    /// Runs the program at `path`, whose standard input is /dev/null, and waits for its end.
    package init(of path: String, _ arguments: [String], environment: [String]) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        _ = try SystemError.check(unsafe usher_pipe(&ends), "pipe2")
        let reader = FileDescriptor(owning: ends[0])
        let writer = FileDescriptor(owning: ends[1])
        usher_set_blocking(reader.number)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let process = try ProcessStart(
            path: path, arguments: [name] + arguments, environment: environment,
            descriptors: [.null, .copy(writer.number), .same]
        ).run()
        _ = consume writer
        let bytes = try SmallFile.prefix(of: reader, Self.largest)
        // What it prints beyond ends it (SIGPIPE, or EPIPE); else it would wait for a reader, and we for its end.
        _ = consume reader
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, usher_errno() == EINTR {}
        self.status = status & 0x7F == 0 ? status >> 8 & 0xFF : -1
        text = String(decoding: bytes, as: UTF8.self)
    }
}
