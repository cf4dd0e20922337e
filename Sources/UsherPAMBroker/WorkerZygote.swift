internal import CLinux
internal import UsherEventLoop
internal import UsherPAMProcesses
internal import UsherPAMWire
internal import UsherPOSIX

/// The process that workers are forked from, so that a login costs a fork instead of the start of a program.
///
/// It is the worker's program (`Zygote` there), which calls no module and reads no login. The broker asks for a worker,
/// passes it one end of a channel, and waits for its pid. So the broker knows each of its children at any time, except
/// strays, which `StrayProcesses` kills. A worker whose zygote was given up before it answered is a stray too.
///
/// Workers of one zygote share its layout of memory and its stack canary. An attacker who can crash them could guess
/// both byte by byte if the next worker had the same layout. Therefore the zygote and the spare are replaced when a
/// worker dies by a signal, even the broker's own at a deadline, or ends without a verdict. So a guess costs the start
/// of a program, and only the workers that run at once can be tried on one layout. A zygote is also given up after a
/// number of workers and a time (`BrokerLimits`), and ends by itself when a library that it uses has been replaced. Not
/// covered: children that a module forks, whose crash only the module sees; the layout of a module that serves a login
/// by child after child may be guessed within that login. Rejected: fork(2) of the broker, whose memory has what a
/// login must not see; a worker that serves several logins; asking without waiting, where a child may be unknown for a
/// while and SIGCHLD comes first.
final class WorkerZygote {
    /// The answer to the request for a worker.
    enum Outcome {
        case made(WorkerProcess)
        /// The kernel let no further process be made.
        case refused
        /// The zygote has ended, or is silent: make another one.
        case lost

        /// The process, if one was made.
        var process: WorkerProcess? {
            if case .made(let process) = self { process } else { nil }
        }
    }

    /// How long it may take to answer, in milliseconds: a fork takes a fraction of one, the start of a program some,
    /// and more from a disk. The broker serves nobody meanwhile.
    private static let (patience, firstPatience) = (Int32(500), Int32(2000))

    private let pid: pid_t
    private let channel: PeerSocket
    private let closer: SocketCloser
    private let number: UInt64
    private var hasAnswered = false
    private var isReaped = false
    private var message = Datagram(limit: PAMLimits.datagram)

    /// Starts a zygote from `program`; its workers carry `number`. Nil on failure.
    init?(_ program: WorkerProgram, _ setup: PAMSetup, number: UInt64, closer: SocketCloser) {
        guard let pair = ChannelPair(closer: closer), let pid = program.spawn(pair.far), let channel = pair.takeNear()
        else { return nil }
        self.pid = pid
        self.number = number
        self.channel = channel
        self.closer = closer
        guard usher_set_receive_timeout(self.channel.number, Self.firstPatience) == 0, send(.setup(setup)) else {
            return nil
        }
    }

    /// Nobody waits for its end: `StrayProcesses` reaps it.
    deinit {
        if !isReaped { kill(pid, SIGKILL) }
    }

    /// Whether `process` is this one.
    func isProcess(_ process: pid_t) -> Bool { process == pid }

    /// Whether the zygote has ended by itself. If so, its status is taken (waitpid(2)), and it is of no further use.
    func reap() -> Bool {
        if !isReaped { isReaped = waitpid(pid, nil, WNOHANG) == pid }
        return isReaped
    }

    /// A new worker. Waits for the answer, so that there is no worker that the broker does not know.
    func fork() -> Outcome {
        guard let pair = ChannelPair(closer: closer) else { return .refused }
        guard send(.fork, passing: pair.far) else { return .lost }
        let outcome = Self.outcome(of: receive(), pair, number)
        if !hasAnswered, outcome.process != nil {
            hasAnswered = true
            _ = usher_set_receive_timeout(channel.number, Self.patience)
        }
        return outcome
    }

    /// The outcome for an answer. No worker is process 1: kill(2) of -1 would signal every process.
    static func outcome(of answer: PAMReport?, _ pair: ChannelPair, _ number: UInt64) -> Outcome {
        switch answer {
        case .forked(let worker) where worker > 1:
            switch pair.takeNear() {
            case .some(let channel): .made(WorkerProcess(pid: worker, channel: channel, zygote: number))
            case .none: .lost
            }
        case .failed: .refused
        default: .lost
        }
    }

    private func send(_ request: consuming PAMRequest, passing descriptor: Int32 = -1) -> Bool {
        guard (try? request.encode(into: &message)) != nil else { return false }
        return message.send(on: channel.number, passing: descriptor)
    }

    private func receive() -> PAMReport? {
        guard message.receive(from: channel, waiting: true) == .bytes else { return nil }
        return try? message.withBytes { (bytes) throws(PAMWireError) in try PAMReport.decode(bytes) }
    }
}
