internal import CLinux
package import UsherEventLoop
internal import UsherPOSIX

/// A worker process and the channel to it.
///
/// The process leads a group of its own. No other process can get its pid until `reap`, so that signals hit no other.
/// Its end is seen on the pidfd, never by the end of the channel, which a forked child may keep open.
package final class WorkerProcess {
    /// Its process id.
    package let pid: Int32
    /// This process's end of the channel to it.
    package let channel: PeerSocket
    /// pidfd_open(2): readable once the process has ended; -1 where there is none.
    package let pidfd: Int32
    /// Number of the zygote that made it; 0 for none.
    package let zygote: UInt64
    /// What watches the channel.
    package var channelSource: EventSource?
    /// What watches the pidfd.
    package var endSource: EventSource?
    /// Whether its client knows which process it is.
    package var isAnnounced = false

    /// Takes over a child of this process and this process's end of its channel.
    package init(pid: Int32, channel: consuming PeerSocket, zygote: UInt64 = 0) {
        self.pid = pid
        self.zygote = zygote
        self.channel = channel
        pidfd = usher_pidfd_open(pid)
    }

    /// A worker by posix_spawn(3), without a zygote. Nil on failure.
    package convenience init?(_ program: WorkerProgram) {
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
    package func send(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe usher_send(channel.number, $0.baseAddress, $0.count, -1) } == bytes.count
    }

    /// kill(2) of the group, and of the process should it have left the group.
    package func signal(_ signal: Int32) {
        kill(-pid, signal)
        kill(pid, signal)
    }

    /// Ends what is left of the group, then takes the process' status (waitpid(2)). Call once, when the pidfd says so.
    package func reap() -> WorkerEnd {
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, usher_errno() == EINTR {}
        let signal = status & 0x7F
        return signal == 0
            ? .exited(status: UInt8(truncatingIfNeeded: status >> 8))
            : .killed(signal: UInt8(truncatingIfNeeded: signal))
    }
}
