internal import CLinux
internal import UsherEventLoop
internal import UsherNames
internal import UsherPAMProcesses
internal import UsherPAMWire
internal import UsherPOSIX

/// What comes in.
extension Broker {
    /// Messages that are read from one descriptor before the others have their turn.
    private static var turn: Int { 16 }

    /// The client's socket is ready.
    func clientReady(_ client: ClientID, _ events: UInt32) {
        guard let connection = clients[client] else { return }
        if events & UInt32(EPOLLOUT.rawValue) != 0, !connection.flush() { return lose(client) }
        for _ in 0..<Self.turn {
            guard clients[client] === connection else { return }
            switch received.receive(from: connection.socket) {
            case .nothing: return
            case .ended, .descriptor: return lose(client)
            case .bytes: takeRequest(client)
            }
            received.wipe()
        }
    }

    private func lose(_ client: ClientID) {
        clients[client] = nil
        perform(state.clientGone(client, at: loop.now))
    }

    private func takeRequest(_ client: ClientID) {
        let request = try? received.withBytes { (bytes) throws(PAMWireError) in try PAMRequest.decode(bytes) }
        let now = loop.now
        switch consume request {
        case .hello(let version):
            send(.hello(configuration.limits.hello), to: client)
            perform(state.greeted(client, version: version, at: now))
        case .start(let start): begin(client, start)
        case .survey(let survey):
            let key = TransactionKey(client: client, transaction: survey.transaction)
            perform(state.checkRequested(key, isSurvey: true, timeout: survey.timeout, at: now))
        case .answers(let answers):
            perform(state.answered(TransactionKey(client: client, transaction: answers.transaction), at: now))
        case .cancel(let transaction):
            perform(state.cancelled(TransactionKey(client: client, transaction: transaction), at: now))
        case .setup: perform(state.clientMisbehaved(client, at: now))
        case .fork: perform(state.clientMisbehaved(client, at: now))
        case .none: perform(state.clientMisbehaved(client, at: now))
        }
    }

    private func begin(_ client: ClientID, _ start: borrowing PAMStart) {
        guard state.stopping || isOtherRight else {
            // An upgrade of libpam replaces the unit's mount by its own file; the next process has the mount again.
            BrokerProcess.complain("/etc/pam.d/other has been replaced: ending, to be started anew")
            return stop()
        }
        guard PAMText.isService(start.service) else {
            return send(.failed(transaction: start.transaction, .serviceUnknown), to: client)
        }
        guard serves(start.service) else {
            return send(.failed(transaction: start.transaction, .serviceNotServed), to: client)
        }
        guard UserName.isValid(start.user) else {
            return send(.failed(transaction: start.transaction, .protocolViolated), to: client)
        }
        let key = TransactionKey(client: client, transaction: start.transaction)
        guard !start.options.contains(.accountOnly) else {
            guard !start.bringsPassword else { return perform(state.clientMisbehaved(client, at: loop.now)) }
            return perform(state.checkRequested(key, timeout: start.timeout, at: loop.now))
        }
        perform(
            state.startRequested(
                key, user: start.user, bringsPassword: start.bringsPassword, peer: start.peer, timeout: start.timeout,
                options: start.options, at: loop.now))
    }

    /// How many services that are not served are named on standard error, so that nobody fills the journal with them.
    private static var strangest: Int { 16 }

    private func serves(_ service: String) -> Bool {
        guard let list = configuration.services, !list.contains(service) else { return true }
        if strangeServices.count < Self.strangest, strangeServices.insert(service).inserted {
            BrokerProcess.complain(
                "the PAM service \(service) is refused: --services (USHER_SERVICES of the unit) does not name it")
        }
        return false
    }

    /// The worker's channel is ready. The end of the channel means nothing: only the end of the process counts.
    func workerReady(_ worker: WorkerID) {
        guard let process = workers[worker] else { return }
        for _ in 0..<Self.turn {
            switch received.receive(from: process.channel) {
            case .nothing: return
            case .ended:
                process.channelSource = nil
                return
            case .descriptor:
                // The descriptor stays in the channel, which is not read again.
                process.channelSource = nil
                return perform(state.misbehaved(worker, at: loop.now))
            case .bytes: takeReport(worker)
            }
        }
    }

    private func takeReport(_ worker: WorkerID) {
        let report = try? received.withBytes { (bytes) throws(PAMWireError) in try PAMReport.decode(bytes) }
        if let report {
            perform(state.reported(worker, report, at: loop.now))
        } else {
            perform(state.misbehaved(worker, at: loop.now))
        }
    }

    /// The process has ended; what it sent before counts.
    func workerEnded(_ worker: WorkerID) {
        workerReady(worker)
        guard let process = workers.removeValue(forKey: worker) else { return }
        let isOfLatest = process.zygote == lastZygote
        perform(state.workerEnded(worker, process.reap(), isOfLatest: isOfLatest, at: loop.now))
    }
}

extension PAMStart {
    fileprivate var bringsPassword: Bool {
        switch password {
        case .none: false
        case .some: true
        }
    }
}
