import UsherDaemon
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherPOSIX
import UsherSecrets
import UsherSessions
import UsherWire

/// A live engine over plain memory, with two peers, a broker and a clock, all of them made of the input.
final class FuzzWorld {
    private let host = FuzzHost()
    private let engine: Engine
    private let clock = FuzzClock()
    private let memory: [MemoryFile]
    private var peers: [ConnectionID] = []
    private var nextConnection: UInt32 = 0
    private var answers = FrameBuffer(capacity: 2 * (WireLimit.header + WireLimit.frame))

    init() {
        let limits = Self.configuration.limits
        let geometry = LedgerGeometry(capacity: limits.capacity)
        let sizes = [geometry.ledgerSize, geometry.boardSize, LimiterLayout.size(entries: limits.limiterNames)]
        guard let memory = try? sizes.map({ try MemoryFile(name: "fuzz", size: $0) }) else {
            preconditionFailure("no memory")
        }
        self.memory = memory
        let clock = clock
        guard
            let engine = try? unsafe Engine(
                serverName: "usherd/0", configuration: Self.configuration, rootNames: ["root"],
                ledger: Ledger(formatting: memory[0].bytes, board: memory[1].bytes, geometry: geometry),
                limiter: Limiter(creatingIn: memory[2].bytes, entries: limits.limiterNames, key: (1, 2)), host: host,
                clock: { Moment(nanoseconds: clock.nanoseconds, unixOffset: 1_700_000_000) })
        else { preconditionFailure("the services do not fit") }
        self.engine = engine
        peers = [connect(0, 1000), connect(1, 1001)]
    }

    /// Small tables, so that they are full soon; two realms; every role for one peer, few for the other.
    private static let configuration: Configuration = {
        var limits = Limits()
        limits.capacity = 24
        limits.sessionsPerUser = 3
        limits.inFlight = 4
        limits.subscribers = 1
        limits.logins = 6
        limits.loginsPerSource = 3
        limits.limiterNames = 64
        let open = LoginRules(
            loginTimeout: .seconds(60), relaysMessages: true, allowsNoAccount: true, allowsPasswordChange: true)
        return Configuration(
            limits: limits,
            services: [
                Service(name: "web", idle: .seconds(30), absolute: .seconds(90)),
                Service(name: "open", idle: .seconds(600), absolute: .seconds(600), rules: open),
                Service(name: "vault", realm: "vault", rules: LoginRules(revealsAccountState: false)),
            ],
            clients: [
                ClientEntry(name: "all", subject: .user(1000), roles: .all, relaysSource: true),
                ClientEntry(
                    name: "some", subject: .user(1001), roles: [.login, .validate], services: ["open", "vault"]),
            ])
    }()

    private func connect(_ peer: Int, _ uid: UInt32) -> ConnectionID {
        nextConnection += 1
        let id = ConnectionID(index: UInt32(peer), generation: nextConnection)
        host.open[id] = FuzzLedgerOfRequests()
        engine.connected(id, PeerCredentials(uid: uid, gid: uid, pid: 1, groups: []))
        return id
    }

    // MARK: Steps

    func take(_ step: FuzzStep) {
        switch step {
        case .frame(let peer, let body): send(host.expanded(body), from: peer)
        case .invalidLength(let peer): refuse(peer)
        case .reconnect(let peer, let uid): reconnect(peer, uid)
        case .datagram(let bytes):
            if let report = try? PAMReport.decode(bytes.span) { engine.brokerReported(report) }
        case .report(let recent, let report): self.report(recent, report)
        case .brokerLost(let isThere):
            host.isBrokerThere = isThere
            engine.brokerLost()
        case .wait(let milliseconds): clock.advance(milliseconds * 1_000_000)
        case .tick: tick()
        case .drain: engine.drain()
        }
    }

    /// Every login ends by itself, and by then every request of a connection that is still there has had its answer.
    func finish() {
        for _ in 0..<200 where host.deadline != nil { tick() }
        engine.brokerLost()
        for _ in 0..<200 where host.deadline != nil { tick() }
        for requests in host.open.values { requests.expectNothingOwed() }
        precondition(!engine.isBusy, "a login is still to be answered")
    }

    private func tick() {
        host.brokerRoom = FuzzHost.socket
        guard let deadline = host.deadline else { return engine.tick() }
        clock.nanoseconds = max(clock.nanoseconds, deadline)
        host.deadline = nil
        engine.tick()
    }

    private func send(_ body: [UInt8], from peer: Int) {
        guard !body.isEmpty, body.count <= WireLimit.frame else { return }
        let id = peers[peer]
        host.open[id]?.sent(body)
        let frame = withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
        engine.beginTurn()
        var batch = FrameBatch()
        batch.add(0..<frame.count, of: frame.span)
        let outcome = engine.received(4..<frame.count, of: frame.span, in: &batch, from: id, answers: &answers).outcome
        engine.endTurn()
        _ = engine.takeSensitivity()
        takeAnswers(of: id)
        host.open[id]?.expectImmediateAnswer(to: body)
        if outcome == .close { reconnect(peer, 1000 + UInt32(peer)) }
    }

    private func refuse(_ peer: Int) {
        host.open[peers[peer]]?.sentNonsense()
        engine.refusedLength(from: peers[peer], answers: &answers)
        takeAnswers(of: peers[peer])
        reconnect(peer, 1000 + UInt32(peer))
    }

    private func takeAnswers(of id: ConnectionID) {
        answers.withBytes { host.deliver($0, to: id) }
        answers.removeAll()
    }

    private func reconnect(_ peer: Int, _ uid: UInt32) {
        engine.closed(peers[peer])
        host.open[peers[peer]] = nil
        peers[peer] = connect(peer, uid)
    }

    private func report(_ recent: Int, _ report: FuzzReport) {
        guard host.lastTransaction > UInt64(recent) else { return }
        let transaction = host.lastTransaction - UInt64(recent)
        var datagram = Datagram(limit: PAMLimits.datagram)
        // What cannot be written cannot come from the broker either.
        guard (try? PAMReport(report, of: transaction, surveyed: host.surveyed).encode(into: &datagram)) != nil else {
            return
        }
        guard let read = try? datagram.withBytes(PAMReport.decode) else { preconditionFailure("written, not read") }
        engine.brokerReported(read)
    }
}

/// Time since boot.
final class FuzzClock {
    var nanoseconds: Int64 = 1_000_000_000_000

    /// Time does not go back, and 136 years after boot it stands still.
    func advance(_ more: Int64) { nanoseconds = min(nanoseconds + min(more, 1 << 61), 1 << 62) }
}

extension PAMReport {
    init(_ report: FuzzReport, of transaction: UInt64, surveyed: Int) {
        switch report {
        case .success(let user, let uid):
            let account = uid.map { PAMVerdict.Account(name: user, uid: user == "root" ? 0 : $0) }
            self = .verdict(
                PAMVerdict(transaction: transaction, phase: .account, code: 0, user: user, account: account))
        case .refusal(let phase, let code):
            let phase = PAMVerdict.Phase(rawValue: phase % 3 + 1) ?? .account
            var verdict = PAMVerdict(
                transaction: transaction, phase: phase, code: code, user: code % 2 == 0 ? "ann" : "")
            verdict.isUIDTaken = code % 3 == 0
            self = .verdict(verdict)
        case .challenge(let purpose, let prompts, let style, let length):
            let purpose = LoginPurpose(rawValue: purpose % 2 + 1) ?? .login
            let text = String(repeating: style & 4 == 0 ? "\"" : "p\n", count: length % 2100)
            self = .challenge(
                PAMChallenge(
                    transaction: transaction, purpose: purpose,
                    prompts: (0..<prompts).map { index in
                        let raw = index == 0 ? style % 2 + 1 : (style &+ UInt8(index)) % 4 + 1
                        return PAMPrompt(PromptStyle(rawValue: raw) ?? .info, text, isCut: style & 8 != 0)
                    }))
        case .survey(let digest):
            let digests = AccountDigest(rawValue: UInt32(digest)).map { Array(repeating: $0, count: surveyed) }
            self = .surveyed(PAMSurveyed(transaction: transaction, digests: digests ?? []))
        case .change(let changes): self = .accountsChanged(AccountChanges(rawValue: changes & 7))
        case .failure(let kind):
            let all: [PAMFailure] = [
                .busy(retryAfter: .seconds(3)), .queueFull, .timeout, .cancelled, .crashed(signal: kind),
                .exited(status: kind), .spawnFailed, .serviceUnknown, .serviceNotServed,
                .protocolViolated,
            ]
            self = .failed(transaction: transaction, all[Int(kind) % all.count])
        }
    }
}
