import UsherNames
import UsherPAMBroker
import UsherPAMWire

/// A broker, and what it believes to be around it: clients, workers and the messages that it keeps.
struct BrokerWorld {
    private static let limits: BrokerLimits = {
        var limits = BrokerLimits(computing: 2, conversing: 3, waiting: 3)
        limits.guesses = 4
        limits.forks = 9
        return limits
    }()

    private var state = BrokerState(limits: Self.limits)
    private var now = Duration.seconds(100)
    private var bytes = ArraySlice<UInt8>()
    private var clients: Set<ClientID> = []
    private var workers: [WorkerID] = []
    private var kept: Set<TransactionKey> = []
    private var isOver = false

    private mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// Does what `bytes` say, an octet for what, some more for which.
    mutating func run(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        perform(state.started(at: now))
        while !self.bytes.isEmpty, !isOver {
            perform(step())
            precondition(state.computing <= Self.limits.computing, "\(state.computing) compute")
            precondition(state.nextDeadline.map { $0 > now } ?? true || !state.timePassed(to: now).isEmpty)
        }
    }

    private mutating func step() -> [BrokerAction] {
        switch byte() % 13 {
        case 0: return connect()
        case 1: return state.clientGone(client(), at: now)
        case 2: return state.greeted(client(), version: byte() % 8 == 0 ? 0 : PAMLimits.version, at: now)
        case 3, 4:
            return state.startRequested(
                key(), user: "user\(byte() % 3)", bringsPassword: byte() % 2 == 0, peer: UInt32(byte() % 3),
                timeout: .seconds(Int(byte()) % 20), at: now)
        case 5: return state.answered(key(), at: now)
        case 6: return state.cancelled(key(), at: now)
        case 7, 8: return report()
        case 9: return end()
        case 12:
            return state.checkRequested(
                key(), isSurvey: byte() % 2 == 0, timeout: .seconds(Int(byte()) % 20), at: now)
        case 10:
            now += .milliseconds(Int(byte()) * 40)
            return state.timePassed(to: now)
        default: return trouble()
        }
    }

    private mutating func connect() -> [BrokerAction] {
        let client = client()
        guard !clients.contains(client) else { return [] }
        if state.clientConnected(client) { clients.insert(client) }
        return []
    }

    private mutating func trouble() -> [BrokerAction] {
        switch byte() % 8 {
        case 0: return state.stopRequested(at: now)
        case 1:
            _ = state.zygoteLost(at: now)
            _ = state.mayFork(at: now)
        case 2: state.zygoteAnswered()
        case 3: return state.clientMisbehaved(client(), at: now)
        default: break
        }
        return []
    }

    // MARK: Who and what

    private mutating func client() -> ClientID { ClientID(number: UInt64(byte() % 3)) }

    private mutating func key() -> TransactionKey {
        TransactionKey(client: client(), transaction: UInt64(byte() % 8))
    }

    private mutating func worker() -> WorkerID? {
        workers.isEmpty ? nil : workers[Int(byte()) % workers.count]
    }

    /// What a worker says: mostly about the transaction that it serves.
    private mutating func report() -> [BrokerAction] {
        guard let worker = worker() else { return [] }
        let served = state.transaction(of: worker)?.transaction ?? 0
        let transaction = byte() % 8 == 0 ? UInt64(byte() % 8) : served
        let report: PAMReport =
            switch byte() % 7 {
            case 0, 1:
                .challenge(
                    PAMChallenge(transaction: transaction, purpose: .login, prompts: [PAMPrompt(.secret, "")]))
            case 2: .verdict(PAMVerdict(transaction: transaction, phase: .account, code: 0, user: "ann"))
            case 3: .verdict(PAMVerdict(transaction: transaction, phase: .authentication, code: 7))
            case 6:
                .surveyed(PAMSurveyed(transaction: transaction, digests: []))
            case 4: .failed(transaction: transaction, .serviceUnknown)
            default: .started(transaction: transaction, worker: 1)
            }
        return state.reported(worker, report, at: now)
    }

    private mutating func end() -> [BrokerAction] {
        guard let worker = worker() else { return [] }
        workers.removeAll { $0 == worker }
        let isKilled = byte() % 2 == 0
        return state.workerEnded(
            worker, isKilled ? .killed(signal: 9) : .exited(status: byte() % 2), isOfLatest: byte() % 2 == 0, at: now)
    }

    // MARK: What it asks for

    private mutating func perform(_ actions: [BrokerAction]) {
        for action in actions {
            precondition(!isOver, "\(action) after the end")
            switch action {
            case .spawn(let worker): spawn(worker)
            case .hold(let key): precondition(kept.insert(key).inserted, "kept twice")
            case .deliver(let key, let worker):
                precondition(kept.remove(key) != nil && workers.contains(worker), "nothing to deliver, or to nobody")
            case .discard(let key): precondition(kept.remove(key) != nil, "nothing to discard")
            case .pass(let worker), .terminate(let worker), .kill(let worker), .cancel(let worker, _),
                .sweep(let worker):
                precondition(workers.contains(worker), "\(action): there is no such worker")
            case .close(let client): clients.remove(client)
            case .finish:
                precondition(workers.isEmpty && kept.isEmpty, "the end, and \(workers.count) workers")
                isOver = true
            case .abandon:
                precondition(!workers.isEmpty, "given up, and no worker is left")
                isOver = true
            case .renew, .relay, .deny, .fail, .count, .reportClosed, .reportFlood: break
            }
        }
    }

    private mutating func spawn(_ worker: WorkerID) {
        precondition(!workers.contains(worker), "a worker twice")
        workers.append(worker)
        precondition(workers.count <= 64, "\(workers.count) workers")
    }
}
