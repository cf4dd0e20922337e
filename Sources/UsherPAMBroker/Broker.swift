internal import CLinux
internal import CSystemd
internal import UsherPAMWire
internal import UsherSecrets

/// How a broker is set up.
package struct BrokerConfiguration: Sendable {
    /// The listening socket (SOCK_SEQPACKET); the broker takes it over.
    package var listener: Int32
    /// Who may connect besides root.
    package var clientUID: UInt32
    /// Path of the worker's executable.
    package var worker: String
    /// Directory of PAM service files; nil for the system's.
    package var serviceDirectory: String?
    /// Niceness of workers, 0 to 19.
    package var nice: UInt8 = 0
    /// Whether workers may write to standard error.
    package var inheritsErrors = false
    /// How much at once.
    package var limits: BrokerLimits

    /// A set-up for a listening socket.
    package init(listener: Int32, clientUID: UInt32, worker: String, limits: BrokerLimits) {
        self.listener = listener
        self.clientUID = clientUID
        self.worker = worker
        self.limits = limits
    }
}

/// The driver: turns what happens on descriptors into events of `BrokerState`, and runs the actions that come back.
/// No decision is taken here. One thread, one loop.
package final class Broker {
    let loop: EventLoop
    let configuration: BrokerConfiguration
    var state: BrokerState
    var clients: [ClientID: ClientConnection] = [:]
    var workers: [WorkerID: WorkerProcess] = [:]
    /// Starts and answers that wait, in exactly their size.
    var held: [TransactionKey: HeldMessage] = [:]
    /// The message at hand: what was received last.
    var received = PAMDatagram()
    /// For messages that the broker writes itself.
    var written = PAMDatagram()
    private var lastClient: UInt64 = 0
    private var listening: EventSource?
    private var timer: EventSource?
    private var signals: [EventSource] = []

    /// A broker; nil where there is no event loop.
    package init?(_ configuration: BrokerConfiguration) {
        guard let loop = EventLoop() else { return nil }
        self.loop = loop
        self.configuration = configuration
        state = BrokerState(limits: configuration.limits)
    }

    /// Serves until SIGTERM or SIGINT. The exit status: 0 after a signal, else 1.
    package func run() -> Int32 {
        guard prepare() else { return 1 }
        perform(state.started(at: loop.now))
        _ = unsafe sd_notify(0, "READY=1\nSTATUS=Serving PAM transactions")
        let status = loop.run()
        return status < 0 ? 1 : status
    }

    private func prepare() -> Bool {
        var blocked = sigset_t()
        unsafe sigemptyset(&blocked)
        for signal in [SIGTERM, SIGINT, SIGCHLD] { unsafe sigaddset(&blocked, signal) }
        unsafe sigprocmask(SIG_BLOCK, &blocked, nil)
        _ = usher_set_nonblocking(configuration.listener)
        let stop = { [unowned self] in
            _ = unsafe sd_notify(0, "STOPPING=1")
            listening = nil
            perform(state.stopRequested(at: loop.now))
        }
        timer = loop.timer { [unowned self] in perform(state.timePassed(to: loop.now)) }
        listening = loop.watch(configuration.listener, Self.readable) { [unowned self] _ in accept() }
        signals = [SIGTERM, SIGINT].compactMap { loop.watch(signal: $0, stop) }
        signals += [loop.watch(signal: SIGCHLD) { [unowned self] in endStrays() }].compactMap { $0 }
        loop.feedWatchdog()
        return timer != nil && listening != nil && signals.count == 3
    }

    static var readable: UInt32 { UInt32(EPOLLIN.rawValue) }

    /// Kills what outlived its worker: at SIGCHLD, and before leaving.
    func endStrays() {
        let known = Set(workers.values.map(\.pid))
        StrayProcesses.end { known.contains($0) }
    }

    /// Takes one connection in. Where there are no descriptors left, listening pauses until one is closed.
    private func accept() {
        let descriptor = usher_accept(configuration.listener)
        guard descriptor >= 0 else {
            if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(usher_errno()) { listening?.enable(false) }
            return
        }
        let connection = ClientConnection(descriptor: descriptor)
        lastClient += 1
        let client = ClientID(number: lastClient)
        guard isAllowed(descriptor), state.clientConnected(client) else { return }
        clients[client] = connection
        connection.source = loop.watch(descriptor, Self.readable) { [unowned self] in clientReady(client, $0) }
        if connection.source == nil { perform(state.clientMisbehaved(client, at: loop.now)) }
    }

    private func isAllowed(_ descriptor: Int32) -> Bool {
        var (uid, gid, pid) = (uid_t(0), gid_t(0), pid_t(0))
        guard unsafe usher_peer_credentials(descriptor, &uid, &gid, &pid) == 0 else { return false }
        return uid == 0 || uid == configuration.clientUID
    }

    /// Descriptors were closed: there may be room for another connection. And the timer is set to what is due next.
    func settle() {
        listening?.enable(true)
        timer?.set(state.nextDeadline)
    }
}

/// A message that waits for its worker; zeroed when it is let go.
final class HeldMessage {
    let bytes: SecretBytes
    init(copying bytes: Span<UInt8>) { self.bytes = SecretBytes(copying: bytes) }
}
