import CLinux
import UsherTestKit

/// The datagram socket of a service manager (sd_notify(3)), which keeps what a daemon says of itself.
final class ServiceManagerSocket {
    private let directory: TestDirectory
    private let socket: CInt
    private var states: [String] = []

    init() throws {
        directory = try TestDirectory()
        socket = usher_unix_socket(CInt(SOCK_DGRAM.rawValue), 1)
        guard usher_bind(socket, directory.path("notify")) == 0 else { throw TestFailure.last("bind") }
        chmod(directory.path("notify"), 0o666)
    }

    deinit { close(socket) }

    /// Where it is.
    var path: String { directory.path("notify") }

    /// Whether the daemon says `state` in time.
    func waits(for state: String) throws -> Bool {
        let patience = Patience()
        while !states.contains(state) {
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, patience.milliseconds) > 0 else { return false }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &bytes, bytes.count, 0)
            guard count > 0 else { return false }
            states += String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
        return true
    }
}
