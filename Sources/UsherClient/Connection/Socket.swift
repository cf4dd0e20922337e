internal import CLinux

/// A connected Unix stream socket, closed when it ends. Never blocks.
struct Socket: ~Copyable {
    /// Why a try to connect failed, and whether the daemon may only be restarting.
    struct ConnectFailure: Error {
        let error: UsherError
        let transient: Bool
    }

    /// What recv(2) gave.
    enum Received {
        case bytes(Int)
        /// Nothing yet.
        case nothing
        /// The peer closed, or the connection broke.
        case ended
    }

    let descriptor: Int32

    /// Takes over a connected, non-blocking socket.
    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    /// connect(2) to `path`, then SO_PEERCRED. Fails as `untrustedServer`, before a byte is sent, unless `trust`
    /// accepts the peer.
    init(path: String, trust: ServerTrust) throws(ConnectFailure) {
        descriptor = usher_unix_socket(Int32(SOCK_STREAM.rawValue), 1)
        guard descriptor >= 0 else { throw Self.failure(of: "socket", usher_errno()) }
        usher_keep_urgent(descriptor)
        guard unsafe usher_connect(descriptor, path) == 0 else { throw Self.failure(of: "connect", usher_errno()) }
        try verify(trust)
    }

    private func verify(_ trust: ServerTrust) throws(ConnectFailure) {
        var (uid, gid, pid) = (uid_t(0), gid_t(0), pid_t(0))
        guard unsafe usher_peer_credentials(descriptor, &uid, &gid, &pid) == 0 else {
            throw Self.failure(of: "getsockopt", usher_errno())
        }
        guard trust.accepts(uid: uid) else {
            throw ConnectFailure(
                error: UsherError(.untrustedServer, detail: "the socket is served by uid \(uid)"), transient: false)
        }
    }

    /// A socket file that is missing, or that nobody serves, is transient: the daemon may be restarting. So is a full
    /// backlog.
    private static func failure(of call: String, _ number: Int32) -> ConnectFailure {
        let transient = [ENOENT, ECONNREFUSED, EAGAIN, EINTR, ECONNRESET].contains(number)
        return ConnectFailure(
            error: UsherError(.unreachable, detail: "\(call)(2) failed with errno \(number)"), transient: transient)
    }

    /// Descriptors that a server passed and nobody read are closed with the socket. That may take as long as the server
    /// likes, so a thread closes such a socket.
    deinit {
        if usher_drain(descriptor) == 1 { _ = close(descriptor) } else { unsafe usher_close_apart([descriptor], 1) }
    }

    /// send(2): how many bytes the kernel took, 0 when it has no room, nil when the connection is gone.
    func send(_ bytes: Span<UInt8>) -> Int? {
        let sent = unsafe bytes.withUnsafeBytes { unsafe usher_send(descriptor, $0.baseAddress, $0.count, -1) }
        if sent >= 0 { return sent }
        return [EAGAIN, EINTR, ENOBUFS, ENOMEM].contains(usher_errno()) ? 0 : nil
    }

    /// recvmsg(2) into `room`. A memfd that comes along, close-on-exec, takes the place of `passed`, which is closed.
    /// Any other descriptor is closed by a thread, since close(2) of it may take as long as its sender likes.
    func receive(into room: UnsafeMutableRawBufferPointer, passed: inout Int32?) -> Received {
        var received: Int32 = -1
        let got = unsafe usher_receive(descriptor, room.baseAddress, room.count, 1, &received)
        let isNothing = got < 0 && [EAGAIN, EINTR].contains(usher_errno())
        if received >= 0, usher_get_seals(received) < 0 {
            unsafe usher_close_apart([received], 1)
        } else if received >= 0 {
            if let passed { _ = close(passed) }
            passed = received
        }
        if got > 0 { return .bytes(got) }
        return isNothing ? .nothing : .ended
    }
}

/// Identifies the socket that a driver uses: its descriptor and its inode number, in one word that a forked child may
/// read.
///
/// The child may have closed the descriptor and have opened something else under its number. Inode numbers of sockets
/// have 32 bits (get_next_ino in the kernel), and all sockets lie in one file system.
struct SocketMark: Equatable {
    /// No socket.
    static let none = SocketMark(word: .max)
    let word: UInt64

    /// The mark with the value `word`.
    init(word: UInt64) { self.word = word }

    /// The socket behind `descriptor` now; ``none`` where that is no socket.
    init(of descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & mode_t(S_IFMT) == mode_t(S_IFSOCK) else {
            self = .none
            return
        }
        self.init(word: UInt64(UInt32(truncatingIfNeeded: status.st_ino)) << 32 | UInt64(descriptor))
    }

    /// Closes the descriptor if it is still that socket.
    func close() {
        let descriptor = Int32(truncatingIfNeeded: word)
        if self != .none, SocketMark(of: descriptor) == self { _ = CLinux.close(descriptor) }
    }
}
