internal import CLinux
internal import CSystemd
package import UsherEventLoop
internal import UsherJournal
package import UsherPOSIX

/// The process: a socket that listens for usherd, and one conversation at a time.
package final class LinkService {
    private let listener: CInt
    private let clientUID: UInt32
    private let configuration: LinkConfiguration
    private let loop: EventLoop
    private let journal = LinkJournal()
    private var sources: [EventSource] = []
    private var conversation: LinkConversation?

    /// A service for the user `clientUID`, and for root, on a listening SOCK_SEQPACKET socket.
    package init(
        listener: CInt, clientUID: UInt32, configuration: LinkConfiguration, loop: EventLoop
    ) throws(SystemError) {
        (self.listener, self.clientUID, self.configuration, self.loop) = (listener, clientUID, configuration, loop)
        _ = try SystemError.check(usher_set_nonblocking(listener), "fcntl")
        // Linux 6.16 then needs no look at each datagram (``PeerSocket``).
        _ = usher_refuse_descriptors(listener)
        sources.append(try loop.watch(listener) { [unowned self] _ in accept() })
        for signal in [SIGTERM, SIGINT] {
            sources.append(try loop.onSignal(signal) { loop.exit(0) })
        }
    }

    /// Serves until SIGTERM or SIGINT; the code to exit with.
    package func run() throws(SystemError) -> CInt {
        loop.feedWatchdog()
        ServiceManager.notify("READY=1")
        let code = try loop.run()
        conversation?.close()
        return code
    }

    /// Takes a connection of usherd in place of the earlier one, which usherd has lost.
    private func accept() {
        let number = usher_accept(listener)
        guard number >= 0 else { return }
        guard isClient(number), !loop.closer.isFull else {
            CLinux.close(number)
            return
        }
        conversation?.close()
        conversation = try? LinkConversation(
            accepted: number, configuration, loop: loop, journal: journal,
            over: { [unowned self] in conversation = nil })
    }

    private func isClient(_ number: CInt) -> Bool {
        var uid: uid_t = 0
        var gid: gid_t = 0
        var pid: pid_t = 0
        guard unsafe usher_peer_credentials(number, &uid, &gid, &pid) == 0 else { return false }
        return uid == 0 || uid == clientUID
    }
}

extension LinkService {
    /// sd_is_socket(3): whether it is a listening Unix socket for datagrams in sequence. Makes it close-on-exec.
    package static func isListening(_ descriptor: CInt) -> Bool {
        guard sd_is_socket(descriptor, AF_UNIX, CInt(SOCK_SEQPACKET.rawValue), 1) > 0 else { return false }
        return usher_set_cloexec(descriptor, 1) == 0
    }
}
