internal import CLinux
internal import UsherEventLoop
internal import UsherPOSIX

/// Sends this process SIGTERM when its parent ends, for as long as this object lives.
final class ParentWatch {
    private let process: FileDescriptor
    private var source: EventSource?

    /// Watches `parent`; ESRCH where that is not the parent of this process.
    init(_ parent: Int32, _ loop: EventLoop) throws(SystemError) {
        process = try FileDescriptor(usher_pidfd_open(parent), "pidfd_open")
        guard getppid() == parent else { throw SystemError("getppid", code: ESRCH) }
        // The descriptor of a process that has ended stays readable.
        source = try loop.watch(process.number) { [unowned self] _ in
            source?.isEnabled = false
            kill(getpid(), SIGTERM)
        }
    }
}
