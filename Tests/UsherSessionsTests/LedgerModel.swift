import Testing
import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

/// What a ledger must do, written the simplest way: a dictionary of sessions, each operation a few lines.
///
/// `step()` draws an operation, runs it on the ledger and on the dictionary, and compares everything that can be seen.
final class LedgerModel {
    let host: TestHost
    var sessions: [SessionHandle: Sight] = [:]
    /// Digests that must never be found again.
    var dead: [TokenDigest] = []
    /// The board's stamps when `noteStamps()` was last called: what clients may have cached.
    private(set) var stamps: [SessionHandle: UInt32] = [:]
    /// Whether the copies of shared sessions are off the board.
    var isSuspended = false
    /// Whether they were when `noteStamps()` was last called.
    private(set) var wasSuspended = false
    private var state: UInt64
    var lastOperation = ""
    private let capacity: Int

    /// Small, so that every area gets full now and then.
    static let geometry = LedgerGeometry(capacity: 24, contextUnits: 50, userUnits: 20, dataUnits: 12, labels: 80)

    /// With `oldSlots`, half of the slots are near their last stamp, and are retired as the model goes on.
    init(seed: UInt64, oldSlots: Bool = false) throws {
        let geometry = try #require(Self.geometry)
        host = try TestHost(geometry, seed: seed)
        state = seed &* 77
        capacity = geometry.capacity
        for slot in 0..<(oldSlots ? capacity / 2 : 0) {
            host.board[slot] = BoardEntry(stamp: .max - UInt32(draw(20)), expiry: .zero)
        }
    }

    /// The slots that never hold a session again.
    var retired: Set<UInt32> {
        let old = (0..<UInt32(capacity)).filter { host.board[Int($0)].stamp == .max }
        return Set(old).subtracting(sessions.values.map(\.slot))
    }

    // MARK: Drawing

    /// A number below `bound` (a linear congruential generator: the same sequence for the same seed).
    func draw(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    var text: String { String(repeating: "t", count: draw(8) == 0 ? draw(300) : draw(60)) }
    var name: String { "user\(draw(6))" + (draw(10) == 0 ? String(repeating: "n", count: draw(120)) : "") }
    var uid: UInt32? { draw(4) == 0 ? nil : UInt32(draw(2)) }
    var methods: String { "[\(draw(20))]" }
    private var realms: RealmSet { draw(4) == 0 ? RealmSet(host.realms[draw(3)]) : .all }

    private var living: [Sight] {
        sessions.values.filter { host.now < $0.idleExpires }.sorted { $0.slot < $1.slot }
    }

    /// A session of the table, most often one that is not over.
    var some: Sight? {
        let from = draw(8) == 0 ? sessions.values.sorted { $0.slot < $1.slot } : living
        return from.isEmpty ? nil : from[draw(from.count)]
    }

    private func lives(_ session: Sight, _ realms: RealmSet) -> Bool {
        host.now < session.idleExpires && realms.contains(realm(session.realm))
    }

    private func realm(_ name: String) -> RealmID { host.realms[name == "hosts" ? 1 : 0] }

    // MARK: Steps

    /// One random operation on both; what differs is an issue.
    func step() {
        switch draw(116) {
        case 0..<30: create()
        case 30..<48: validate()
        case 48..<56: rotate()
        case 56..<62: reauthenticate()
        case 62..<72: update()
        case 72..<80: end()
        case 80..<82: endAll()
        case 82..<88: sweep()
        case 88..<92: list()
        case 100..<109: adopt()
        case 109..<112: drop()
        case 112..<116: suspend()
        default: host.now += Int32(draw(12))
        }
    }

    func expect(_ holds: Bool, _ what: String) {
        if !holds { Issue.record("\(lastOperation): \(what)") }
    }

    func remove(_ session: Sight) {
        sessions[session.handle] = nil
        dead.append(session.digest)
    }

    /// Takes out what was reported, and checks that it was in, and that the reason is right.
    private func remove(_ endings: [Ending], _ isRight: (Sight, EndReason) -> Bool) {
        for ending in endings {
            guard let session = sessions[ending.handle] else {
                expect(false, "reported what was not there")
                continue
            }
            expect(ending.user == session.user && isRight(session, ending.reason), "reported \(ending)")
            remove(session)
        }
    }

    func expiry(_ session: Sight) -> EndReason? {
        guard host.now >= session.idleExpires else { return nil }
        return session.idleExpires == session.expires ? .absolute : .idle
    }

    private func create() {
        lastOperation = "create"
        let (user, uid, service, methods, context) = (name, uid, draw(3), methods, text)
        // One session in four began elsewhere, often before this machine did.
        let age = draw(4) == 0 ? draw(3000) : 0
        let (created, idle, absolute) = (host.now - Int32(age), UInt32(1 + draw(60)), UInt32(1 + age + draw(150)))
        let quota = UserQuota(limit: UInt32(1 + draw(2)), policy: draw(3) == 0 ? .refuse : .endOldestIdle)
        let realm = TestHost.names[service].1
        let same = sessions.values.filter { $0.user == user && $0.realm == realm && !$0.isShared }
        let retired = retired
        var endings: [Ending] = []
        do {
            let made = try host.create(
                user, uid: uid, service: service, methods: methods, context: context, idle: idle, absolute: absolute,
                created: created, authenticated: created, quota: quota, ended: { endings.append($0) })
            let rank = { (session: Sight) in (self.host.now < session.idleExpires ? 1 : 0, session.lastSeen) }
            remove(endings) { victim, reason in
                !same.contains { rank($0) < rank(victim) } && reason == (expiry(victim) ?? .quota)
            }
            expect(endings.count == (same.count >= quota.limit ? 1 : 0), "ended \(endings.count) for \(same.count)")
            expect(!retired.contains(made.session.slot), "made in a retired slot")
            let names = TestHost.names[service]
            sessions[made.session.handle] = Sight(
                handle: made.session.handle, slot: made.session.slot, digest: made.digest, user: user, uid: uid,
                service: names.0,
                realm: names.1,
                methods: methods, context: context, data: "", version: 1, created: created, authenticated: created,
                lastSeen: host.now, idle: idle, expires: created + Int32(absolute))
        } catch {
            expect(endings == [], "ended sessions and failed")
            checkRefusal(error.code, same, quota)
        }
    }

    private func checkRefusal(_ code: LedgerError.Code, _ same: [Sight], _ quota: UserQuota) {
        let isFull = sessions.count + retired.count == capacity
        let refuses = same.count >= quota.limit && quota.policy == .refuse && same.allSatisfy { expiry($0) == nil }
        switch code {
        case .full: expect(isFull && same.count < quota.limit, "full with \(sessions.count), retired \(retired)")
        case .userQuota: expect(refuses, "quota with \(same.count)")
        case .contextsFull: expect(host.usage.contextUnits > 40, "contexts full")
        case .usersFull: expect(host.usage.userUnits > 10, "users full")
        case .labelsFull: expect(host.usage.labels > 14, "labels full")
        default: expect(false, "\(code)")
        }
    }

    private func validate() {
        lastOperation = "validate"
        guard var session = some else { return }
        let realms = realms
        let found = host.validate(session.digest, in: realms)
        expect((found != nil) == lives(session, realms), "found \(found != nil)")
        guard found != nil else { return }
        session.lastSeen = host.now
        sessions[session.handle] = session
    }

    private func rotate() {
        lastOperation = "rotate"
        guard var session = some else { return }
        let (realms, fresh) = (realms, host.token())
        let rotated = try? host.ledger.rotate(session.digest, to: fresh, in: realms, now: LedgerSeconds(host.now))
        expect((rotated != nil) == lives(session, realms), "rotated \(rotated != nil)")
        guard rotated != nil else { return }
        dead.append(session.digest)
        (session.digest, session.lastSeen) = (fresh, host.now)
        sessions[session.handle] = session
    }

    private func reauthenticate() {
        lastOperation = "reauthenticate"
        guard var session = some, let seen = host.session(session.digest) else { return }
        let (fresh, methods, idle, absolute) = (host.token(), methods, UInt32(1 + draw(60)), UInt32(1 + draw(150)))
        // Sessions of the model are issued, so that an account may come to stand behind them.
        let uid = seen.proof == .issued && draw(2) == 0 ? UInt32(500 + draw(3)) : session.uid
        do {
            _ = try host.ledger.reauthenticate(
                seen, digest: session.digest, to: fresh, uid: uid, methods: Array(methods.utf8).span,
                lifetime: Lifetime(idle: idle, absolute: absolute), now: LedgerSeconds(host.now))
        } catch {
            return expect([.labelsFull, .usersFull].contains(error.code), "\(error)")
        }
        dead.append(session.digest)
        (session.digest, session.methods, session.idle) = (fresh, methods, idle)
        (session.uid, session.authenticated, session.lastSeen) = (uid, host.now, host.now)
        session.expires = host.now + Int32(absolute)
        sessions[session.handle] = session
    }

    private func update() {
        lastOperation = "update"
        guard var session = some, let seen = host.session(session.digest) else { return }
        let expected: UInt32? = draw(2) == 0 ? nil : UInt32(1 + draw(4))
        let data = draw(6) == 0 ? text + String(repeating: "d", count: draw(900)) : text
        do {
            let version = try host.update(seen, data, ifVersion: expected)
            expect(version == session.version + 1 && (expected ?? session.version) == session.version, "version")
            (session.data, session.version) = (data, version)
            sessions[session.handle] = session
        } catch {
            let isConflict = expected != nil && expected != session.version
            expect(error.code == (isConflict ? .conflict : .dataFull), "\(error)")
        }
    }

    private func end() {
        lastOperation = "end"
        guard let session = some else { return }
        let realms = realms
        var endings: [Ending] = []
        let note = { (ledger: borrowing Ledger, session: Session, reason: EndReason) in
            endings.append(Ending(ledger, session, reason))
        }
        let now = LedgerSeconds(host.now)
        let ended = host.ledger.end(session.handle, in: realms, reason: .request, now: now, ended: note)
        expect(ended == lives(session, realms) && ended == (endings.count == 1), "ended \(ended)")
        remove(endings) { $0 == session && $1 == .request }
    }

    private func endAll() {
        lastOperation = "endAll"
        guard let session = some, let user = host.user(session.user) else { return }
        let (realms, kept) = (realms, draw(2) == 0 ? session.handle : nil)
        let doomed = sessions.values.filter {
            $0.user == session.user && $0.handle != kept && realms.contains(realm($0.realm))
        }
        let lived = doomed.count { expiry($0) == nil }
        var endings: [Ending] = []
        let count = host.ledger.endAll(
            of: user, in: realms, except: kept, reason: .request, now: LedgerSeconds(host.now)
        ) {
            endings.append(Ending($0, $1, $2))
        }
        expect(count == lived, "counted \(count), not \(lived)")
        expect(Set(endings.map(\.handle)) == Set(doomed.map(\.handle)), "ended others")
        remove(endings) { $1 == (expiry($0) ?? .request) }
    }

    private func sweep() {
        lastOperation = "sweep"
        var endings: [Ending] = []
        let done = host.ledger.sweep(
            now: LedgerSeconds(host.now), budget: SweepBudget(examined: 1 + draw(40), ended: 1 + draw(6))
        ) { endings.append(Ending($0, $1, $2)) }
        remove(endings) { $1 == expiry($0) }
        if done { expect(sessions.values.allSatisfy { expiry($0) == nil }, "left expired ones") }
    }

    private func list() {
        lastOperation = "list"
        guard let session = some, let user = host.user(session.user) else { return }
        let realms = realms
        var seen: [SessionHandle] = []
        var cursor: ListCursor?
        repeat {
            cursor = host.ledger.list(
                of: user, in: realms, after: cursor, limit: 1 + draw(4), now: LedgerSeconds(host.now)
            ) {
                seen.append($0.handle)
                return true
            }
        } while cursor != nil
        let expected = sessions.values.filter { $0.user == session.user && lives($0, realms) }
        expect(seen == expected.sorted { $0.slot < $1.slot }.map(\.handle), "listed \(seen.count) of \(expected.count)")
    }

    // MARK: Comparing

    /// Remembers the stamps of all sessions.
    func noteStamps() {
        (stamps, wasSuspended) = ([:], isSuspended)
        for (handle, session) in sessions { stamps[handle] = host.board[Int(session.slot)].stamp }
    }

    /// Everything that can be seen of the ledger is as the dictionary says.
    func compare() {
        expect(host.count == sessions.count, "\(host.count) sessions instead of \(sessions.count)")
        for session in sessions.values {
            let expected = expiry(session) == nil ? session : nil
            expect(host.sight(session.digest) == expected, "\(String(describing: host.sight(session.digest)))")
            let shown = host.board[Int(session.slot)]
            expect(shown.stamp != .max || shown.expiry == .zero, "shown as valid at the last stamp")
            compareCopy(session, shown)
        }
        for digest in dead.suffix(20) { expect(host.session(digest) == nil, "found a dead one") }
        let broken = host.broken
        expect(broken == [], broken.joined(separator: "; "))
    }
}
