import Testing
import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

@Suite("Ledger")
struct LedgerTests {
    let host: TestHost

    init() throws { host = try TestHost() }

    @Test("gives back what a session was made of")
    func create() throws {
        let made = try host.create("bob", uid: 7, service: 1, context: #"{"tty":"pts/3"}"#, idle: 60, absolute: 600)
        let sight = host.sight(made.digest)
        #expect(
            sight
                == Sight(
                    handle: made.session.handle, slot: made.session.slot, digest: made.digest, user: "bob", uid: 7,
                    service: "ssh", realm: "hosts",
                    methods: #"["pwd"]"#, context: #"{"tty":"pts/3"}"#, data: "", version: 1, created: 1000,
                    authenticated: 1000, lastSeen: 1000, idle: 60, expires: 1600))
        #expect(made.session.idleExpires == LedgerSeconds(1060))
        let texts = SessionText.allCases.map { host.ledger.with($0, of: made.session) { $0.text } }
        #expect(texts == ["hosts", "ssh", "bob", #"["pwd"]"#, #"{"tty":"pts/3"}"#, ""])
        #expect(host.board[Int(made.session.slot)] == BoardEntry(stamp: 1, expiry: BootSeconds(1060)))
    }

    @Test("keeps texts of every size", arguments: [1, 35, 36, 37, 59, 60, 61, 120, 121, 256])
    func texts(_ size: Int) throws {
        let text = String((0..<size).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        let made = try host.create(text, uid: nil, context: text)
        #expect(host.sight(made.digest)?.user == text)
        #expect(host.sight(made.digest)?.context == text)
        #expect(host.sight(made.digest)?.uid == nil)
    }

    @Test("keeps data of every size", arguments: [0, 1, 247, 248, 249, 500, 501, 8192, Limit.data])
    func data(_ size: Int) throws {
        let made = try host.create()
        let text = String(repeating: "x", count: size)
        #expect(try host.update(made.session, text) == 2)
        #expect(host.sight(made.digest)?.data == text)
        #expect(try host.update(made.session, "y") == 3)
        #expect(host.sight(made.digest)?.data == "y")
        #expect(host.usage.dataUnits == 1)
    }

    @Test("refuses what is too long or empty")
    func sizes() throws {
        let long = { String(repeating: "x", count: $0) }
        #expect(throws: LedgerError(.userName)) { try host.create("") }
        #expect(throws: LedgerError(.userName)) { try host.create(long(Limit.userName + 1)) }
        #expect(throws: LedgerError(.contextTooLarge)) { try host.create(context: long(Limit.context + 1)) }
        #expect(throws: LedgerError(.labelSize)) { try host.create(methods: "") }
        #expect(throws: LedgerError(.labelSize)) { try host.create(methods: long(Limit.label + 1)) }
        #expect(throws: LedgerError(.labelSize)) { try host.ledger.realm([UInt8]().span) }
        let made = try host.create()
        #expect(throws: LedgerError(.dataTooLarge)) { try host.update(made.session, long(Limit.data + 1)) }
        #expect(throws: LedgerError(.duplicateToken)) { try host.create(digest: made.digest) }
        #expect(host.count == 1 && host.broken == [])
    }

    @Test("refuses when an area is full, and goes on when there is room again")
    func areas() throws {
        let small = try #require(
            LedgerGeometry(capacity: 8, contextUnits: 4, userUnits: 4, dataUnits: 4, labels: 70))
        let host = try TestHost(small)
        let first = try host.create("a", context: String(repeating: "c", count: 180))
        #expect(throws: LedgerError(.contextsFull)) { try host.create("a", context: "c") }
        try host.create("b")
        try host.create("c")
        #expect(throws: LedgerError(.usersFull)) { try host.create("d") }
        #expect(try host.update(first.session, String(repeating: "d", count: 700)) == 2)
        #expect(throws: LedgerError(.dataFull)) { try host.update(first.session, "e") }
        #expect(host.end(first.session.handle))
        try host.create("d", context: "c")
        try host.create("d", methods: "[1]")
        #expect(throws: LedgerError(.labelsFull)) { try host.create("d", methods: "[2]") }
        #expect(host.broken == [])
    }

    @Test("is full at its capacity")
    func full() throws {
        for number in 0..<64 { try host.create("user\(number)") }
        #expect(host.isFull)
        #expect(throws: LedgerError(.full)) { try host.create("late") }
        let held = try #require(host.user("user5"))
        #expect(
            host.ledger.endAll(of: held, in: .all, reason: .request, now: LedgerSeconds(host.now)) { _, _, _ in } == 1)
        try host.create("late")
        #expect(host.isFull && host.broken == [])
    }

    @Test("a token counts in its realm only")
    func realms() throws {
        let made = try host.create(service: 0)
        #expect(host.session(made.digest, in: RealmSet(host.realms[0])) != nil)
        #expect(host.session(made.digest, in: RealmSet(host.realms[1])) == nil)
        #expect(host.validate(made.digest, in: RealmSet()) == nil)
        #expect(!host.end(made.session.handle, in: RealmSet(host.realms[1])))
        #expect(throws: LedgerError(.noSuchSession)) {
            try host.ledger.rotate(
                made.digest, to: host.token(), in: RealmSet(host.realms[1]), now: LedgerSeconds(1000))
        }
        #expect(host.realms[0] == host.realms[2] && host.services[0] != host.services[2])
    }

    @Test("after an end no look-up finds it, and the board denies it")
    func ends() throws {
        let made = try host.create()
        let slot = Int(made.session.slot)
        #expect(host.end(made.session.handle))
        #expect(host.session(made.digest) == nil)
        #expect(!host.end(made.session.handle))
        #expect(host.board[slot] == BoardEntry(stamp: 2, expiry: .zero))
        #expect(host.ledger.with(.user, of: made.session) { $0.count } == 0)
        let usage = host.usage
        #expect(
            usage.sessions + usage.slots + usage.users + usage.userUnits + usage.contextUnits + usage.dataUnits == 0)
    }

    @Test("a reused slot has another handle and stamp")
    func reuse() throws {
        let host = try TestHost(LedgerGeometry(capacity: 1))
        let first = try host.create()
        #expect(host.end(first.session.handle))
        let second = try host.create()
        #expect(second.session.slot == first.session.slot)
        #expect(second.session.handle != first.session.handle)
        #expect(host.stamp(first.session) == 0 && host.stamp(second.session) == 2)
        #expect(!host.end(first.session.handle))
        #expect(host.ledger.with(.user, of: first.session) { $0.count } == 0)
    }

    @Test("ends all sessions of a user in some realms, but for one")
    func endsAll() throws {
        let web = try (0..<5).map { _ in try host.create(service: 0) }
        let ssh = try host.create(uid: nil, service: 1)
        let other = try host.create("bob")
        let user = try #require(host.user("alice"))
        let kept = web[2].session.handle
        var endings: [Ending] = []
        let lived = host.ledger.endAll(
            of: user, in: RealmSet(host.realms[0]), except: kept, reason: .request, now: LedgerSeconds(host.now)
        ) { endings.append(Ending($0, $1, $2)) }
        #expect(lived == 4 && endings.count == 4)
        #expect(endings.allSatisfy { $0.reason == .request && $0.user == "alice" && $0.handle != kept })
        #expect(host.session(web[2].digest) != nil && host.session(web[0].digest) == nil)
        #expect(host.session(ssh.digest) != nil && host.session(other.digest) != nil)
        #expect(
            host.ledger.endAll(of: user, in: .all, reason: .request, now: LedgerSeconds(host.now)) { _, _, _ in } == 2)
        #expect(host.user("alice") == nil)
        #expect(
            host.ledger.endAll(of: user, in: .all, reason: .request, now: LedgerSeconds(host.now)) { _, _, _ in } == 0)
    }

    @Test("ends many sessions of a user, of both uids, but for those of other realms and one", arguments: [1, 7, 900])
    func endsMany(_ count: Int) throws {
        let host = try TestHost(LedgerGeometry(capacity: 1000))
        let made = try (0..<count).map { try host.create(uid: $0 % 5 == 0 ? nil : 1, service: $0 % 3) }
        try host.create("bob")
        let kept = made[count / 2].session.handle
        let doomed = made.map(\.session).filter { $0.realm == host.realms[0] && $0.handle != kept }.map(\.handle)
        var endings: [SessionHandle] = []
        let user = try #require(host.user("alice"))
        let lived = host.ledger.endAll(
            of: user, in: RealmSet(host.realms[0]), except: kept, reason: .request, now: LedgerSeconds(host.now)
        ) { _, session, _ in endings.append(session.handle) }
        #expect(lived == doomed.count && endings.count == lived && Set(endings) == Set(doomed))
        #expect(host.count == count + 1 - lived && host.broken == [])
        let next = try host.restarted()
        #expect(next.count == host.count && next.broken == [])
        #expect(
            host.ledger.endAll(of: user, in: .all, reason: .request, now: LedgerSeconds(host.now)) { _, _, _ in }
                == count - lived)
        #expect(host.count == 1 && host.user("alice") == nil && host.broken == [])
    }

    @Test("lists a user's sessions page by page, each once, whatever ends in between", arguments: [1, 2, 3, 7, 50])
    func lists(_ limit: Int) throws {
        let made = try (0..<20).map { try host.create(uid: $0 % 2 == 0 ? 1 : nil, service: $0 % 3) }
        try host.create("bob")
        var seen: [SessionHandle] = []
        var cursor: ListCursor?
        repeat {
            let user = try #require(host.user("alice"))
            cursor = host.ledger.list(of: user, in: .all, after: cursor, limit: limit, now: LedgerSeconds(host.now)) {
                seen.append($0.handle)
                return true
            }
            if seen.count >= 3 { _ = host.end(seen[1]) }
        } while cursor != nil
        #expect(Set(seen).count == seen.count)
        #expect(Set(seen) == Set(made.map(\.session.handle)))
    }

    @Test("goes on with the session that the last page could not take")
    func listsWhatFits() throws {
        for _ in 0..<5 { try host.create() }
        let user = try #require(host.user("alice"))
        var seen: [SessionHandle] = []
        var cursor: ListCursor?
        repeat {
            var room = 2
            cursor = host.ledger.list(of: user, in: .all, after: cursor, limit: 50, now: LedgerSeconds(host.now)) {
                guard room > 0 else { return false }
                room -= 1
                seen.append($0.handle)
                return true
            }
        } while cursor != nil
        #expect(seen.count == 5 && Set(seen).count == 5)
    }

    @Test("rotates: the new token counts, the old one never again, the handle stays")
    func rotates() throws {
        let made = try host.create(context: "c")
        let fresh = host.token()
        let session = try host.ledger.rotate(made.digest, to: fresh, in: .all, now: LedgerSeconds(host.now))
        #expect(session.handle == made.session.handle && host.stamp(session) == 2)
        #expect(host.session(made.digest) == nil)
        #expect(host.sight(fresh)?.context == "c")
        #expect(throws: LedgerError(.noSuchSession)) {
            try host.ledger.rotate(made.digest, to: host.token(), in: .all, now: LedgerSeconds(host.now))
        }
        #expect(throws: LedgerError(.duplicateToken)) {
            try host.ledger.rotate(fresh, to: fresh, in: .all, now: LedgerSeconds(host.now))
        }
    }

    func reauthenticate(_ seen: Session, _ digest: TokenDigest, to fresh: TokenDigest) throws -> Session {
        try host.ledger.reauthenticate(
            seen, digest: digest, to: fresh, uid: 1000, methods: Array(#"["otp"]"#.utf8).span,
            lifetime: Lifetime(idle: 50, absolute: 500), now: LedgerSeconds(host.now))
    }

    @Test("a new proof renews token, methods, deadlines, and keeps the handle")
    func reauthenticates() throws {
        let made = try host.create(idle: 100, absolute: 1000)
        host.now += 90
        let fresh = host.token()
        let session = try reauthenticate(made.session, made.digest, to: fresh)
        #expect(session.handle == made.session.handle && host.stamp(session) > 1)
        let sight = try #require(host.sight(fresh))
        #expect(sight.methods == #"["otp"]"# && sight.authenticated == 1090 && sight.created == 1000)
        #expect(sight.idle == 50 && sight.expires == 1590)
        #expect(host.board[Int(session.slot)].expiry == BootSeconds(1140))
        #expect(host.session(made.digest) == nil && host.broken == [])
    }

    @Test("a new proof does not count when the session was rotated, ended or replaced meanwhile")
    func reauthenticatesNothing() throws {
        let made = try host.create()
        let rotated = host.token()
        _ = try host.ledger.rotate(made.digest, to: rotated, in: .all, now: LedgerSeconds(host.now))
        #expect(throws: LedgerError(.noSuchSession)) { try reauthenticate(made.session, made.digest, to: host.token()) }
        let other = try host.create()
        #expect(throws: LedgerError(.noSuchSession)) {
            try reauthenticate(made.session, other.digest, to: host.token())
        }
        #expect(host.end(made.session.handle))
        #expect(throws: LedgerError(.noSuchSession)) { try reauthenticate(made.session, rotated, to: host.token()) }
    }

    @Test("data has a version; a wrong one is a conflict; each change renews the stamp")
    func versions() throws {
        let made = try host.create()
        #expect(try host.update(made.session, "a", ifVersion: 1) == 2)
        #expect(throws: LedgerError(.conflict)) { try host.update(made.session, "b", ifVersion: 1) }
        #expect(try host.update(made.session, "c") == 3)
        #expect(host.sight(made.digest)?.data == "c" && host.stamp(made.session) == 3)
        #expect(host.end(made.session.handle))
        #expect(throws: LedgerError(.noSuchSession)) { try host.update(made.session, "d") }
    }

    @Test("free slots are handed out at random: neither in order, nor in that of another ledger")
    func randomSlots() throws {
        let slots = try ([1, 2] as [UInt64]).map { seed in
            let host = try TestHost(seed: seed)
            return try (0..<40).map { _ in try host.create().session.slot }
        }
        #expect(slots[0] != slots[1] && slots.allSatisfy { $0 != $0.sorted() && Set($0).count == 40 })
    }

    @Test("a slot at its last stamp is retired, and its last session is never shown as valid")
    func stampEnd() throws {
        let host = try TestHost(LedgerGeometry(capacity: 1))
        host.board[0] = BoardEntry(stamp: .max - 1, expiry: .zero)
        let made = try host.create()
        #expect(host.stamp(made.session) == UInt32.max - 1)
        let fresh = host.token()
        let rotated = try host.ledger.rotate(made.digest, to: fresh, in: .all, now: LedgerSeconds(1000))
        #expect(host.stamp(rotated) == UInt32.max)
        #expect(host.board[0] == BoardEntry(stamp: .max, expiry: .zero))
        host.now += 10
        #expect(host.validate(fresh) != nil)
        #expect(host.board[0] == BoardEntry(stamp: .max, expiry: .zero))
        #expect(try host.restarted().session(fresh) != nil)
        #expect(host.end(made.session.handle))
        #expect(host.isFull && host.count == 0)
        #expect(throws: LedgerError(.full)) { try host.create() }
        #expect(try host.restarted().isFull)
        #expect(host.broken == [])
    }

    @Test(
        "unknown handles are nobody's",
        arguments: [(0, 0), (0, 1), (63, 1), (64, 1), (1 << 31, 1), (UInt32.max, 1)] as [(UInt32, UInt64)])
    func unknown(_ prefix: UInt32, _ tag: UInt64) {
        #expect(!host.end(SessionHandle(prefix: prefix, tag: tag)))
    }

    @Test("a tag under a prefix that does not lead to it is not there: nothing ends for it, and nothing is spared")
    func misleadingPrefix() throws {
        let made = try host.create()
        let other = try host.create("bob")
        let user = try #require(host.user("alice"))
        for prefix in [other.session.slot, 64, 1 << 31 | made.session.slot, .max] {
            let handle = SessionHandle(prefix: prefix, tag: made.session.handle.tag)
            #expect(host.ledger.session(handle, in: .all, now: LedgerSeconds(host.now)) == nil)
            #expect(!host.end(handle) && host.count == 2)
        }
        let kept = SessionHandle(prefix: 1 << 31, tag: made.session.handle.tag)
        let lived = host.ledger.endAll(
            of: user, in: .all, except: kept, reason: .request, now: LedgerSeconds(host.now)
        ) { _, _, _ in }
        #expect(lived == 1 && host.count == 1 && host.broken == [])
    }

    @Test("every slot of the largest ledger fits the hint of a handle")
    func hints() { #expect(LedgerGeometry.greatestCapacity < SessionHandle.hintLimit) }

    @Test("a session that began before this machine keeps its times, here and in the next process")
    func beforeTheStart() throws {
        host.now = 3600
        let made = try host.create(idle: 1800, absolute: 43_200, created: -32_400, authenticated: -25_200)
        for host in [host, try host.restarted()] {
            let session = try #require(host.session(made.digest))
            #expect(session.created == LedgerSeconds(-32_400) && session.authenticated == LedgerSeconds(-25_200))
            #expect(session.lastSeen == LedgerSeconds(3600) && session.expires == LedgerSeconds(10_800))
            #expect(session.idleExpires == LedgerSeconds(5400) && host.broken == [])
            #expect(host.board[Int(session.slot)].expiry == BootSeconds(5400) && host.counters.dropped == 0)
        }
    }

    @Test("what began later than now, by the clock of another host, began now")
    func beyondNow() throws {
        let made = try host.create(created: 1010, authenticated: 1020)
        #expect(made.session.created == LedgerSeconds(1000) && made.session.authenticated == LedgerSeconds(1000))
    }

    @Test("no session is made whose time is over", arguments: [-1, 0, 999, 1000] as [Int32])
    func overFromTheStart(_ end: Int32) throws {
        #expect(throws: LedgerError(.noSuchSession)) { try host.create(absolute: 500, created: end - 500) }
        #expect(host.count == 0 && host.broken == [])
    }

    @Test("the digest is the first half of SHA-256 over the raw bytes")
    func digest() {
        let digest = TokenDigest(ofBytes: [UInt8](repeating: 0, count: 32).span)
        #expect(digest.low.bigEndian == 0x6668_7aad_f862_bd77 && digest.high.bigEndian == 0x6c8f_c18b_8e9f_8e20)
        let token = SessionToken()
        #expect(TokenDigest(of: token) == token.withBytes { TokenDigest(ofBytes: $0) })
    }
}
