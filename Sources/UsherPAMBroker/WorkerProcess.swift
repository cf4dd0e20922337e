internal import CLinux
internal import UsherEventLoop
internal import UsherPOSIX

/// A worker process and the channel to it.
///
/// The process leads a group of its own. Its number stays ours until `reap`, so that signals cannot hit another
/// process; the end is seen on the pidfd, never by the end of the channel, which a forked child may keep open.
final class WorkerProcess {
    let pid: pid_t
    let channel: PeerSocket
    let pidfd: Int32
    /// Number of the template that made it; 0 for none.
    let template: UInt64
    var channelSource: EventSource?
    var endSource: EventSource?
    /// Whether its client knows which process it is.
    var isAnnounced = false

    /// Takes over a child of this process and the broker's end of its channel.
    init(pid: pid_t, channel: consuming PeerSocket, template: UInt64 = 0) {
        self.pid = pid
        self.template = template
        self.channel = channel
        pidfd = usher_pidfd_open(pid)
    }

    /// A worker by posix_spawn(3), without a template. Nil on failure.
    convenience init?(_ program: WorkerProgram) {
        guard let pair = ChannelPair(closer: nil), let pid = program.spawn(pair.far),
            let channel = pair.takeNear()
        else { return nil }
        self.init(pid: pid, channel: channel)
    }

    deinit {
        channelSource = nil
        endSource = nil
        if pidfd >= 0 { close(pidfd) }
    }

    /// Sends the bytes as one datagram; false when the worker has gone or does not read.
    func send(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe usher_send(channel.number, $0.baseAddress, $0.count, -1) } == bytes.count
    }

    /// kill(2) of the group, and of the process should it have left the group.
    func signal(_ signal: Int32) {
        kill(-pid, signal)
        kill(pid, signal)
    }

    /// Ends what is left of the group, then takes the process' status (waitpid(2)). Call once, when the pidfd says so.
    func reap() -> WorkerEnd {
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, usher_errno() == EINTR {}
        let signal = status & 0x7F
        return signal == 0
            ? .exited(status: UInt8(truncatingIfNeeded: status >> 8))
            : .killed(signal: UInt8(truncatingIfNeeded: signal))
    }
}

/// Both ends of a channel, as they are made; closed with this value unless taken.
final class ChannelPair {
    private var near: PeerSocket?
    /// The worker's end.
    let far: Int32

    /// socketpair(2) of SOCK_SEQPACKET. Nil on failure.
    init?(closer: SocketCloser?) {
        var pair: [Int32] = [-1, -1]
        guard unsafe usher_socketpair(Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0 else { return nil }
        near = PeerSocket(fresh: FileDescriptor(owning: pair[0]), closer: closer)
        far = pair[1]
    }

    deinit { close(far) }

    /// Gives the broker's end away, once.
    func takeNear() -> PeerSocket? { near.take() }
}
