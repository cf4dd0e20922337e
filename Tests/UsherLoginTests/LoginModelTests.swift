import Testing
import UsherLogin
import UsherNames
import UsherSecrets
import UsherTestKit

@Suite("Login table under random events")
struct LoginModelTests {
    @Test("answers every request once unless its connection is gone, and ends every login once", arguments: 0..<20)
    func everyRequest(_ seed: UInt64) {
        var model = LoginModel(seed: seed)
        for _ in 0..<2000 { model.step() }
        model.finish()
        #expect(model.started > 100 && model.completed > 10)
    }
}

/// Throws every event at a small table, thousands of times, and keeps the requests that are owed an answer and the
/// logins that are owed an end.
struct LoginModel {
    private var random: SplitMix
    private var bench = LoginBench(limits: .init(open: 8))
    private var ids: [TransactionName] = []
    private var owed: [UInt64: UInt64] = [:]
    private var unended: Set<TransactionName> = []
    private var request: UInt64 = 0
    private let seed: UInt64
    private(set) var started = 0
    private(set) var completed = 0

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
    }

    private mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }
    private mutating func phase() -> PAMPhase { PAMPhase.allCases[Int(below(4))] }

    private mutating func settle(_ decision: LoginDecision<BenchContext>?) {
        guard let decision else { return }
        for action in decision.actions {
            switch action {
            case .forwardAnswers, .cancelWorker, .countFailure, .countUndecided: break
            case .ask: answered(decision.login)
            case .complete, .refuse:
                answered(decision.login)
                if case .complete = action { completed += 1 }
                #expect(unended.remove(decision.login.name) != nil, "ended twice")
                #expect(bench.table[decision.login.name] == nil && action == decision.actions.last)
            }
        }
    }

    private mutating func answered(_ login: Login<BenchContext>) {
        guard let request = login.context.request else { return }
        login.context.request = nil
        #expect(owed.removeValue(forKey: request) != nil, "answered twice, or never asked")
    }

    mutating func step() {
        bench.now += .milliseconds(Int(below(200)))
        let id = ids.isEmpty ? LoginBench.id : ids[max(0, ids.count - 1 - Int(below(12)))]
        let connection = below(3)
        switch below(18) {
        case 0...4: start(on: connection)
        case 5...8: ask(id)
        case 9...12: answer(id, on: connection)
        case 13...14: judge(id)
        case 15: settle(try? bench.table.cancelled(id, connection: connection, now: bench.now))
        case 16 where below(8) == 0: close(connection)
        case 17 where below(16) == 0: revoke()
        default: for decision in bench.table.expire(now: bench.now) { settle(decision) }
        }
        #expect(bench.table.open <= 8 && bench.table.count <= 40)
    }

    mutating func finish() {
        while let next = bench.table.nextDeadline {
            bench.now = max(bench.now, next)
            for decision in bench.table.expire(now: bench.now) { settle(decision) }
        }
        #expect(bench.table.count == 0)
        #expect(owed.isEmpty && unended.isEmpty)
    }

    private mutating func start(on connection: UInt64) {
        request += 1
        let start = LoginBench.start(
            rules: LoginRules(relaysMessages: below(2) == 0), timeout: below(3) == 0 ? .seconds(2) : nil,
            password: below(2) == 0, peer: UInt32(below(4)),
            known: below(4) == 0, connection: connection)
        let id = TransactionName(high: seed, low: request)
        let context = BenchContext(request: request)
        settle(bench.table.makeRoom(for: start, now: bench.now))
        guard (try? bench.table.begin(start, as: id, now: bench.now, context: { context })) != nil else { return }
        owed[request] = connection
        unended.insert(id)
        ids.append(id)
        started += 1
    }

    private mutating func ask(_ id: TransactionName) {
        let all: [PAMPrompt] = [.password, .color, .note, .complaint]
        let count = below(4)
        let prompts = (0..<count).map { _ in all[Int(below(4))] }
        settle(bench.table.workerAsked(id, phase: phase(), prompts: prompts, now: bench.now, random: random.next()))
    }

    private mutating func answer(_ id: TransactionName, on connection: UInt64) {
        request += 1
        let decision = try? bench.table.answered(
            id, connection: connection, count: Int(below(3)), now: bench.now, random: random.next())
        guard let decision else { return }
        owed[request] = connection
        #expect(decision.login.context.request == nil, "two requests wait")
        decision.login.context.request = request
        settle(decision)
    }

    private mutating func judge(_ id: TransactionName) {
        let account = LoginAccount(name: "alice", uid: UInt32(below(4)))
        let code = below(3) == 0 ? Int32(7) : 0
        settle(
            bench.table.verdict(
                id, phase: phase(), code: code, account: account, now: bench.now, random: random.next()))
    }

    /// As the engine does: nobody is left to be answered.
    private mutating func close(_ connection: UInt64) {
        for login in bench.table.all where login.start.connection == connection { login.context.request = nil }
        owed = owed.filter { $0.value != connection }
        for decision in bench.table.connectionClosed(connection, now: bench.now) { settle(decision) }
    }

    private mutating func revoke() {
        for decision in bench.table.userRevoked("alice", realm: "default", now: bench.now) { settle(decision) }
    }
}
