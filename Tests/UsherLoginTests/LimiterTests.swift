import Testing
import UsherLogin

@Suite("Limiter")
struct LimiterTests {
    static let start = Duration.seconds(1000)
    static let home = LoginSource(peer: 33, address: "192.0.2.1")
    static let away = LoginSource(peer: 33, address: "198.51.100.7")

    let memory = Memory(entries: 64)

    private func fail(_ limiter: LimiterBench, _ user: String, from source: LoginSource, times: Int) {
        for _ in 0..<times {
            limiter.failed(limiter.ticket(user: user, realm: "default", source: source), now: Self.start)
        }
    }

    private func admission(
        _ limiter: LimiterBench, _ user: String, from source: LoginSource, pending: Int = 0,
        after: Duration = .zero, realm: String = "default"
    ) -> LimiterAdmission {
        let ticket = limiter.ticket(user: user, realm: realm, source: source)
        return limiter.admission(ticket, pending: pending, now: Self.start + after)
    }

    @discardableResult
    private func succeed(
        _ limiter: LimiterBench, _ user: String, from source: LoginSource, after: Duration = .zero
    ) -> LoginHistory {
        let ticket = limiter.ticket(user: user, realm: "default", source: source)
        return limiter.succeeded(ticket, user: user, realm: "default", now: Self.start + after)
    }

    // MARK: Delays

    @Test("admits a name four failures long, then after a wait")
    func wait() {
        let limiter = memory.create()
        fail(limiter, "alice", from: Self.away, times: 4)
        #expect(admission(limiter, "alice", from: Self.away) == .admitted)
        fail(limiter, "alice", from: Self.away, times: 2)
        #expect(admission(limiter, "alice", from: Self.away) == .refused(retryAfter: .seconds(2)))
        #expect(
            admission(limiter, "alice", from: Self.away, after: .milliseconds(500))
                == .refused(retryAfter: .milliseconds(1500)))
        #expect(admission(limiter, "alice", from: Self.away, after: .seconds(2)) == .admitted)
    }

    @Test("counts a name whatever its case, source or existence, but not that of another realm")
    func names() {
        let limiter = memory.create()
        for user in ["nobody", "NOBODY", "Nobody", "nobodY", "noBody"] {
            fail(limiter, user, from: LoginSource(peer: 33, address: user), times: 1)
        }
        #expect(admission(limiter, "nobody", from: Self.home) == .refused(retryAfter: .seconds(1)))
        #expect(admission(limiter, "nobody", from: Self.home, realm: "other") == .admitted)
        #expect(admission(limiter, "nobody2", from: Self.home) == .admitted)
    }

    @Test("keeps a user's own sources open while others fail")
    func knownSource() {
        let limiter = memory.create()
        succeed(limiter, "alice", from: Self.home)
        fail(limiter, "alice", from: Self.away, times: 100)
        #expect(admission(limiter, "alice", from: Self.away, after: .seconds(90_000)) != .admitted)
        #expect(admission(limiter, "alice", from: Self.home) == .admitted)
        fail(limiter, "alice", from: Self.home, times: 5)
        #expect(admission(limiter, "alice", from: Self.home) == .refused(retryAfter: .seconds(1)))
    }

    @Test("closes a known source at its own cap, and at no other's")
    func knownCap() {
        let limiter = memory.create()
        succeed(limiter, "alice", from: Self.home)
        fail(limiter, "alice", from: Self.home, times: 99)
        #expect(admission(limiter, "alice", from: Self.home, after: .seconds(3600)) == .admitted)
        fail(limiter, "alice", from: Self.home, times: 1)
        #expect(admission(limiter, "alice", from: Self.home, after: .seconds(360_000)) != .admitted)
        #expect(admission(limiter, "alice", from: Self.away) == .admitted)
    }

    @Test("resets the counter that a success came through, and no other")
    func reset() {
        let limiter = memory.create()
        succeed(limiter, "alice", from: Self.home)
        fail(limiter, "alice", from: Self.away, times: 10)
        fail(limiter, "alice", from: Self.home, times: 10)
        succeed(limiter, "alice", from: Self.home)
        #expect(admission(limiter, "alice", from: Self.home) == .admitted)
        #expect(admission(limiter, "alice", from: Self.away) == .refused(retryAfter: .seconds(32)))
        succeed(limiter, "alice", from: Self.away)
        #expect(admission(limiter, "alice", from: LoginSource(peer: 1)) == .admitted)
    }

    @Test("remembers eight sources, and forgets the one that was quiet for longest")
    func sources() {
        let limiter = memory.create()
        let all = (0...8).map { LoginSource(peer: 33, address: "192.0.2.\($0)") }
        for index in 0..<8 { succeed(limiter, "alice", from: all[index], after: .seconds(index)) }
        succeed(limiter, "alice", from: all[0], after: .seconds(20))
        succeed(limiter, "alice", from: all[8], after: .seconds(21))
        fail(limiter, "alice", from: Self.away, times: 10)
        let closed = all.indices.filter { admission(limiter, "alice", from: all[$0]) != .admitted }
        #expect(closed == [1])
    }

    @Test("tells sources of different peers apart")
    func peers() {
        let limiter = memory.create()
        succeed(limiter, "alice", from: LoginSource(peer: 33))
        fail(limiter, "alice", from: LoginSource(peer: 34), times: 6)
        #expect(admission(limiter, "alice", from: LoginSource(peer: 33)) == .admitted)
        #expect(admission(limiter, "alice", from: LoginSource(peer: 34)) != .admitted)
        #expect(admission(limiter, "alice", from: LoginSource(peer: 33, address: "")) != .admitted)
    }

    @Test("lets logins run side by side until one has to wait, then one by one")
    func pending() {
        let limiter = memory.create()
        fail(limiter, "alice", from: Self.away, times: 3)
        #expect(admission(limiter, "alice", from: Self.away, pending: 28) == .admitted)
        #expect(admission(limiter, "alice", from: Self.away, pending: 29) == .refused(retryAfter: .seconds(1)))
        #expect(admission(limiter, "alice", from: Self.away, pending: .max) == .refused(retryAfter: .seconds(1)))
        fail(limiter, "alice", from: Self.away, times: 7)
        #expect(
            admission(limiter, "alice", from: Self.away, pending: 1, after: .seconds(31))
                == .refused(retryAfter: .seconds(1)))
        #expect(admission(limiter, "alice", from: Self.away, after: .seconds(40)) == .admitted)
        #expect(
            admission(limiter, "alice", from: Self.away, pending: 1, after: .seconds(40))
                == .refused(retryAfter: .seconds(1)))
        #expect(admission(limiter, "alice", from: Self.away, pending: .max, after: .seconds(40)) != .admitted)
    }

    // MARK: History

    @Test("reports failures since the last success, and when that was")
    func history() {
        let limiter = memory.create()
        #expect(succeed(limiter, "alice", from: Self.home) == LoginHistory(failures: 0, lastLogin: nil))
        fail(limiter, "alice", from: Self.away, times: 3)
        fail(limiter, "alice", from: Self.home, times: 2)
        #expect(
            succeed(limiter, "alice", from: Self.home, after: .seconds(9))
                == LoginHistory(failures: 5, lastLogin: Self.start))
        #expect(
            succeed(limiter, "alice", from: Self.home, after: .seconds(10))
                == LoginHistory(failures: 0, lastLogin: Self.start + .seconds(9)))
    }

    // MARK: The administrator

    @Test("lists who has failures, by name only where the name has once been right")
    func list() {
        let limiter = memory.create()
        succeed(limiter, "alice", from: Self.home)
        succeed(limiter, "bob", from: Self.home)
        fail(limiter, "alice", from: Self.away, times: 6)
        fail(limiter, "hunter2", from: Self.away, times: 100)
        let listed = limiter.list(now: Self.start)
        #expect(listed.map(\.user) == [nil, "alice"])
        #expect(listed.map(\.realm) == [nil, "default"])
        #expect(listed.map(\.failures) == [100, 6])
        #expect(listed.map(\.isCapped) == [true, false])
        #expect(listed.map(\.retryAfter) == [.seconds(3600), .seconds(2)])
        #expect(limiter.list(realms: ["default"], now: Self.start).map(\.user) == ["alice"])
        #expect(limiter.list(realms: ["vault"], now: Self.start).isEmpty)
        #expect(limiter.entry(user: "hunter2", realm: "default", now: Self.start)?.failures == 100)
        #expect(limiter.entry(user: "carol", realm: "default", now: Self.start) == nil)
    }

    @Test("forgets a name that is cleared")
    func clear() {
        let limiter = memory.create()
        fail(limiter, "alice", from: Self.away, times: 100)
        #expect(limiter.clear(user: "Alice", realm: "default"))
        #expect(admission(limiter, "alice", from: Self.away) == .admitted)
        #expect(!limiter.clear(user: "alice", realm: "default"))
    }

    @Test("a name that is cleared keeps its past: its sources, and what the user is told")
    func clearKeepsSuccess() {
        let limiter = memory.create()
        succeed(limiter, "alice", from: Self.home)
        fail(limiter, "alice", from: Self.away, times: 100)
        #expect(limiter.clear(user: "alice", realm: "default"))
        #expect(limiter.list(now: Self.start).isEmpty)
        #expect(
            succeed(limiter, "alice", from: Self.home) == LoginHistory(failures: 100, lastLogin: Self.start))
    }

    @Test("clears everybody of a realm, and with all realms those without a name or a place, and the sources")
    func clearAll() {
        let limiter = Memory(entries: 8).create()
        succeed(limiter, "alice", from: Self.home)
        for index in 0..<7 { fail(limiter, "victim\(index)", from: Self.away, times: 6) }
        fail(limiter, "alice", from: Self.away, times: 6)
        fail(limiter, "mallory", from: Self.away, times: 6)
        #expect(limiter.entry(user: "mallory", realm: "default", now: Self.start)?.failures == 6)
        limiter.clear(realms: ["vault"])
        #expect(limiter.list(now: Self.start).count == 8)
        limiter.clear(realms: ["default"])
        #expect(limiter.list(now: Self.start).count == 7)
        #expect(admission(limiter, "mallory", from: Self.away) != .admitted)
        limiter.clear(realms: nil)
        #expect(limiter.list(now: Self.start).isEmpty)
        #expect(admission(limiter, "mallory", from: Self.away) == .admitted)
    }

    @Test("keeps no name that does not fit, and counts it all the same")
    func longName() {
        let limiter = memory.create()
        let name = String(repeating: "x", count: 200)
        succeed(limiter, name, from: Self.home)
        fail(limiter, name, from: Self.away, times: 6)
        #expect(limiter.list(now: Self.start).map(\.user) == [nil])
        #expect(admission(limiter, name, from: Self.away) != .admitted)
    }

    // MARK: Bounds

    /// The source number `number` of many.
    private func stranger(_ number: Int) -> LoginSource { LoginSource(peer: 33, address: "stranger \(number)") }

    @Test("never evicts a name that has to wait; a name without a place waits for its own failures, a day at most")
    func eviction() {
        let limiter = Memory(entries: 8).create()
        for index in 0..<8 { fail(limiter, "victim\(index)", from: Self.away, times: 6) }
        fail(limiter, "mallory", from: Self.home, times: 6)
        for index in 0..<8 { #expect(admission(limiter, "victim\(index)", from: stranger(1)) != .admitted) }
        #expect(admission(limiter, "mallory", from: stranger(1)) == .refused(retryAfter: .seconds(2)))
        #expect(limiter.entry(user: "mallory", realm: "default", now: Self.start)?.failures == 6)
        #expect(admission(limiter, "one more", from: stranger(1)) == .admitted)
        #expect(admission(limiter, "mallory", from: stranger(1), after: .seconds(90_000)) == .admitted)
    }

    @Test("a name without a place is delayed but never closed")
    func unplacedNeverCloses() {
        let limiter = Memory(entries: 8).create()
        for index in 0..<8 { fail(limiter, "victim\(index)", from: Self.away, times: 6) }
        fail(limiter, "mallory", from: Self.home, times: 1000)
        #expect(admission(limiter, "mallory", from: stranger(1)) == .refused(retryAfter: .seconds(3600)))
        #expect(admission(limiter, "mallory", from: stranger(1), after: .seconds(3600)) == .admitted)
    }

    @Test("whatever an outsider fills, nobody else waits, and who has logged in here is not told from who has not")
    func saturation() {
        let limiter = Memory(entries: LimiterLayout.defaultEntries).create()
        succeed(limiter, "ada", from: Self.home)
        // Through one peer whose users, or which itself, invent an address a name: 12,000 names × 5 failures.
        for index in 0..<12_000 {
            let ticket = limiter.ticket(user: "made\(index)", source: stranger(index))
            for _ in 0..<5 { limiter.failed(ticket, now: Self.start) }
        }
        #expect(admission(limiter, "made11999", from: Self.away) != .admitted)
        let others = ["ada"] + (0..<1000).map { "other\($0)" }
        let waiting = others.filter { admission(limiter, $0, from: Self.away) != .admitted }
        #expect(waiting.isEmpty)
        // The other peers' names have places still.
        for index in 0..<100 {
            fail(limiter, "late\(index)", from: LoginSource(peer: 34, address: "\(index)"), times: 5)
        }
        #expect(limiter.list(now: Self.start).count == Limiter.listLimit)
        #expect(admission(limiter, "late7", from: Self.home) == .refused(retryAfter: .seconds(1)))
    }

    @Test("a source fails under so many names an hour, and then waits for each, but where a user is at home")
    func namesPerSource() {
        let limiter = memory.create()
        succeed(limiter, "ada", from: Self.home)
        succeed(limiter, "bob", from: Self.away)
        for index in 0..<99 { fail(limiter, "made\(index)", from: Self.away, times: 2) }
        #expect(admission(limiter, "eve", from: Self.away) == .admitted)
        fail(limiter, "ada", from: Self.away, times: 1)
        for name in ["eve", "carol"] {
            #expect(admission(limiter, name, from: Self.away) == .refused(retryAfter: .seconds(36)))
            #expect(admission(limiter, name, from: Self.home) == .admitted)
        }
        #expect(admission(limiter, "bob", from: Self.away) == .admitted, "bob is at home there")
        #expect(admission(limiter, "ada", from: Self.away) == .admitted, "ada's name is counted already")
        #expect(admission(limiter, "eve", from: Self.away, after: .seconds(36)) == .admitted)
        #expect(admission(limiter, "eve", from: Self.away, after: .seconds(35)) != .admitted)
    }

    @Test("an address that is not believed is a source for the number of names, and none that a user is at home at")
    func claimedSource() {
        let limiter = Memory(entries: 1024).create()
        let (claimed, other) = (LoginSource(peer: 33, claim: "192.0.2.1"), LoginSource(peer: 33, claim: "192.0.2.2"))
        for index in 0..<100 { fail(limiter, "made\(index)", from: claimed, times: 1) }
        #expect(admission(limiter, "eve", from: claimed) != .admitted)
        #expect(admission(limiter, "eve", from: other) == .admitted)
        succeed(limiter, "ada", from: other)
        fail(limiter, "ada", from: LoginSource(peer: 34), times: 7)
        #expect(
            admission(limiter, "ada", from: claimed) != .admitted, "else it would tell that ada logs in by the peer")
        #expect(admission(limiter, "ada", from: other) == .admitted)
    }

    @Test("failures never push out the memory of a success, other successes do")
    func dearMemory() {
        let small = Memory(entries: 8)
        let limiter = small.create()
        for index in 0..<8 { succeed(limiter, "user\(index)", from: Self.home, after: .seconds(index)) }
        for index in 0..<1000 { fail(limiter, "noise\(index)", from: Self.away, times: 1) }
        #expect(succeed(limiter, "user3", from: Self.home, after: .seconds(50)).lastLogin == Self.start + .seconds(3))
        succeed(limiter, "newcomer", from: Self.home, after: .seconds(60))
        #expect(succeed(limiter, "user0", from: Self.home, after: .seconds(70)).lastLogin == nil)
    }

    @Test("forgets a wait after a day, so that its place can be had")
    func forgotten() {
        let small = Memory(entries: 8)
        let limiter = small.create()
        for index in 0..<8 { fail(limiter, "victim\(index)", from: Self.away, times: 6) }
        succeed(limiter, "alice", from: Self.home, after: .seconds(86_399))
        #expect(succeed(limiter, "alice", from: Self.home, after: .seconds(86_399)).lastLogin == nil)
        succeed(limiter, "alice", from: Self.home, after: .seconds(86_401))
        #expect(succeed(limiter, "alice", from: Self.home, after: .seconds(86_402)).lastLogin != nil)
    }
}
