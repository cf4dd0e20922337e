import CLinux
import UsherTestKit

/// A TCP port of 127.0.0.1 that nobody is given by chance while this lives, and that a server with SO_REUSEADDR can
/// bind.
///
/// Linux lets two sockets with SO_REUSEADDR be bound to one port while neither listens, and gives such a port to no
/// socket that asks for any port (socket(7)). A port that was merely free a moment ago can be lost to another program.
final class ReservedPort {
    let number: Int
    private let socket: CInt

    init() throws {
        socket = CLinux.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: CInt = 1
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                guard setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size)) == 0,
                    bind(socket, __CONST_SOCKADDR_ARG(__sockaddr__: name), size) == 0
                else { return CInt(-1) }
                return getsockname(socket, __SOCKADDR_ARG(__sockaddr__: name), &size)
            }
        }
        number = Int(UInt16(bigEndian: address.sin_port))
        guard result == 0 else { throw TestFailure.last("bind") }
    }

    deinit { close(socket) }
}
