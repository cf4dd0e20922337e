import CLinux
import UsherPOSIX
import UsherTestKit

/// The far side of a link: it listens, and says what a test wants.
final class ScriptedPeer {
    let directory: TestDirectory
    var path: String { "\(directory.path)/peer.sock" }
    private let listener: FileDescriptor

    init() throws {
        directory = try TestDirectory()
        listener = try FileDescriptor(usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1), "socket")
        _ = try SystemError.check(usher_bind(listener.number, "\(directory.path)/peer.sock"), "bind")
        _ = try SystemError.check(CLinux.listen(listener.number, 4), "listen")
    }

    func accept() -> TestSocket? {
        let socket = usher_accept(listener.number)
        return socket < 0 ? nil : TestSocket(owning: socket)
    }
}
