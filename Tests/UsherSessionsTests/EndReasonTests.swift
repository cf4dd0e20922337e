import Testing
import UsherNames
import UsherSessions

@Suite("End reason")
struct EndReasonTests {
    @Test("has one name and one kind each, as PROTOCOL.md lists them")
    func words() {
        let words = EndReason.allCases.map { ($0.name.description, $0.kind) }
        let ends = AccountEnd.allCases.count
        #expect(words.map(\.0) == ["idle", "absolute", "request", "quota"] + Array(repeating: "account", count: ends))
        let kinds: [EndReason.Kind] = [.expired, .expired, .revoked, .evicted]
        #expect(words.map(\.1) == kinds + Array(repeating: .account, count: ends))
        let details = ["expired", "denied", "unknown", "uid", "password", "locked"]
        #expect(EndReason.allCases.compactMap { $0.detail?.description } == details)
    }

    @Test("is what an end is told and counted by", arguments: EndReason.allCases)
    func ends(_ reason: EndReason) throws {
        let host = try TestHost()
        let one = try host.create("bob")
        try host.create()
        var told: [EndReason] = []
        let now = LedgerSeconds(host.now)
        #expect(host.ledger.end(one.session.handle, in: .all, reason: reason, now: now) { told.append($2) })
        let user = try #require(host.user("alice"))
        #expect(host.ledger.endAll(of: user, in: .all, reason: reason, now: now) { told.append($2) } == 1)
        #expect(told == [reason, reason])
        let counted = host.counters
        let expected: [EndReason.Kind: UInt64] = [reason.kind: 2]
        #expect(counted.expired == expected[.expired] ?? 0 && counted.revoked == expected[.revoked] ?? 0)
        #expect(counted.evicted == expected[.evicted] ?? 0 && host.count == 0)
        for end in AccountEnd.allCases { #expect(counted.ended(end) == (reason == .account(end) ? 2 : 0)) }
    }
}
