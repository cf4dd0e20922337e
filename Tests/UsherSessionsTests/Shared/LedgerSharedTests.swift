import Testing
import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

@Suite("Ledger, copies of shared sessions")
struct LedgerSharedTests {
    let host: TestHost

    init() throws { host = try TestHost() }

    private func entry(_ session: Session) -> BoardEntry { host.board[Int(session.slot)] }

    @Test("gives back what a copy was made of, under the handle of its bucket")
    func adopts() throws {
        let parts = host.shared(
            "bob", uid: 7, service: 1, context: "{}", data: "d", version: 9, idle: 60, expires: 1600, created: -500,
            lastSeen: 990, tag: 77, bucket: 0x8000_0001)
        let (session, digest) = try host.adopt(parts)
        #expect(
            host.sight(digest)
                == Sight(
                    handle: session.handle, slot: session.slot, digest: digest, user: "bob", uid: 7, service: "ssh",
                    realm: "hosts", methods: #"["pwd"]"#, context: "{}", data: "d", version: 9, created: -500,
                    authenticated: -500, lastSeen: 990, idle: 60, expires: 1600))
        #expect(session.handle.prefix == 0x8000_0001 && session.handle.tag == 77)
        #expect(session.isShared && session.proof == .login)
        #expect(entry(session) == BoardEntry(stamp: 1, expiry: BootSeconds(1050)))
        #expect(host.sharedCount == 1 && host.holdsShared && host.counters.created == 0)
        #expect(host.broken == [])
    }

    @Test("the version of empty data is kept, and so is the absence of data", arguments: [1, 2, .max] as [UInt32])
    func versions(_ version: UInt32) throws {
        let copy = try host.adopt(host.shared(version: version))
        #expect(host.sight(copy.digest)?.version == version)
        #expect(host.usage.dataUnits == (version == 1 ? 0 : 1))
    }

    @Test("numbers out of their range are capped: instants of the future, no idle timeout, version 0")
    func capped() throws {
        let copy = try host.adopt(host.shared(version: 0, idle: 0, created: 1010, lastSeen: 1020))
        let sight = try #require(host.sight(copy.digest))
        #expect(sight.created == 1000 && sight.authenticated == 1000 && sight.lastSeen == 1000)
        #expect(sight.idle == 1 && sight.version == 1)
    }

    @Test("is found by its handle alone, and a session of this host by its own")
    func handles() throws {
        let (copy, digest) = try host.adopt(host.shared(tag: 5))
        let local = try host.create()
        #expect(host.session(copy.handle)?.handle.prefix == 0x8000_0007)
        #expect(host.session(copy.handle, in: RealmSet(host.realms[1])) == nil)
        for prefix in [copy.slot, 0x8000_0008, .max] {
            let handle = SessionHandle(prefix: prefix, tag: 5)
            #expect(host.session(handle) == nil && !host.end(handle))
        }
        let tag = local.session.handle.tag
        let handle = SessionHandle(prefix: 0x8000_0007, tag: tag)
        #expect(host.session(handle) == nil)
        #expect(host.sharedDigest(5) == digest && host.sharedDigest(tag) == nil)
        #expect(!local.session.isShared && host.end(local.session.handle))
    }

    @Test("takes the place of an older copy with its tag: the old token never counts again")
    func newToken() throws {
        let old = try host.adopt(host.shared(tag: 5))
        let stamp = entry(old.session).stamp
        let new = try host.adopt(host.shared("alice", context: "moved", tag: 5))
        #expect(host.session(old.digest) == nil && host.sight(new.digest)?.context == "moved")
        #expect(host.sharedDigest(5) == new.digest && host.count == 1)
        #expect(!entry(old.session).confirms(stamp: stamp, now: .zero))
        #expect(host.usage.slots == 1 && host.usage.users == 1 && host.broken == [])
    }

    @Test("takes the place of an older copy with its digest, and of two older ones at once")
    func newData() throws {
        let old = try host.adopt(host.shared(data: "a", version: 2, tag: 5))
        let (slot, stamp) = (Int(old.session.slot), entry(old.session).stamp)
        try host.adopt(host.shared(data: "b", version: 3, tag: 5), old.digest)
        #expect(host.sight(old.digest)?.data == "b" && host.sight(old.digest)?.version == 3)
        #expect(!host.board[slot].confirms(stamp: stamp, now: .zero))
        let other = try host.adopt(host.shared(tag: 6))
        let merged = try host.adopt(host.shared("bob", tag: 5), other.digest)
        #expect(host.count == 1 && host.sharedCount == 1 && host.session(old.digest) == nil)
        #expect(host.sight(other.digest)?.user == "bob" && host.sharedDigest(6) == nil)
        #expect(merged.session.handle.tag == 5 && host.broken == [])
    }

    @Test("what is remembered of the account stays when a copy takes the place of its only session")
    func account() throws {
        try host.adopt(host.shared("ada", uid: 7, tag: 5))
        let account = host.ledger.account(named: Array("ada".utf8).span, uid: 7)
        host.ledger.remember(AccountDigest.missing, of: try #require(account))
        try host.adopt(host.shared("ada", uid: 7, tag: 5))
        let remembered = host.ledger.account(named: Array("ada".utf8).span, uid: 7).flatMap {
            host.ledger.digest(of: $0)
        }
        #expect(remembered == .missing && host.broken == [])
    }

    @Test("refuses what is too long, over, without a shared handle, or a session of this host alone")
    func refusals() throws {
        let long = { String(repeating: "x", count: $0) }
        let local = try host.create()
        let held = try host.adopt(host.shared(tag: 5))
        let cases: [(SharedSession, LedgerError.Code)] = [
            (host.shared("", tag: 5), .userName), (host.shared(long(Limit.userName + 1), tag: 5), .userName),
            (host.shared(context: long(Limit.context + 1), tag: 5), .contextTooLarge),
            (host.shared(data: long(Limit.data + 1), tag: 5), .dataTooLarge),
            (host.shared(methods: "", tag: 5), .labelSize),
            (host.shared(methods: long(Limit.label + 1), tag: 5), .labelSize),
            (host.shared(expires: 1000, tag: 5), .noSuchSession),
            (host.shared(idle: 100, created: 0, lastSeen: 900, tag: 5), .noSuchSession),
            (host.shared(tag: 0), .noSuchSession), (host.shared(tag: 6, bucket: 0x7fff_ffff), .noSuchSession),
        ]
        for (parts, code) in cases {
            #expect(throws: LedgerError(code)) { try host.adopt(parts) }
            #expect(throws: LedgerError(code)) { try host.adopt(parts, held.digest) }
        }
        #expect(throws: LedgerError(.duplicateToken)) { try host.adopt(host.shared(tag: 5), local.digest) }
        #expect(host.session(held.digest)?.handle.tag == 5 && host.count == 2 && host.broken == [])
        #expect(entry(held.session).stamp == 1 && host.session(local.digest)?.isShared == false)
    }

    @Test("copies neither count for the quota of a user nor end for it")
    func quota() throws {
        let quota = UserQuota(limit: 2, policy: .refuse)
        let copies = try (0..<5).map { _ in try host.adopt(host.shared(lastSeen: 950)) }
        let first = try host.create(quota: quota)
        try host.create(quota: quota)
        #expect(throws: LedgerError(.userQuota)) { try host.create(quota: quota) }
        host.now += 1
        _ = host.validate(copies[0].digest)
        var endings: [Ending] = []
        try host.create(quota: UserQuota(limit: 2, policy: .endOldestIdle)) { endings.append($0) }
        #expect(endings.map(\.handle) == [first.session.handle])
        #expect(copies.allSatisfy { host.session($0.digest) != nil } && host.broken == [])
    }

    @Test("ends, lists and ends of all meet copies as they meet sessions of this host alone")
    func operations() throws {
        let copies = try (0..<3).map { _ in try host.adopt(host.shared()) }
        let local = try host.create()
        #expect(host.end(copies[0].session.handle) && !host.end(copies[0].session.handle))
        #expect(host.session(copies[0].digest) == nil && entry(copies[0].session).expiry == .zero)
        let user = try #require(host.user("alice"))
        var listed: Set<SessionHandle> = []
        _ = host.ledger.list(of: user, in: .all, limit: 9, now: LedgerSeconds(host.now)) {
            listed.insert($0.handle).inserted
        }
        #expect(listed == [copies[1].session.handle, copies[2].session.handle, local.session.handle])
        var shared: [Bool] = []
        let kept = copies[2].session.handle
        let lived = host.ledger.endAll(
            of: user, in: .all, except: kept, reason: .request, now: LedgerSeconds(host.now)
        ) { _, session, _ in shared.append(session.isShared) }
        #expect(lived == 2 && shared.sorted { $0 && !$1 } == [true, false])
        #expect(host.session(copies[2].digest) != nil && host.count == 1 && host.broken == [])
        let rest = host.ledger.endAll(in: .all, reason: .request, now: LedgerSeconds(host.now)) { _, _, _ in }
        #expect(rest.ended == 1 && !host.holdsShared && host.counters.revoked == 4 && host.broken == [])
    }

    @Test("a copy whose time is over leaves with the sweep, told as a copy and counted as no end")
    func expires() throws {
        let copy = try host.adopt(host.shared(idle: 10))
        try host.create(idle: 10)
        host.now += 10
        #expect(host.session(copy.digest) == nil)
        var shared: [Bool] = []
        let isDone = host.ledger.sweep(now: LedgerSeconds(host.now), budget: SweepBudget(examined: 4096, ended: 9)) {
            ledger, session, reason in
            let ending = Ending(ledger, session, reason)
            #expect(ending.user == "alice" && ending.reason == .idle)
            shared.append(session.isShared)
        }
        #expect(isDone && shared.sorted { $0 && !$1 } == [true, false])
        #expect(host.counters.expired == 1 && !host.holdsShared && host.broken == [])
    }

    @Test("a new token, new data and a new proof of a copy leave it a copy")
    func changes() throws {
        let (copy, digest) = try host.adopt(host.shared())
        let (fresh, proven, now) = (host.token(), host.token(), LedgerSeconds(host.now))
        _ = try host.update(copy, "d")
        let rotated = try host.ledger.rotate(digest, to: fresh, in: .all, now: now)
        let session = try host.ledger.reauthenticate(
            rotated, digest: fresh, to: proven, uid: 1000, methods: Array("[otp]".utf8).span,
            lifetime: Lifetime(idle: 50, absolute: 500), now: now)
        #expect(session.isShared && session.handle == copy.handle && session.handle.prefix == copy.handle.prefix)
        #expect(host.sharedDigest(copy.handle.tag) == proven && host.broken == [])
        #expect(try host.restarted().count == 0)
    }

    @Test("is dropped on the board first, and again and again; a session of this host alone is not")
    func drops() throws {
        let (copy, digest) = try host.adopt(host.shared())
        let local = try host.create()
        #expect(!host.dropShared(local.digest) && !host.dropShared(host.token()))
        #expect(host.dropShared(digest) && !host.dropShared(digest))
        #expect(host.session(digest) == nil && entry(copy) == BoardEntry(stamp: 2, expiry: .zero))
        #expect(host.session(copy.handle) == nil)
        #expect(host.session(local.digest) != nil && host.counters.revoked == 0 && host.broken == [])
        try host.adopt(host.shared(tag: copy.handle.tag), digest)
        #expect(host.session(digest) != nil && host.sharedCount == 1)
    }

    @Test("drops thousands of copies at once, and nothing else")
    func dropsAll() throws {
        let host = try TestHost(LedgerGeometry(capacity: 10_000))
        let local = try (0..<100).map { try host.create("user\($0)") }
        for number in 0..<3000 { try host.adopt(host.shared("user\(number % 200)", context: "c", data: "d")) }
        #expect(host.dropAllShared() == 3000 && host.dropAllShared() == 0)
        #expect(local.allSatisfy { host.session($0.digest) != nil } && host.broken == [])
        #expect(host.count == 100 && host.usage.contextUnits == 0 && host.usage.dataUnits == 0)
    }

    @Test("while suspended no copy is on the board, whatever happens to it; afterwards all are, with higher stamps")
    func suspends() throws {
        let copies = try (0..<3).map { try host.adopt(host.shared(tag: UInt64($0 + 1))) }
        let local = try host.create()
        let before = copies.map { entry($0.session) }
        host.ledger.suspendShared()
        host.ledger.suspendShared()
        for (copy, was) in zip(copies, before) {
            #expect(entry(copy.session) == BoardEntry(stamp: was.stamp + 1, expiry: .zero))
        }
        host.now += 50
        #expect(host.validate(copies[0].digest) != nil && host.validate(local.digest) != nil)
        let moved = try host.adopt(host.shared(tag: 2))
        let new = try host.adopt(host.shared())
        let held = [copies[0].session, moved.session, copies[2].session, new.session]
        #expect(held.allSatisfy { entry($0).expiry == .zero })
        #expect(entry(local.session).expiry == BootSeconds(1150) && host.broken == [])
        let stamps = held.map { entry($0).stamp }
        host.ledger.resumeShared()
        host.ledger.resumeShared()
        #expect(held.map { entry($0).stamp } == stamps.map { $0 + 1 })
        #expect(held.map { entry($0).expiry } == [1150, 1150, 1100, 1150].map { BootSeconds($0) })
        host.now += 40
        _ = host.validate(new.digest)
        #expect(entry(new.session).expiry == BootSeconds(1190) && host.broken == [])
    }

    @Test("a slot at its last stamp shows no copy, suspended, resumed or dropped")
    func stampEnd() throws {
        let host = try TestHost(LedgerGeometry(capacity: 1))
        host.board[0] = BoardEntry(stamp: .max - 2, expiry: .zero)
        let copy = try host.adopt(host.shared())
        host.ledger.suspendShared()
        host.ledger.resumeShared()
        #expect(host.board[0] == BoardEntry(stamp: .max, expiry: .zero))
        #expect(host.validate(copy.digest) != nil && host.broken == [])
        #expect(throws: LedgerError(.full)) { try host.adopt(host.shared()) }
        #expect(host.session(copy.digest) != nil && host.dropShared(copy.digest))
        #expect(host.isFull && host.count == 0 && host.broken == [])
    }

    @Test("a restart drops the copies, not counted as damage, and closes them on the board", arguments: [false, true])
    func restarts(_ isSuspended: Bool) throws {
        let (copy, digest) = try host.adopt(host.shared(data: "d"))
        let local = try host.create()
        if isSuspended { host.ledger.suspendShared() }
        let stamp = entry(copy).stamp
        let next = try host.restarted()
        #expect(next.count == 1 && next.counters.dropped == 0 && !next.holdsShared && next.broken == [])
        #expect(next.session(digest) == nil && next.session(local.digest) != nil)
        #expect(next.session(copy.handle) == nil)
        #expect(next.board[Int(copy.slot)] == BoardEntry(stamp: stamp + 1, expiry: .zero))
        #expect(next.usage.dataUnits == 0 && next.usage.labels < host.usage.labels + 1)
        try next.nameServices()
        for number in 0..<63 { try next.create("user\(number)") }
        #expect(next.isFull && next.sharedCount == 0 && next.broken == [])
    }

    /// What keeps these copies, under the bucket of `shared`.
    private func keep(_ copies: [(session: Session, digest: TokenDigest)], isSuspended: Bool = false) -> KeptCopies {
        KeptCopies(isSuspended: isSuspended) { digest, tag in
            copies.contains { $0.digest == digest && $0.session.handle.tag == tag } ? 0x8000_0007 : nil
        }
    }

    @Test("keeps the copies that its caller knows, as the board shows them", arguments: [false, true])
    func keeps(_ isSuspended: Bool) throws {
        let copies = try (0..<4).map { try host.adopt(host.shared("user\($0)", context: "c", data: "d", version: 3)) }
        let local = try host.create()
        if isSuspended { host.ledger.suspendShared() }
        let (before, sight) = (copies.map { entry($0.session) }, host.sight(copies[0].digest))
        let next = try host.restarted(keeping: keep(Array(copies[..<3]), isSuspended: isSuspended))
        #expect(next.sharedCount == 3 && next.count == 4 && next.counters.dropped == 0 && next.broken == [])
        #expect(next.sight(copies[0].digest) == sight && next.session(local.digest) != nil)
        #expect(next.session(copies[1].session.handle)?.isShared == true)
        #expect(next.sharedDigest(copies[2].session.handle.tag) == copies[2].digest)
        #expect(next.session(copies[3].digest) == nil)
        let shown = copies.map { next.board[Int($0.session.slot)] }
        #expect(shown[..<3] == before[..<3] && shown[3].expiry == .zero)
        next.ledger.resumeShared()
        #expect(next.board[Int(copies[0].session.slot)].expiry == BootSeconds(1100) && next.broken == [])
        #expect(next.dropAllShared() == 3 && next.broken == [])
    }

    @Test("an orderly restart keeps no copy that is not whole, and none under a handle of this host alone")
    func keepsWhole() throws {
        let copies = try (0..<3).map { _ in try host.adopt(host.shared()) }
        host.board[Int(copies[0].session.slot)] = BoardEntry(stamp: 2, expiry: .zero)
        let next = try host.restarted(keeping: keep(copies))
        #expect(next.sharedCount == 2 && next.session(copies[0].digest) == nil && next.broken == [])
        let other = try host.restarted(keeping: KeptCopies(isSuspended: false) { _, _ in 7 })
        #expect(!other.holdsShared && other.count == 0 && other.broken == [])
    }

    @Test("a session of this host alone in the slot of a former copy is none")
    func reuse() throws {
        let host = try TestHost(LedgerGeometry(capacity: 1))
        let copy = try host.adopt(host.shared())
        #expect(host.dropShared(copy.digest))
        let made = try host.create()
        #expect(!made.session.isShared && made.session.slot == copy.session.slot)
        #expect(try host.restarted().session(made.digest) != nil)
    }
}
