import Testing
import UsherBoard
import UsherSecrets
import UsherSessions

@Suite("Ledger, expiry")
struct LedgerExpiryTests {
    let host: TestHost

    init() throws { host = try TestHost() }

    @Test(
        "expires on access even before the sweep",
        arguments: [
            (idle: 10, absolute: 100, after: 9, lives: true), (10, 100, 10, false), (10, 100, 11, false),
            (100, 10, 9, true), (100, 10, 10, false), (0, 100, 0, true), (0, 100, 1, false),
            (.max, .max, 1_000_000, true),
        ] as [(idle: UInt32, absolute: UInt32, after: Int32, lives: Bool)])
    func onAccess(_ idle: UInt32, _ absolute: UInt32, _ after: Int32, _ lives: Bool) throws {
        let made = try host.create(idle: idle, absolute: absolute)
        host.now += after
        #expect((host.session(made.digest) != nil) == lives)
        #expect((host.ledger.session(made.session.handle, in: .all, now: LedgerSeconds(host.now)) != nil) == lives)
        #expect((host.validate(made.digest) != nil) == lives)
        #expect(host.end(made.session.handle) == lives)
    }

    @Test("a look-up alone does not keep a session, a validation does")
    func touch() throws {
        let made = try host.create(idle: 10)
        host.now += 6
        #expect(host.session(made.digest)?.lastSeen == LedgerSeconds(1000))
        #expect(host.validate(made.digest)?.lastSeen == LedgerSeconds(1006))
        host.now += 9
        #expect(host.validate(made.digest) != nil)
        host.now += 10
        #expect(host.validate(made.digest) == nil)
    }

    @Test("a thousand touches do not move the absolute limit")
    func absolute() throws {
        let made = try host.create(idle: 100, absolute: 1000)
        for _ in 0..<999 {
            host.now += 1
            #expect(host.validate(made.digest)?.expires == LedgerSeconds(2000))
        }
        #expect(host.session(made.digest)?.idleExpires == LedgerSeconds(2000))
        #expect(host.board[Int(made.session.slot)].expiry == BootSeconds(2000))
        host.now += 1
        #expect(host.validate(made.digest) == nil)
        #expect(host.sweep().map(\.reason) == [.absolute])
    }

    @Test("the board's expiry moves in steps of a twentieth of the idle timeout, and never beyond the deadline")
    func steps() throws {
        let made = try host.create(idle: 200, absolute: 10_000)
        let slot = Int(made.session.slot)
        var shown: Set<UInt32> = []
        for _ in 0..<100 {
            host.now += 1
            let session = try #require(host.validate(made.digest))
            #expect(session.idleExpires == LedgerSeconds(host.now + 200))
            #expect(host.board[slot].expiry <= session.idleExpires.onBoard)
            #expect(host.board[slot].stamp == host.stamp(made.session))
            shown.insert(host.board[slot].expiry.rawValue)
        }
        #expect(shown == Set(stride(from: 1200, through: 1300, by: 10).map { UInt32($0) }))
    }

    @Test("the sweep reports each session that expired, once, with the reason, and frees what it held")
    func sweeps() throws {
        let idle = try (0..<20).map { try host.create("user\($0)", context: "c", idle: 10) }
        let absolute = try (0..<20).map { _ in try host.create(idle: 100, absolute: 10) }
        let living = try host.create(idle: 100)
        #expect(host.sweep() == [])
        host.now += 10
        let endings = host.sweep()
        #expect(Set(endings.filter { $0.reason == .idle }.map(\.handle)) == Set(idle.map(\.session.handle)))
        #expect(Set(endings.filter { $0.reason == .absolute }.map(\.handle)) == Set(absolute.map(\.session.handle)))
        #expect(Set(endings.map(\.user)).count == 21)
        #expect(host.sweep() == [] && host.count == 1 && host.usage.users == 1)
        #expect(host.session(living.digest) != nil && host.broken == [])
    }

    @Test("a sweep stops at its budget and goes on where it stopped")
    func budget() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4096))
        for number in 0..<3000 { try host.create("user\(number)", idle: 10) }
        host.now += 10
        var (ended, calls, done) = (0, 0, false)
        while !done {
            var now = 0
            done = host.ledger.sweep(
                now: LedgerSeconds(host.now), budget: SweepBudget(examined: 700, ended: 100)
            ) { _, _, _ in now += 1 }
            #expect(now <= 100)
            #expect(done || host.nextDeadline == .distantPast)
            ended += now
            calls += 1
        }
        #expect(ended == 3000 && calls >= 30 && host.nextDeadline == nil)
    }

    @Test("says when to sweep next: nothing expires before, and an idle ledger has no time at all")
    func nextDeadline() throws {
        #expect(host.nextDeadline == nil)
        let made = try host.create(idle: 50)
        try host.create(idle: 80)
        #expect(host.nextDeadline == LedgerSeconds(1050))
        host.now += 30
        _ = host.validate(made.digest)
        #expect(host.nextDeadline == LedgerSeconds(1050))
        host.now += 20
        #expect(host.sweep() == [])
        #expect(host.nextDeadline == LedgerSeconds(1080))
        host.now += 30
        #expect(host.sweep().count == 2)
        #expect(host.nextDeadline == nil)
    }

    @Test("a session made while a sweep is half-way through its group is not missed")
    func midway() throws {
        for _ in 0..<40 { try host.create(idle: 10) }
        host.now += 10
        #expect(
            !host.ledger.sweep(now: LedgerSeconds(host.now), budget: SweepBudget(examined: 1000, ended: 5)) { _, _, _ in
            }
        )
        for _ in 0..<10 { try host.create(idle: 5) }
        while !host.ledger.sweep(
            now: LedgerSeconds(host.now), budget: SweepBudget(examined: 9, ended: 5), ended: { _, _, _ in })
        {}
        #expect(host.count == 10 && host.nextDeadline == LedgerSeconds(1015))
        host.now += 5
        #expect(host.sweep().count == 10)
    }

    @Test("a new proof with a shorter timeout is swept in time")
    func shortened() throws {
        let made = try host.create(idle: 500)
        _ = try host.ledger.reauthenticate(
            made.session, digest: made.digest, to: host.token(), uid: 1000, methods: [1].span,
            lifetime: Lifetime(idle: 5, absolute: 50), now: LedgerSeconds(host.now))
        #expect(host.nextDeadline == LedgerSeconds(1005))
    }

    @Test("revoking all does not count a session that had expired, and reports it as expired")
    func endsExpired() throws {
        try host.create(idle: 10)
        try host.create(idle: 20)
        host.now += 15
        let user = try #require(host.user("alice"))
        var reasons: Set<EndReason> = []
        #expect(
            host.ledger.endAll(of: user, in: .all, reason: .request, now: LedgerSeconds(host.now)) {
                reasons.insert($2)
            } == 1)
        #expect(reasons == [.idle, .request] && host.count == 0)
    }

    @Test("a hundred thousand sessions, each of a user of its own, come and end in bounded steps")
    func many() throws {
        let host = try TestHost(LedgerGeometry(capacity: 100_000))
        for number in 0..<100_000 { try host.create("user\(number)", context: "c", idle: 10) }
        #expect(host.isFull && host.usage.users == 100_000)
        host.now += 10
        var (ended, done) = (0, false)
        while !done {
            let before = ended
            done = host.ledger.sweep(
                now: LedgerSeconds(host.now), budget: SweepBudget(examined: 4096, ended: 256)
            ) { _, _, _ in ended += 1 }
            #expect(ended - before <= 256)
        }
        #expect(ended == 100_000 && host.count == 0 && host.usage.contextUnits == 0 && host.usage.users == 0)
        try host.create()
    }
}
