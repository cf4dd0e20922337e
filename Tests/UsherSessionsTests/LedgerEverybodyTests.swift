import Testing
import UsherNames
import UsherSessions

@Suite("Ledger: everybody's sessions")
struct LedgerEverybodyTests {
    private let host: TestHost
    /// More slots than one call reads.
    private static let many = 3 * Ledger.slotsAtOnce

    init() throws { host = try TestHost(LedgerGeometry(capacity: Self.many)) }

    private func fill(_ count: Int) throws -> [SessionHandle] {
        try (0..<count).map { try host.create("user\($0 % 700)", service: $0 % 3).session.handle }
    }

    /// All sessions in `realms`, page by page; the pages that showed nothing are counted.
    private func listed(_ realms: RealmSet, limit: Int) -> (handles: [SessionHandle], pages: Int) {
        var (handles, pages, cursor) = ([SessionHandle](), 0, ListCursor?.none)
        repeat {
            var shown = 0
            cursor = host.ledger.listAll(in: realms, after: cursor, limit: limit, now: LedgerSeconds(host.now)) {
                handles.append($0.handle)
                shown += 1
                return true
            }
            #expect(shown <= limit)
            pages += 1
        } while cursor != nil && pages < 100_000
        return (handles, pages)
    }

    @Test("are shown once each, whatever the page", arguments: [1, 100, 10_000])
    func pages(_ limit: Int) throws {
        let count = limit == 1 ? 300 : 9000
        let made = try fill(count)
        let all = listed(.all, limit: limit)
        #expect(all.handles.count == count && Set(all.handles) == Set(made))
        let site = listed(RealmSet(host.realms[0]), limit: limit)
        #expect(site.handles.count == count / 3 * 2)
        #expect(listed(RealmSet(), limit: limit).handles.isEmpty)
    }

    @Test("a page that the caller cannot take ends before it, or with it where it is the first")
    func fullPages() throws {
        let made = try fill(5)
        var (seen, cursor, rounds) = ([SessionHandle](), ListCursor?.none, 0)
        repeat {
            var shown = 0
            cursor = host.ledger.listAll(in: .all, after: cursor, limit: 100, now: LedgerSeconds(host.now)) {
                guard shown < 2 else { return false }
                shown += 1
                seen.append($0.handle)
                return true
            }
            rounds += 1
        } while cursor != nil && rounds < 10
        #expect(Set(seen) == Set(made) && seen.count == 5)
        let skipped = host.ledger.listAll(in: .all, limit: 100, now: LedgerSeconds(host.now)) { _ in false }
        #expect(skipped != nil)
    }

    @Test("end piece by piece, but for one, and only in the realms that are meant")
    func ends() throws {
        let made = try fill(9000)
        let kept = made[0]
        var (ended, told, cursor, calls) = (0, 0, ListCursor?.none, 0)
        repeat {
            let outcome = host.ledger.endAll(
                in: RealmSet(host.realms[0]), except: kept, after: cursor, reason: .request,
                now: LedgerSeconds(host.now), ended: { _, _, _ in told += 1 })
            ended += outcome.ended
            cursor = outcome.next
            calls += 1
        } while cursor != nil && calls < 100
        #expect(ended == 5999 && told == 5999 && host.count == 3001 && calls >= 2)
        #expect(listed(RealmSet(host.realms[0]), limit: 10).handles == [kept])
        #expect(host.broken.isEmpty)
    }

    @Test("that have expired are not shown, and end by that")
    func expired() throws {
        _ = try host.create("ada", idle: 10)
        _ = try host.create("bob", idle: 100)
        host.now += 50
        #expect(listed(.all, limit: 10).handles.count == 1)
        var reasons: [EndReason] = []
        let outcome = host.ledger.endAll(
            in: .all, reason: .request, now: LedgerSeconds(host.now), ended: { reasons.append($2) })
        #expect(outcome.ended == 1 && outcome.next == nil && Set(reasons) == [.idle, .request])
    }

    @Test("a cursor behind the end shows nothing")
    func strayCursor() throws {
        _ = try fill(3)
        for slot in [UInt32(Self.many), .max] {
            let next = host.ledger.listAll(
                in: .all, after: ListCursor(slot: slot), limit: 1, now: LedgerSeconds(host.now)
            ) { _ in
                Issue.record("a session behind the end")
                return true
            }
            #expect(next == nil)
        }
    }

    @Test("are counted by service, also after a restart")
    func services() throws {
        for (user, service, idle) in [("a", 0, 10), ("b", 0, 20), ("c", 1, 10)] as [(String, Int, UInt32)] {
            _ = try host.create(user, service: service, idle: idle)
        }
        let counts = host.ledger.sessionsByService
        #expect(counts == [host.services[0]: 2, host.services[1]: 1])
        let next = try host.restarted()
        try next.nameServices()
        let adopted = next.ledger.sessionsByService
        #expect(adopted == [next.services[0]: 2, next.services[1]: 1])
    }
}
