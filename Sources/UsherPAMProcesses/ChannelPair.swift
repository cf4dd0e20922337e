internal import CLinux
package import UsherEventLoop
internal import UsherPOSIX

/// Both ends of the channel to a worker, as they are made; closed with this value unless taken.
package final class ChannelPair {
    private var near: PeerSocket?
    private let worker: FileDescriptor

    /// socketpair(2) of SOCK_SEQPACKET. Nil on failure.
    package init?(closer: SocketCloser?) {
        var pair: [Int32] = [-1, -1]
        guard unsafe usher_socketpair(Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0 else { return nil }
        near = PeerSocket(fresh: FileDescriptor(owning: pair[0]), closer: closer)
        worker = FileDescriptor(owning: pair[1])
    }

    /// The worker's end.
    package var far: Int32 { worker.number }

    /// Gives this process's end away, once.
    package func takeNear() -> PeerSocket? { near.take() }
}
