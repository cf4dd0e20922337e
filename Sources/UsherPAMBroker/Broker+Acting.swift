internal import CLinux
internal import UsherEventLoop
internal import UsherPAMProcesses
internal import UsherPAMWire
internal import UsherPOSIX
internal import UsherSecrets

/// What goes out.
extension Broker {
    /// Runs the actions in order, and those that follow from them.
    func perform(_ actions: [BrokerAction]) {
        var queue = actions
        var next = 0
        while next < queue.count {
            queue += perform(queue[next])
            next += 1
        }
        settle()
    }

    /// Runs one action, and returns the actions that follow from it.
    private func perform(_ action: BrokerAction) -> [BrokerAction] {
        switch action {
        case .spawn(let worker): return spawn(worker)
        case .pass(let worker):
            received.withBytes { _ = workers[worker]?.send($0) }
            return announce(worker)
        case .hold(let key): held[key] = received.withBytes { HeldMessage(copying: $0) }
        case .deliver(let key, let worker):
            held.removeValue(forKey: key)?.bytes.withBytes { _ = workers[worker]?.send($0) }
            return announce(worker)
        case .discard(let key): held[key] = nil
        case .relay(let client): return received.withBytes { deliver($0, to: client) }
        case .deny(let key): return report(.verdict(.wrongSecret(key.transaction)), to: key.client)
        case .fail(let key, let failure): return report(.failed(transaction: key.transaction, failure), to: key.client)
        case .reportClosed(let user): BrokerProcess.complain(closedLine(user))
        case .cancel(let worker, let transaction): tell(worker, .cancel(transaction: transaction))
        case .terminate(let worker): workers[worker]?.signal(SIGTERM)
        case .kill(let worker): workers[worker]?.signal(SIGKILL)
        case .count: return state.counted(tasks.counted(), at: loop.now)
        case .sweep(let worker): tasks.kill(of: worker)
        case .reportFlood(let worker, let count): BrokerProcess.complain(floodLine(worker, count))
        case .close(let client): clients[client] = nil
        case .renew: zygote = nil
        case .finish: leave(0)
        case .abandon: giveUp("a worker does not end, even by SIGKILL")
        }
        return []
    }

    /// Ends the broker, and all processes of logins with it.
    private func leave(_ status: Int32) {
        isLeaving = true
        zygote = nil
        tasks.killAll()
        endStrays()
        loop.exit(status)
    }

    /// Ends a broker that can serve nobody, for the service manager to start another one.
    private func giveUp(_ why: String) {
        guard !isLeaving else { return }
        BrokerProcess.complain(why + ": ending with status 1")
        leave(1)
    }

    /// The name holds no control characters (`UserName`); quotes in it are escaped.
    private func closedLine(_ user: String) -> String {
        let limits = configuration.limits
        let (pause, undecided) = (limits.guessInterval, limits.undecidedInterval)
        return "too many logins of \(user.debugDescription) proved nothing: one more is let through every "
            + "\(pause.components.seconds) seconds, every \(undecided.components.seconds) if it was modules that could not "
            + "decide, and a restart of usher-pam forgets them"
    }

    private func floodLine(_ worker: WorkerID, _ count: Int) -> String {
        "worker \(workers[worker]?.pid ?? 0) has \(count) processes and threads, with what its modules started: "
            + "its login is ended, since one may have \(configuration.limits.tasks)"
    }

    /// Tells the client which process serves its transaction, once.
    private func announce(_ worker: WorkerID) -> [BrokerAction] {
        guard let process = workers[worker], !process.isAnnounced, let key = state.transaction(of: worker) else {
            return []
        }
        process.isAnnounced = true
        return report(.started(transaction: key.transaction, worker: process.pid), to: key.client)
    }

    /// Sends a report that the broker itself makes.
    func send(_ report: PAMReport, to client: ClientID) { perform(self.report(report, to: client)) }

    private func report(_ report: PAMReport, to client: ClientID) -> [BrokerAction] {
        guard (try? report.encode(into: &written)) != nil else { return [] }
        return written.withBytes { deliver($0, to: client) }
    }

    /// A client that does not take its reports is lost, with its transactions.
    private func deliver(_ bytes: Span<UInt8>, to client: ClientID) -> [BrokerAction] {
        guard let connection = clients[client], !connection.send(bytes) else { return [] }
        clients[client] = nil
        return state.clientGone(client, at: loop.now)
    }

    private func spawn(_ worker: WorkerID) -> [BrokerAction] {
        guard !isLeaving else { return state.spawnFailed(worker, at: loop.now) }
        var rest: [BrokerAction] = []
        guard let process = fork(worker) ?? forkAfterFloods(worker, &rest) else {
            if OwnLimits().areBelow(limits) { giveUp("somebody has lowered the limits of descriptors or processes") }
            return rest + state.spawnFailed(worker, at: loop.now)
        }
        do throws(SystemError) {
            process.channelSource = try loop.watch(process.channel.number) { [unowned self] _ in workerReady(worker) }
            process.endSource = try loop.watch(process.pidfd) { [unowned self] _ in workerEnded(worker) }
        } catch {
            process.signal(SIGKILL)
            _ = process.reap()
            return rest + state.spawnFailed(worker, at: loop.now)
        }
        workers[worker] = process
        return rest
    }

    /// If no process can be made, one login may have used up all of them: it is ended now, instead of the one that
    /// begins. `rest` receives the actions that follow.
    private func forkAfterFloods(_ worker: WorkerID, _ rest: inout [BrokerAction]) -> WorkerProcess? {
        for action in state.counted(tasks.counted(), at: loop.now) {
            if case .sweep(let flood) = action { tasks.kill(of: flood) } else { rest.append(action) }
        }
        guard !rest.isEmpty else { return nil }
        for _ in 0..<Self.attempts {
            // What was killed ends, and is reaped here.
            poll(nil, 0, Self.attemptPause)
            endStrays()
            if let process = fork(worker) { return process }
        }
        return nil
    }

    /// How often, and after how many milliseconds each, a worker is forked again after floods have been ended.
    private static var attempts: Int { 10 }
    private static var attemptPause: Int32 { 2 }

    /// Forks a worker and marks it. Where that fails the processes of its login would not be counted: it is ended, and
    /// another one is made, by another zygote, which may have other limits. If that one cannot be marked either, the
    /// broker ends.
    private func fork(_ worker: WorkerID) -> WorkerProcess? {
        for _ in 0..<2 {
            guard let process = fork() else { return nil }
            if tasks.mark(process.pid, as: worker) { return process }
            process.signal(SIGKILL)
            _ = process.reap()
            zygote = nil
        }
        giveUp("processes of logins cannot be marked, to be counted")
        return nil
    }

    /// Forks a worker from the zygote. If the zygote was lost, tries a new one while the state allows it.
    private func fork() -> WorkerProcess? {
        while state.mayFork(at: loop.now) {
            zygote = zygote ?? WorkerZygote(program, setup, number: lastZygote + 1, closer: loop.closer)
            guard let outcome = zygote?.fork() else { return nil }
            guard case .lost = outcome else {
                state.zygoteAnswered()
                lastZygote = outcome.process?.zygote ?? lastZygote
                return outcome.process
            }
            zygote = nil
            if state.zygoteLost(at: loop.now) {
                BrokerProcess.complain("workers cannot be made: two zygotes in a row ended or gave no answer")
            }
        }
        return nil
    }

    private var program: WorkerProgram {
        WorkerProgram(path: configuration.worker, errors: configuration.inheritsErrors ? .same : .null)
    }

    private var setup: PAMSetup {
        PAMSetup(
            serviceDirectory: configuration.serviceDirectory, nice: configuration.nice,
            separation: configuration.separation, minimumUID: configuration.minimumUID)
    }

    private func tell(_ worker: WorkerID, _ request: consuming PAMRequest) {
        guard (try? request.encode(into: &written)) != nil else { return }
        written.withBytes { _ = workers[worker]?.send($0) }
        written.wipe()
    }
}

extension PAMVerdict {
    /// PAM_AUTH_ERR.
    fileprivate static func wrongSecret(_ transaction: UInt64) -> PAMVerdict {
        PAMVerdict(transaction: transaction, phase: .authentication, code: 7)
    }
}
