internal import CLinux
internal import UsherPOSIX

/// A process of usherd that a ``TestDaemon`` has started. Its owner must call ``end()``: dropping this object ends
/// nothing.
final class TestDaemonProcess: Sendable {
    /// Nanoseconds that its start may take, and its end before it is killed.
    private static let patience: Int64 = 20_000_000_000

    private let pid: Int32
    private let descriptor: CInt
    private let log: String

    /// Starts it; what it writes goes to the file `log`.
    init(_ program: String, _ arguments: [String], log: String) throws(TestDaemonError) {
        self.log = log
        do throws(SystemError) {
            let output = try FileDescriptor(unsafe usher_open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600), "open")
            let start = ProcessStart(
                path: program, arguments: arguments,
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no"],
                descriptors: [.null, .copy(output.number), .copy(output.number)])
            pid = try start.run()
        } catch {
            throw TestDaemonError(program, error)
        }
        descriptor = usher_pidfd_open(pid)
    }

    deinit { close(descriptor) }

    /// Waits until a connection to `path` is taken. A process that ends before that says why in its log.
    func waitUntilItListens(at path: String) throws(TestDaemonError) {
        let limit = usher_boottime() + Self.patience
        while !Self.connects(to: path) {
            guard !hasEnded(within: 10) else {
                waitpid(pid, nil, 0)
                throw TestDaemonError("usherd ended: \(written)")
            }
            guard usher_boottime() < limit else {
                end()
                throw TestDaemonError("usherd does not listen at \(path): \(written)")
            }
        }
    }

    /// Ends the process, with SIGKILL if that takes longer than `patience`, and waits for its end.
    func end() {
        usher_pidfd_signal(descriptor, SIGTERM)
        if !hasEnded(within: CInt(Self.patience / 1_000_000)) { usher_pidfd_signal(descriptor, SIGKILL) }
        while waitpid(pid, nil, 0) < 0, usher_errno() == EINTR {}
    }

    private func hasEnded(within milliseconds: CInt) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) > 0
    }

    private static func connects(to path: String) -> Bool {
        guard let socket = try? FileDescriptor(usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1), "socket") else {
            return false
        }
        return unsafe usher_connect(socket.number, path) == 0
    }

    private var written: String {
        String(decoding: (try? SmallFile.prefix(of: log, 65_536)) ?? [], as: UTF8.self)
    }
}
