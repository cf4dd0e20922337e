import Testing
import UsherLogin
import UsherNames
import UsherSecrets

@Suite("Login table")
struct LoginTableTests {
    private func fill(_ table: inout LoginTable<BenchContext>, _ count: Int, _ start: (Int) -> LoginStart) throws {
        for index in 0..<count {
            try table.begin(start(index), as: TransactionName(high: 9, low: UInt64(index)), now: .seconds(1))
        }
    }

    @Test("takes 64 logins, of which 4 are kept for root, then says when to try again")
    func full() throws {
        var table = LoginTable<BenchContext>()
        try fill(&table, 60) { LoginBench.start(user: "u\($0)", peer: UInt32($0 + 1)) }
        #expect(throws: LoginMisfit.full(retryAfter: .seconds(1))) {
            try table.begin(LoginBench.start(peer: 1000), as: LoginBench.id, now: .seconds(1))
        }
        for index in 0..<4 {
            let id = TransactionName(high: 8, low: UInt64(index))
            try table.begin(LoginBench.start(peer: 0, address: "\(index)"), as: id, now: .seconds(1))
        }
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(peer: 0, address: "::1"), as: LoginBench.id, now: .seconds(1))
        }
        #expect(table.open == 64)
        #expect(throws: LoginMisfit.full(retryAfter: .seconds(1))) {
            try table.begin(LoginBench.start(peer: 1000), as: LoginBench.id, now: .seconds(1))
        }
        #expect(table.connectionClosed(LoginBench.connection, now: .seconds(1)).count == 64)
        #expect(table.open == 0)
        try table.begin(LoginBench.start(), as: LoginBench.id, now: .seconds(1))
    }

    @Test("takes 4 of one peer and source, whatever the names, and more of another source")
    func perSource() throws {
        var table = LoginTable<BenchContext>()
        try fill(&table, 4) { LoginBench.start(user: "u\($0)", address: "192.0.2.1") }
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(address: "192.0.2.1"), as: LoginBench.id, now: .seconds(1))
        }
        try table.begin(LoginBench.start(address: "192.0.2.2"), as: LoginBench.id, now: .seconds(1))
    }

    @Test("takes half of them from one peer, and a quarter of this half from known sources only")
    func perPeer() throws {
        var table = LoginTable<BenchContext>()
        try fill(&table, 24) { LoginBench.start(address: "192.0.2.\($0)") }
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(address: "::1"), as: LoginBench.id, now: .seconds(1))
        }
        for index in 0..<8 {
            let start = LoginBench.start(address: "198.51.100.\(index)", known: true)
            try table.begin(start, as: TransactionName(high: 8, low: UInt64(index)), now: .seconds(1))
        }
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(address: "::2", known: true), as: LoginBench.id, now: .seconds(1))
        }
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(address: "::1"), as: LoginBench.id, now: .seconds(1))
        }
        try table.begin(LoginBench.start(peer: 1), as: LoginBench.id, now: .seconds(1))
    }

    @Test("a held refusal keeps its source's place but no worker's")
    func heldRefusals() throws {
        var table = LoginTable<BenchContext>(limits: .init(open: 4))
        try fill(&table, 1) { _ in LoginBench.start() }
        let first = TransactionName(high: 9, low: 0)
        _ = table.verdict(first, phase: .authentication, code: 7, account: nil, now: .seconds(1), random: 0)
        #expect(table.open == 0 && table.count == 1)
        for index in 0..<3 {
            let id = TransactionName(high: 8, low: UInt64(index))
            try table.begin(LoginBench.start(), as: id, now: .seconds(1))
            _ = table.verdict(id, phase: .authentication, code: 7, account: nil, now: .seconds(1), random: 0)
        }
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(), as: LoginBench.id, now: .seconds(1))
        }
        #expect(table.expire(now: .seconds(2)).count == 4)
        #expect(table.count == 0)
    }

    @Test("a guess that its client left keeps its source's place as long as one that is waited for")
    func leftGuesses() throws {
        var table = LoginTable<BenchContext>()
        try fill(&table, 4) { LoginBench.start(connection: UInt64($0)) }
        for connection in 0..<4 as Range<UInt64> { _ = table.connectionClosed(connection, now: .milliseconds(1500)) }
        #expect(table.open == 0 && table.nextDeadline == .seconds(2))
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(), as: LoginBench.id, now: .milliseconds(1999))
        }
        #expect(table.expire(now: .seconds(2)).map(\.actions) == Array(repeating: .refused(.cancelled), count: 4))
        try table.begin(LoginBench.start(), as: LoginBench.id, now: .seconds(2))
    }

    @Test("logins that their clients leave unanswered keep no place from anybody", arguments: [false, true])
    func abandoned(_ answers: Bool) throws {
        var table = LoginTable<BenchContext>()
        var begun = 0
        for index in 0..<1000 {
            let id = TransactionName(high: 8, low: UInt64(index))
            // A guess keeps its source's place until its floor, so that each is another source.
            let start = LoginBench.start(
                timeout: .milliseconds(30), password: answers, address: answers ? "\(index)" : nil)
            guard (try? table.begin(start, as: id, now: .seconds(1))) != nil else { continue }
            begun += 1
            _ = table.workerAsked(id, phase: .authentication, prompts: [.code], now: .seconds(1), random: 0)
            _ = table.expire(now: .milliseconds(1030))
            _ = table.expire(now: .milliseconds(1031))
        }
        #expect(begun == (answers ? 96 : 1000), "of guesses, a peer's share from sources that are not known")
        #expect(table.open == 0 && table.count <= (answers ? LoginLimits().closing : 0))
        try table.begin(LoginBench.start(peer: 1), as: LoginBench.id, now: .milliseconds(1031))
        try table.begin(LoginBench.start(), as: TransactionName(high: 7, low: 1), now: .milliseconds(2031))
    }

    @Test("the number of held refusals is bounded as well")
    func boundedClosing() throws {
        var table = LoginTable<BenchContext>(limits: .init(open: 4))
        var taken = 0
        for index in 0..<100 {
            let id = TransactionName(high: 8, low: UInt64(index))
            guard (try? table.begin(LoginBench.start(peer: UInt32(index + 1)), as: id, now: .seconds(1))) != nil
            else {
                break
            }
            taken += 1
            _ = table.verdict(id, phase: .authentication, code: 7, account: nil, now: .seconds(1), random: 0)
        }
        #expect(taken == 15, "one of 16 is kept for root")
        try table.begin(LoginBench.start(peer: 0), as: LoginBench.id, now: .seconds(1))
    }

    @Test("one peer has half of the held refusals, and keeps nobody else out by more that end at once")
    func refusalsOfPeer() throws {
        var table = LoginTable<BenchContext>(limits: .init(open: 16))
        // Refusals that wait, as many as the peer may have, but for one; and guesses whose clients leave all together.
        for index in 0..<39 {
            let id = TransactionName(high: 8, low: UInt64(index))
            try table.begin(LoginBench.start(address: "\(index)", known: true), as: id, now: .seconds(1))
            guard index < 31 else { continue }
            _ = table.verdict(id, phase: .authentication, code: 7, account: nil, now: .seconds(1), random: 0)
        }
        _ = table.connectionClosed(LoginBench.connection, now: .seconds(1))
        #expect(table.open == 0 && table.count == 39)
        #expect(throws: LoginMisfit.self) {
            try table.begin(LoginBench.start(address: "::1"), as: LoginBench.id, now: .seconds(1))
        }
        try table.begin(LoginBench.start(peer: 1), as: LoginBench.id, now: .seconds(1))
    }

    @Test("releases refusals in any order and each once")
    func releases() throws {
        var table = LoginTable<BenchContext>()
        try fill(&table, 32) { LoginBench.start(address: "192.0.2.\($0)", known: true) }
        for index in 0..<32 {
            let id = TransactionName(high: 9, low: UInt64(index))
            let random = UInt64(truncatingIfNeeded: index &* 0x9E37_79B9) << 32
            _ = table.verdict(id, phase: .authentication, code: 7, account: nil, now: .seconds(1), random: random)
        }
        var told: Set<TransactionName> = []
        while let next = table.nextDeadline {
            #expect(next >= .seconds(2) && next < .milliseconds(2125))
            for decision in table.expire(now: next) {
                #expect(decision.actions == .refused(.denied))
                #expect(told.insert(decision.login.name).inserted)
            }
        }
        #expect(told.count == 32)
    }

    @Test("counts guesses under way for the same counter")
    func pending() throws {
        var table = LoginTable<BenchContext>()
        try fill(&table, 3) { LoginBench.start(user: $0 == 2 ? "bob" : "Alice", address: "192.0.2.\($0)") }
        #expect(table.pending(LoginBench.ticket("alice")) == 2)
        #expect(table.pending(LoginBench.ticket("bob")) == 1)
        #expect(table.pending(LoginBench.ticket("carol")) == 0)
        _ = table.verdict(
            TransactionName(high: 9, low: 0), phase: .authentication, code: 7, account: nil, now: .seconds(1), random: 0
        )
        #expect(table.pending(LoginBench.ticket("alice")) == 1)
    }

    @Test("ignores workers of logins that it does not know")
    func strangers() {
        var bench = LoginBench()
        let id = LoginBench.id
        #expect(bench.table.workerAsked(id, phase: .account, prompts: [], now: bench.now, random: 0) == nil)
        #expect(bench.table.workerFailed(id, .unavailable, now: bench.now, random: 0) == nil)
        let account = LoginAccount(name: "alice", uid: 1)
        #expect(bench.table.verdict(id, phase: .account, code: 0, account: account, now: bench.now, random: 0) == nil)
        #expect(bench.waited().isEmpty)
    }
}
