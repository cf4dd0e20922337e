import CLinux
import Synchronization
import UsherTestKit

/// The datagram socket of a service manager (sd_notify(3)), which keeps what a daemon says of itself.
///
/// It is read on a thread of its own, as systemd does: a daemon may wait until its messages have been taken
/// (sd_notify_barrier(3)). Descriptors that come with them are closed by not being received.
final class ServiceManagerSocket {
    private final class Inbox: Sendable {
        let socket: CInt
        let states = Mutex<[String]>([])
        let isEnding = Mutex(false)

        init(_ socket: CInt) { self.socket = socket }

        func receiveAll() {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while !isEnding.withLock({ $0 }) {
                var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                guard poll(&entry, 1, 50) > 0 else { continue }
                let count = recv(socket, &bytes, bytes.count, 0)
                guard count > 0 else { continue }
                let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
                states.withLock { $0 += lines }
            }
        }
    }

    private let directory: TestDirectory
    private let inbox: Inbox
    private var thread = pthread_t()

    init() throws {
        directory = try TestDirectory()
        inbox = Inbox(usher_unix_socket(CInt(SOCK_DGRAM.rawValue), 1))
        guard usher_bind(inbox.socket, directory.path("notify")) == 0 else { throw TestFailure.last("bind") }
        chmod(directory.path("notify"), 0o666)
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Inbox>.fromOpaque(context).takeRetainedValue().receiveAll() }
                return nil
            }, Unmanaged.passRetained(inbox).toOpaque())
    }

    deinit {
        inbox.isEnding.withLock { $0 = true }
        pthread_join(thread, nil)
        close(inbox.socket)
    }

    /// Where it is.
    var path: String { directory.path("notify") }

    /// Waits until the daemon says `state`.
    func wait(for state: String) throws {
        try eventually("the daemon says \(state)") { inbox.states.withLock { $0.contains(state) } }
    }
}
