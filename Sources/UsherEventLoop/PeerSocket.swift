internal import CLinux
package import UsherPOSIX

/// A connected socket that another process writes to, which gives bytes and never a descriptor.
///
/// A process that may write to a Unix socket may pass descriptors with the bytes (SCM_RIGHTS), and closing such a
/// descriptor may take as long as that process likes. Linux 6.16 refuses descriptors for us (SO_PASSRIGHTS). On older
/// kernels each read looks first (MSG_PEEK) and takes nothing if a descriptor waits; the socket is then of no further
/// use. When this value goes, it closes its socket if no descriptor waits there, and leaves the socket to a
/// ``SocketCloser`` otherwise.
package struct PeerSocket: ~Copyable {
    /// The number, for system calls; valid for as long as this value lives.
    package let number: CInt
    /// Whether the kernel has refused descriptors ever since the socket has had a peer.
    package let isRefusing: Bool
    private let closer: SocketCloser?

    /// Takes over what accept(2) returned. Without a closer, a socket in which a descriptor waits stays open until the
    /// process ends.
    package init(accepted number: CInt, closer: SocketCloser?) {
        self.number = number
        self.closer = closer
        isRefusing = usher_has_refused_descriptors(number) == 1
        if !isRefusing { _ = usher_refuse_descriptors(number) }
    }

    /// Takes over a socket that nobody has written to yet: it is not connected, or its peer has not been given its end.
    package init(fresh socket: consuming FileDescriptor, closer: SocketCloser?) {
        number = socket.release()
        self.closer = closer
        isRefusing = usher_refuse_descriptors(number) == 1
    }

    deinit {
        if isRefusing || usher_drain(number) == 1 { close(number) } else { closer?.take(number) }
    }

    /// recv(2) into `buffer`: the number of bytes, 0 at the end, or -1 and errno(3), which ``Arrival`` explains.
    /// Waits for the peer only if `waiting` and the socket blocks.
    @unsafe package func receive(into buffer: UnsafeMutableRawBufferPointer, waiting: Bool = false) -> Int {
        let flags = waiting ? 0 : CInt(MSG_DONTWAIT)
        return isRefusing
            ? unsafe usher_receive_refusing(number, buffer.baseAddress, buffer.count, flags)
            : unsafe usher_receive_bytes(number, buffer.baseAddress, buffer.count, flags)
    }

    /// Whether the peer neither sends nor receives any more (POLLHUP); false if it has only shut down its sending side.
    package var isHungUp: Bool {
        var state = pollfd(fd: number, events: 0, revents: 0)
        return unsafe poll(&state, 1, 0) == 1 && state.revents & Int16(POLLHUP) != 0
    }

    /// What the result of ``receive(into:waiting:)`` means.
    package enum Arrival: Equatable, Sendable {
        /// Bytes have come.
        case bytes
        /// Nothing has come yet.
        case nothing
        /// The peer has passed a descriptor; nothing was taken.
        case descriptor
        /// The peer is gone, or what it sent cannot be received.
        case ended

        /// The meaning of `count`; reads errno(3), so nothing may fail in between.
        package init(_ count: Int) {
            self =
                switch (count, count < 0 ? usher_errno() : 0) {
                case (1..., _): .bytes
                case (..<0, EAGAIN), (..<0, EINTR): .nothing
                case (..<0, EBADMSG): .descriptor
                default: .ended
                }
        }
    }
}
