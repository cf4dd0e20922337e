internal import CLinux
internal import UsherEventLoop
internal import UsherPAMProcesses
package import UsherPAMWire
package import UsherPOSIX
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
    /// The file that /etc/pam.d/other must be or equal; nil for any. libpam uses the service `other` in place of a
    /// service that it cannot read, and for each phase for which a service has no line: so `other` must refuse.
    package var other: String?
    /// The services that are served; nil for all that have a file.
    package var services: ServiceList?
    /// The lowest uid that logs in; 0 for any. The name of an account with a lower uid never reaches a module.
    package var minimumUID: UInt32 = 1
    /// Niceness of workers, 0 to 19.
    package var nice: UInt8 = 0
    /// Whether workers may write to standard error.
    package var inheritsErrors = false
    /// How the processes of a login are kept from those of others.
    package var separation = PAMSeparation.none
    /// How much the broker does at once.
    package var limits: BrokerLimits
    /// The files that are watched for changes of accounts.
    package var accountFiles = AccountFiles.Places()

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
    /// The process that workers are forked from; made when the first worker is wanted.
    var zygote: WorkerZygote?
    /// Number of the zygote that made the newest worker.
    var lastZygote: UInt64 = 0
    /// The processes and threads of logins.
    let tasks = LoginTasks()
    /// The limits with which the broker began.
    let limits: OwnLimits
    /// Whether the broker ends with this turn of its loop.
    var isLeaving = false
    /// Starts and answers that wait for a worker, each in a buffer of exactly its size.
    var held: [TransactionKey: HeldMessage] = [:]
    /// Services that are not served and that standard error has named.
    var strangeServices: Set<String> = []
    /// The message at hand: what was received last.
    var received = Datagram(limit: PAMLimits.datagram)
    /// For messages that the broker writes itself.
    var written = Datagram(limit: PAMLimits.datagram)
    private var lastClient: UInt64 = 0
    private var accountFiles: AccountFiles?
    private var listening: EventSource?
    private var timer: EventTimer?
    private var signals: [EventSource] = []

    /// A broker of that set-up.
    package init(_ configuration: BrokerConfiguration) throws(SystemError) {
        loop = try EventLoop()
        _ = usher_raise_descriptors()
        limits = OwnLimits()
        self.configuration = configuration
        state = BrokerState(limits: configuration.limits)
    }

    private static let otherService = "/etc/pam.d/other"
    /// More than any service file has, in bytes.
    private static let longestService = 65_536

    /// Whether the system's service `other` is the configured file, or equals it: an upgrade of Usher puts a file of
    /// the same content in place of the one that the unit has mounted. Costs two stat(2) most often.
    var isOtherRight: Bool {
        guard let other = configuration.other else { return true }
        if unsafe usher_is_same_file(other, Self.otherService) == 1 { return true }
        guard let wanted = try? SmallFile.read(other, limit: Self.longestService),
            let found = try? SmallFile.read(Self.otherService, limit: Self.longestService)
        else { return false }
        return wanted == found
    }

    /// Serves until SIGTERM or SIGINT; returns the exit status.
    package func run() throws(SystemError) -> Int32 {
        guard isOtherRight else {
            BrokerProcess.complain("/etc/pam.d/other is not \(configuration.other ?? "")")
            return 1
        }
        try prepare()
        perform(state.started(at: loop.now))
        ServiceManager.notify("READY=1\nSTATUS=Serving PAM transactions")
        return try loop.run()
    }

    private func prepare() throws(SystemError) {
        Signals.block([SIGTERM, SIGINT, SIGCHLD])
        _ = usher_set_nonblocking(configuration.listener)
        _ = usher_refuse_descriptors(configuration.listener)
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            perform(state.timePassed(to: loop.now))
        }
        listening = try loop.watch(configuration.listener) { [unowned self] _ in accept() }
        signals = [
            try loop.onSignal(SIGTERM) { [unowned self] in stop() },
            try loop.onSignal(SIGINT) { [unowned self] in stop() },
            try loop.onSignal(SIGCHLD) { [unowned self] in endStrays() },
        ]
        accountFiles = try AccountFiles(
            configuration.accountFiles, loop: loop, warn: BrokerProcess.warn
        ) { [unowned self] changes in
            for client in state.greetedClients { send(.accountsChanged(changes), to: client) }
        }
        loop.feedWatchdog()
    }

    /// Ends all transactions, then the broker.
    func stop() {
        ServiceManager.notify("STOPPING=1")
        listening = nil
        perform(state.stopRequested(at: loop.now))
    }

    /// Kills processes that outlived their worker, and forgets a zygote that has ended: at SIGCHLD, and before leaving.
    func endStrays() {
        if zygote?.reap() ?? false { zygote = nil }
        let known = Set(workers.values.map(\.pid))
        StrayProcesses.end { known.contains($0) || zygote?.isProcess($0) ?? false }
    }

    /// Accepts one connection. If there are no descriptors left, listening pauses until one is closed.
    private func accept() {
        let descriptor = usher_accept(configuration.listener)
        guard descriptor >= 0 else {
            if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(usher_errno()) { listening?.isEnabled = false }
            return
        }
        let connection = ClientConnection(PeerSocket(accepted: descriptor, closer: loop.closer))
        lastClient += 1
        let client = ClientID(number: lastClient)
        guard isAllowed(descriptor), state.clientConnected(client) else { return }
        clients[client] = connection
        connection.source = try? loop.watch(descriptor) { [unowned self] in clientReady(client, $0) }
        if connection.source == nil { perform(state.clientMisbehaved(client, at: loop.now)) }
    }

    private func isAllowed(_ descriptor: Int32) -> Bool {
        var (uid, gid, pid) = (uid_t(0), gid_t(0), pid_t(0))
        guard unsafe usher_peer_credentials(descriptor, &uid, &gid, &pid) == 0 else { return false }
        return uid == 0 || uid == configuration.clientUID
    }

    /// Resumes listening, because descriptors may have been closed, and arms the timer for the next deadline.
    func settle() {
        listening?.isEnabled = true
        timer?.arm(sinceBoot: state.nextDeadline)
    }
}

/// A message that waits for its worker; zeroed when it is released.
final class HeldMessage {
    let bytes: SecretBytes
    init(copying bytes: Span<UInt8>) { self.bytes = SecretBytes(copying: bytes) }
}
