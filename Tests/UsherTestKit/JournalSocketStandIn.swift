import CLinux

/// A datagram socket where systemd-journald's would be: real, and read only when a test says so.
package final class JournalSocketStandIn {
    /// Where it listens.
    package let path: String
    private var socket: CInt = -1

    /// One at `path`.
    package init(_ path: String) throws {
        self.path = path
        try open()
    }

    deinit { close() }

    /// Binds the path anew, as a journal does that starts again.
    package func open() throws {
        socket = usher_unix_socket(CInt(SOCK_DGRAM.rawValue), 1)
        unlink(path)
        guard usher_bind(socket, path) == 0 else { throw TestFailure.last("bind") }
    }

    /// Closes and removes it.
    package func close() {
        CLinux.close(socket)
        unlink(path)
    }

    /// All that has come.
    package func take() -> [JournalFields] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var taken: [JournalFields] = []
        while case let count = recv(socket, &bytes, bytes.count, 0), count > 0 {
            if let fields = JournalFields(Array(bytes[..<count])) { taken.append(fields) }
        }
        return taken
    }
}
