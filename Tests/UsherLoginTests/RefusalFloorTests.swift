import Testing
import UsherLogin
import UsherNames
import UsherSecrets

@Suite("Floor of refusals")
struct RefusalFloorTests {
    static let asked = Duration.seconds(100)

    private func release(after elapsed: Duration, floor: Duration = .seconds(1), random: UInt64 = 0) -> Duration {
        RefusalFloor.release(asked: Self.asked, now: Self.asked + elapsed, floor: floor, random: random) - Self.asked
    }

    @Test(
        "is floor times the smallest power of two that is not past",
        arguments: [
            (0, 1000), (1, 1000), (999, 1000), (1000, 1000), (1001, 2000), (2000, 2000), (2001, 4000), (5000, 8000),
            (90_000, 128_000),
        ])
    func powers(_ elapsed: Int, _ released: Int) {
        #expect(release(after: .milliseconds(elapsed)) == .milliseconds(released))
    }

    @Test("carries a jitter of up to an eighth of the floor, whatever the power")
    func jitter() {
        for elapsed in [0, 3000] as [Int] {
            let least = release(after: .milliseconds(elapsed), random: 0)
            let most = release(after: .milliseconds(elapsed), random: .max)
            #expect(most - least < .milliseconds(125))
            #expect(most - least > .milliseconds(124))
        }
    }

    @Test("holds for floors and times of any size")
    func extremes() {
        #expect(release(after: .seconds(5), floor: .zero) == .seconds(5))
        #expect(release(after: .seconds(-5), floor: .seconds(1)) == .seconds(1))
        let day = Duration.seconds(86_400)
        #expect(release(after: day * 365_000, floor: .nanoseconds(1)) == day * 365_000)
        #expect(release(after: day * 365, floor: .seconds(3600)) >= day * 365)
    }

    /// How a login can be refused by what the worker does.
    enum Refused: CaseIterable {
        case wrong, unknown, locked, expired, mustChange, notPermitted, away, broken, crashed, stuck, conversation,
            root,
            changeFailed

        var counts: [LoginAction] {
            switch self {
            case .wrong, .unknown, .locked, .conversation: [.countFailure]
            case .away, .broken, .crashed, .stuck: [.countUndecided]
            case .expired, .mustChange, .notPermitted, .root, .changeFailed: []
            }
        }
    }

    @Test("holds for every outcome, at every pace, and tells them apart by nothing", arguments: Refused.allCases)
    func everyOutcome(_ refused: Refused) throws {
        for elapsed in [0, 1, 34, 999, 1000, 1001, 1999, 2001, 7000] as [Int] {
            var bench = try LoginBench.begun()
            let start = bench.now
            bench.random = UInt64(elapsed) << 48
            bench.now += .milliseconds(elapsed)
            #expect(act(refused, &bench) == refused.counts && bench.table.open == 0)
            let told = bench.waited()
            #expect(told.count == 1 && told.completion == nil)
            let (took, floor) = (bench.now - start, Duration.seconds(1))
            #expect(took >= floor && took >= .milliseconds(elapsed))
            #expect(took == release(after: .milliseconds(elapsed), random: UInt64(elapsed) << 48))
        }
    }

    private func act(_ refused: Refused, _ bench: inout LoginBench) -> [LoginAction] {
        switch refused {
        case .wrong: bench.verdict(.authentication, 7)
        case .unknown: bench.verdict(.authentication, 10)
        case .locked: bench.verdict(.authentication, 6)
        case .expired: bench.verdict(.account, 13)
        case .mustChange: bench.verdict(.account, 12)
        case .notPermitted: bench.verdict(.account, 6)
        case .away: bench.verdict(.authentication, 9)
        case .broken: bench.verdict(.authentication, 28)
        case .crashed: bench.failed(.unavailable)
        case .stuck: bench.failed(.timeout)
        case .conversation: bench.verdict(.authentication, 19)
        case .root: bench.succeeded("root", uid: 0)
        case .changeFailed: bench.verdict(.change, 24)
        }
    }

    @Test("starts anew with each answer of the client")
    func perRequest() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password])
        bench.now += .seconds(30)
        _ = try bench.answered(1)
        bench.now += .milliseconds(34)
        #expect(bench.verdict(.authentication, 7) == [.countFailure])
        #expect(bench.waited() == .refused(.denied))
        #expect(bench.now == .seconds(1031))
    }

    @Test("holds for an answer to a worker that had given up before it")
    func abandoned() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.code])
        #expect(bench.verdict(.authentication, 10) == [.countFailure])
        bench.now += .seconds(3)
        #expect(try bench.answered(1) == [])
        #expect(bench.waited() == .refused(.denied))
        #expect(bench.now == .seconds(1004))
    }

    @Test("a short limit of the client's tells nothing of a verdict that is in")
    func shortLimit() throws {
        var known = try LoginBench.begun(LoginBench.start(timeout: .milliseconds(20)))
        var unknown = known
        unknown.now += .microseconds(300)
        #expect(unknown.verdict(.authentication, 10) == [.countFailure])
        #expect(known.waited().last == .refuse(.timeout) && unknown.waited().last == .refuse(.timeout))
        #expect(known.now == unknown.now)
    }

    // MARK: Slow stacks

    private static func login(
        _ table: inout LoginTable<BenchContext>, after elapsed: Duration, at start: Duration, service: String
    ) throws -> Duration {
        let id = TransactionName(high: 7, low: 7)
        let begin = LoginStart(
            connection: 1, peer: 1, ticket: LoginBench.ticket("alice"), user: "alice", service: service,
            realm: "default", rules: LoginRules(), bringsPassword: true)
        try table.begin(begin, as: id, now: start)
        _ = table.verdict(id, phase: .authentication, code: 7, account: nil, now: start + elapsed, random: 0)
        let release = try #require(table.nextDeadline)
        #expect(table.expire(now: release).count == 1)
        return release - start
    }

    @Test(
        "once a refusal passed the floor, those of its service go where it went, whoever they are about, for a minute")
    func inherited() throws {
        var table = LoginTable<BenchContext>()
        func released(_ elapsed: Int, at start: Int, _ service: String = "web") throws -> Duration {
            try Self.login(&table, after: .milliseconds(elapsed), at: .seconds(start), service: service)
        }
        #expect(try released(1, at: 100) == .seconds(1))
        #expect(try released(1500, at: 110) == .seconds(2))
        #expect(try released(1, at: 120) == .seconds(2))
        #expect(try released(1, at: 120, "mail") == .seconds(1))
        #expect(try released(999, at: 170) == .seconds(2), "what is inherited is not handed on")
        #expect(try released(999, at: 172) == .seconds(1))
        #expect(try released(1500, at: 180) == .seconds(2))
        #expect(try released(40_000, at: 200) == .seconds(64))
        #expect(try released(1, at: 290) == .seconds(8), "and never more than three doublings")
    }
}
