import Testing
import UsherLogin

@Suite("Throttle")
struct ThrottleTests {
    static let start = Duration.seconds(1000)
    static let home = LoginSource(peer: 33, address: "192.0.2.1")
    static let away = LoginSource(peer: 33, address: "198.51.100.7")

    let memory = Memory(entries: 64)

    private func fail(_ throttle: ThrottleBench, _ user: String, from source: LoginSource, times: Int) {
        for _ in 0..<times {
            throttle.failed(throttle.ticket(user: user, realm: "default", source: source), now: Self.start)
        }
    }

    private func admission(
        _ throttle: ThrottleBench, _ user: String, from source: LoginSource, pending: Int = 0,
        after: Duration = .zero, realm: String = "default"
    ) -> ThrottleAdmission {
        let ticket = throttle.ticket(user: user, realm: realm, source: source)
        return throttle.admission(ticket, pending: pending, now: Self.start + after)
    }

    @discardableResult
    private func succeed(
        _ throttle: ThrottleBench, _ user: String, from source: LoginSource, after: Duration = .zero
    ) -> LoginHistory {
        let ticket = throttle.ticket(user: user, realm: "default", source: source)
        return throttle.succeeded(ticket, user: user, realm: "default", now: Self.start + after)
    }

    // MARK: Delays

    @Test("admits a name four failures long, then after a wait")
    func wait() {
        let throttle = memory.create()
        fail(throttle, "alice", from: Self.away, times: 4)
        #expect(admission(throttle, "alice", from: Self.away) == .admitted)
        fail(throttle, "alice", from: Self.away, times: 2)
        #expect(admission(throttle, "alice", from: Self.away) == .refused(retryAfter: .seconds(2)))
        #expect(
            admission(throttle, "alice", from: Self.away, after: .milliseconds(500))
                == .refused(retryAfter: .milliseconds(1500)))
        #expect(admission(throttle, "alice", from: Self.away, after: .seconds(2)) == .admitted)
    }

    @Test("counts a name whatever its case, source or existence, but not that of another realm")
    func names() {
        let throttle = memory.create()
        for user in ["nobody", "NOBODY", "Nobody", "nobodY", "noBody"] {
            fail(throttle, user, from: LoginSource(peer: 33, address: user), times: 1)
        }
        #expect(admission(throttle, "nobody", from: Self.home) == .refused(retryAfter: .seconds(1)))
        #expect(admission(throttle, "nobody", from: Self.home, realm: "other") == .admitted)
        #expect(admission(throttle, "nobody2", from: Self.home) == .admitted)
    }

    @Test("keeps a user's own sources open while others fail")
    func knownSource() {
        let throttle = memory.create()
        succeed(throttle, "alice", from: Self.home)
        fail(throttle, "alice", from: Self.away, times: 100)
        #expect(admission(throttle, "alice", from: Self.away, after: .seconds(90_000)) != .admitted)
        #expect(admission(throttle, "alice", from: Self.home) == .admitted)
        fail(throttle, "alice", from: Self.home, times: 5)
        #expect(admission(throttle, "alice", from: Self.home) == .refused(retryAfter: .seconds(1)))
    }

    @Test("closes a known source at its own cap, and at no other's")
    func knownCap() {
        let throttle = memory.create()
        succeed(throttle, "alice", from: Self.home)
        fail(throttle, "alice", from: Self.home, times: 99)
        #expect(admission(throttle, "alice", from: Self.home, after: .seconds(3600)) == .admitted)
        fail(throttle, "alice", from: Self.home, times: 1)
        #expect(admission(throttle, "alice", from: Self.home, after: .seconds(360_000)) != .admitted)
        #expect(admission(throttle, "alice", from: Self.away) == .admitted)
    }

    @Test("resets the counter that a success came through, and no other")
    func reset() {
        let throttle = memory.create()
        succeed(throttle, "alice", from: Self.home)
        fail(throttle, "alice", from: Self.away, times: 10)
        fail(throttle, "alice", from: Self.home, times: 10)
        succeed(throttle, "alice", from: Self.home)
        #expect(admission(throttle, "alice", from: Self.home) == .admitted)
        #expect(admission(throttle, "alice", from: Self.away) == .refused(retryAfter: .seconds(32)))
        succeed(throttle, "alice", from: Self.away)
        #expect(admission(throttle, "alice", from: LoginSource(peer: 1)) == .admitted)
    }

    @Test("remembers eight sources, and forgets the one that was quiet for longest")
    func sources() {
        let throttle = memory.create()
        let all = (0...8).map { LoginSource(peer: 33, address: "192.0.2.\($0)") }
        for index in 0..<8 { succeed(throttle, "alice", from: all[index], after: .seconds(index)) }
        succeed(throttle, "alice", from: all[0], after: .seconds(20))
        succeed(throttle, "alice", from: all[8], after: .seconds(21))
        fail(throttle, "alice", from: Self.away, times: 10)
        let closed = all.indices.filter { admission(throttle, "alice", from: all[$0]) != .admitted }
        #expect(closed == [1])
    }

    @Test("tells sources of different peers apart")
    func peers() {
        let throttle = memory.create()
        succeed(throttle, "alice", from: LoginSource(peer: 33))
        fail(throttle, "alice", from: LoginSource(peer: 34), times: 6)
        #expect(admission(throttle, "alice", from: LoginSource(peer: 33)) == .admitted)
        #expect(admission(throttle, "alice", from: LoginSource(peer: 34)) != .admitted)
        #expect(admission(throttle, "alice", from: LoginSource(peer: 33, address: "")) != .admitted)
    }

    @Test("lets logins run side by side until one has to wait, then one by one")
    func pending() {
        let throttle = memory.create()
        fail(throttle, "alice", from: Self.away, times: 3)
        #expect(admission(throttle, "alice", from: Self.away, pending: 28) == .admitted)
        #expect(admission(throttle, "alice", from: Self.away, pending: 29) == .refused(retryAfter: .seconds(1)))
        #expect(admission(throttle, "alice", from: Self.away, pending: .max) == .refused(retryAfter: .seconds(1)))
        fail(throttle, "alice", from: Self.away, times: 7)
        #expect(
            admission(throttle, "alice", from: Self.away, pending: 1, after: .seconds(31))
                == .refused(retryAfter: .seconds(1)))
        #expect(admission(throttle, "alice", from: Self.away, after: .seconds(40)) == .admitted)
        #expect(
            admission(throttle, "alice", from: Self.away, pending: 1, after: .seconds(40))
                == .refused(retryAfter: .seconds(1)))
        #expect(admission(throttle, "alice", from: Self.away, pending: .max, after: .seconds(40)) != .admitted)
    }

    // MARK: History

    @Test("reports failures since the last success, and when that was")
    func history() {
        let throttle = memory.create()
        #expect(succeed(throttle, "alice", from: Self.home) == LoginHistory(failures: 0, lastLogin: nil))
        fail(throttle, "alice", from: Self.away, times: 3)
        fail(throttle, "alice", from: Self.home, times: 2)
        #expect(
            succeed(throttle, "alice", from: Self.home, after: .seconds(9))
                == LoginHistory(failures: 5, lastLogin: Self.start))
        #expect(
            succeed(throttle, "alice", from: Self.home, after: .seconds(10))
                == LoginHistory(failures: 0, lastLogin: Self.start + .seconds(9)))
    }

    // MARK: The administrator

    @Test("lists who has failures, by name only where the name has once been right")
    func list() {
        let throttle = memory.create()
        succeed(throttle, "alice", from: Self.home)
        succeed(throttle, "bob", from: Self.home)
        fail(throttle, "alice", from: Self.away, times: 6)
        fail(throttle, "hunter2", from: Self.away, times: 100)
        let listed = throttle.list(now: Self.start)
        #expect(listed.map(\.user) == [nil, "alice"])
        #expect(listed.map(\.realm) == [nil, "default"])
        #expect(listed.map(\.failures) == [100, 6])
        #expect(listed.map(\.isCapped) == [true, false])
        #expect(listed.map(\.retryAfter) == [.seconds(3600), .seconds(2)])
        #expect(throttle.list(realms: ["default"], now: Self.start).map(\.user) == ["alice"])
        #expect(throttle.list(realms: ["vault"], now: Self.start).isEmpty)
        #expect(throttle.entry(user: "hunter2", realm: "default", now: Self.start)?.failures == 100)
        #expect(throttle.entry(user: "carol", realm: "default", now: Self.start) == nil)
    }

    @Test("forgets a name that is cleared")
    func clear() {
        let throttle = memory.create()
        fail(throttle, "alice", from: Self.away, times: 100)
        #expect(throttle.clear(user: "Alice", realm: "default"))
        #expect(admission(throttle, "alice", from: Self.away) == .admitted)
        #expect(!throttle.clear(user: "alice", realm: "default"))
    }

    @Test("a name that is cleared keeps its past: its sources, and what the user is told")
    func clearKeepsSuccess() {
        let throttle = memory.create()
        succeed(throttle, "alice", from: Self.home)
        fail(throttle, "alice", from: Self.away, times: 100)
        #expect(throttle.clear(user: "alice", realm: "default"))
        #expect(throttle.list(now: Self.start).isEmpty)
        #expect(
            succeed(throttle, "alice", from: Self.home) == LoginHistory(failures: 100, lastLogin: Self.start))
    }

    @Test("clears everybody of a realm, and with all realms those without a name or a place, and the sources")
    func clearAll() {
        let throttle = Memory(entries: 8).create()
        succeed(throttle, "alice", from: Self.home)
        for index in 0..<7 { fail(throttle, "victim\(index)", from: Self.away, times: 6) }
        fail(throttle, "alice", from: Self.away, times: 6)
        fail(throttle, "mallory", from: Self.away, times: 6)
        #expect(throttle.entry(user: "mallory", realm: "default", now: Self.start)?.failures == 6)
        throttle.clear(realms: ["vault"])
        #expect(throttle.list(now: Self.start).count == 8)
        throttle.clear(realms: ["default"])
        #expect(throttle.list(now: Self.start).count == 7)
        #expect(admission(throttle, "mallory", from: Self.away) != .admitted)
        throttle.clear(realms: nil)
        #expect(throttle.list(now: Self.start).isEmpty)
        #expect(admission(throttle, "mallory", from: Self.away) == .admitted)
    }

    @Test("keeps no name that does not fit, and counts it all the same")
    func longName() {
        let throttle = memory.create()
        let name = String(repeating: "x", count: 200)
        succeed(throttle, name, from: Self.home)
        fail(throttle, name, from: Self.away, times: 6)
        #expect(throttle.list(now: Self.start).map(\.user) == [nil])
        #expect(admission(throttle, name, from: Self.away) != .admitted)
    }

    // MARK: Bounds

    /// The source number `number` of many.
    private func stranger(_ number: Int) -> LoginSource { LoginSource(peer: 33, address: "stranger \(number)") }

    @Test("never evicts a name that has to wait; a name without a place waits for its own failures, a day at most")
    func eviction() {
        let throttle = Memory(entries: 8).create()
        for index in 0..<8 { fail(throttle, "victim\(index)", from: Self.away, times: 6) }
        fail(throttle, "mallory", from: Self.home, times: 6)
        for index in 0..<8 { #expect(admission(throttle, "victim\(index)", from: stranger(1)) != .admitted) }
        #expect(admission(throttle, "mallory", from: stranger(1)) == .refused(retryAfter: .seconds(2)))
        #expect(throttle.entry(user: "mallory", realm: "default", now: Self.start)?.failures == 6)
        #expect(admission(throttle, "one more", from: stranger(1)) == .admitted)
        #expect(admission(throttle, "mallory", from: stranger(1), after: .seconds(90_000)) == .admitted)
    }

    @Test("a name without a place is delayed but never closed")
    func unplacedNeverCloses() {
        let throttle = Memory(entries: 8).create()
        for index in 0..<8 { fail(throttle, "victim\(index)", from: Self.away, times: 6) }
        fail(throttle, "mallory", from: Self.home, times: 1000)
        #expect(admission(throttle, "mallory", from: stranger(1)) == .refused(retryAfter: .seconds(3600)))
        #expect(admission(throttle, "mallory", from: stranger(1), after: .seconds(3600)) == .admitted)
    }

    @Test("whatever an outsider fills, nobody else waits, and who has logged in here is not told from who has not")
    func saturation() {
        let throttle = Memory(entries: ThrottleLayout.defaultEntries).create()
        succeed(throttle, "ada", from: Self.home)
        // Through one peer whose users, or which itself, invent an address a name: 12,000 names × 5 failures.
        for index in 0..<12_000 {
            let ticket = throttle.ticket(user: "made\(index)", source: stranger(index))
            for _ in 0..<5 { throttle.failed(ticket, now: Self.start) }
        }
        #expect(admission(throttle, "made11999", from: Self.away) != .admitted)
        let others = ["ada"] + (0..<1000).map { "other\($0)" }
        let waiting = others.filter { admission(throttle, $0, from: Self.away) != .admitted }
        #expect(waiting.isEmpty)
        // The other peers' names have places still.
        for index in 0..<100 {
            fail(throttle, "late\(index)", from: LoginSource(peer: 34, address: "\(index)"), times: 5)
        }
        #expect(throttle.list(now: Self.start).count == Throttle.listLimit)
        #expect(admission(throttle, "late7", from: Self.home) == .refused(retryAfter: .seconds(1)))
    }

    @Test("a source fails under so many names an hour, and then waits for each, but where a user is at home")
    func namesPerSource() {
        let throttle = memory.create()
        succeed(throttle, "ada", from: Self.home)
        succeed(throttle, "bob", from: Self.away)
        for index in 0..<99 { fail(throttle, "made\(index)", from: Self.away, times: 2) }
        #expect(admission(throttle, "eve", from: Self.away) == .admitted)
        fail(throttle, "ada", from: Self.away, times: 1)
        for name in ["eve", "carol"] {
            #expect(admission(throttle, name, from: Self.away) == .refused(retryAfter: .seconds(36)))
            #expect(admission(throttle, name, from: Self.home) == .admitted)
        }
        #expect(admission(throttle, "bob", from: Self.away) == .admitted, "bob is at home there")
        #expect(admission(throttle, "ada", from: Self.away) == .admitted, "ada's name is counted already")
        #expect(admission(throttle, "eve", from: Self.away, after: .seconds(36)) == .admitted)
        #expect(admission(throttle, "eve", from: Self.away, after: .seconds(35)) != .admitted)
    }

    @Test("an address that is not believed is a source for the number of names, and none that a user is at home at")
    func claimedSource() {
        let throttle = Memory(entries: 1024).create()
        let (claimed, other) = (LoginSource(peer: 33, claim: "192.0.2.1"), LoginSource(peer: 33, claim: "192.0.2.2"))
        for index in 0..<100 { fail(throttle, "made\(index)", from: claimed, times: 1) }
        #expect(admission(throttle, "eve", from: claimed) != .admitted)
        #expect(admission(throttle, "eve", from: other) == .admitted)
        succeed(throttle, "ada", from: other)
        fail(throttle, "ada", from: LoginSource(peer: 34), times: 7)
        #expect(
            admission(throttle, "ada", from: claimed) != .admitted, "else it would tell that ada logs in by the peer")
        #expect(admission(throttle, "ada", from: other) == .admitted)
    }

    @Test("failures never push out the memory of a success, other successes do")
    func dearMemory() {
        let small = Memory(entries: 8)
        let throttle = small.create()
        for index in 0..<8 { succeed(throttle, "user\(index)", from: Self.home, after: .seconds(index)) }
        for index in 0..<1000 { fail(throttle, "noise\(index)", from: Self.away, times: 1) }
        #expect(succeed(throttle, "user3", from: Self.home, after: .seconds(50)).lastLogin == Self.start + .seconds(3))
        succeed(throttle, "newcomer", from: Self.home, after: .seconds(60))
        #expect(succeed(throttle, "user0", from: Self.home, after: .seconds(70)).lastLogin == nil)
    }

    @Test("forgets a wait after a day, so that its place can be had")
    func forgotten() {
        let small = Memory(entries: 8)
        let throttle = small.create()
        for index in 0..<8 { fail(throttle, "victim\(index)", from: Self.away, times: 6) }
        succeed(throttle, "alice", from: Self.home, after: .seconds(86_399))
        #expect(succeed(throttle, "alice", from: Self.home, after: .seconds(86_399)).lastLogin == nil)
        succeed(throttle, "alice", from: Self.home, after: .seconds(86_401))
        #expect(succeed(throttle, "alice", from: Self.home, after: .seconds(86_402)).lastLogin != nil)
    }
}
