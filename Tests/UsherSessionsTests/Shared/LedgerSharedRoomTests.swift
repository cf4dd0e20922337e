import Testing
import UsherNames
import UsherSecrets
import UsherSessions

@Suite("Ledger, room for copies of shared sessions")
struct LedgerSharedRoomTests {
    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test("in a full ledger the copy leaves that was not used for longest, and its digest is told")
    func leastUsed() throws {
        let host = try TestHost(LedgerGeometry(capacity: 8))
        let local = try (0..<2).map { try host.create("user\($0)") }
        let copies = try (0..<5).map { number in
            host.now += 1
            return try host.adopt(host.shared(idle: 500))
        }
        for used in [0, 1, 3] {
            host.now += 1
            #expect(host.validate(copies[used].digest) != nil)
        }
        var displaced: [TokenDigest] = []
        for _ in 0..<2 { try host.adopt(host.shared(idle: 600)) { displaced.append($0) } }
        #expect(displaced == [copies[2].digest, copies[4].digest] && host.count == 7)
        #expect(displaced.allSatisfy { host.session($0) == nil } && host.broken == [])
        #expect(local.allSatisfy { host.session($0.digest) != nil })
    }

    @Test("copies leave the last eighth of the slots to sessions of this host alone, which displace none")
    func slots() throws {
        let host = try TestHost(LedgerGeometry(capacity: 64))
        var displaced = 0
        for _ in 0..<100 { try host.adopt(host.shared()) { _ in displaced += 1 } }
        #expect(host.sharedCount == 56 && displaced == 44)
        for number in 0..<8 { try host.create("user\(number)") }
        #expect(throws: LedgerError(.full)) { try host.create("late") }
        try host.adopt(host.shared()) { _ in displaced += 1 }
        #expect(host.count == 64 && host.sharedCount == 56 && displaced == 45 && host.broken == [])
    }

    @Test("beside sessions of this host alone, copies of logins use the last eighth, and those of issuers do not")
    func reserve() throws {
        let host = try TestHost(LedgerGeometry(capacity: 64))
        for number in 0..<60 { try host.create("user\(number)") }
        #expect(throws: LedgerError(.full)) { try host.adopt(host.shared(proof: .issued)) }
        for _ in 0..<4 { try host.adopt(host.shared()) { _ in Issue.record("displaced beside free slots") } }
        var displaced = 0
        try host.adopt(host.shared()) { _ in displaced += 1 }
        #expect(displaced == 1 && host.count == 64 && host.broken == [])
        #expect(host.dropAllShared() == 4)
        for number in 60..<64 { try host.create("user\(number)") }
        #expect(throws: LedgerError(.full)) { try host.adopt(host.shared()) }
    }

    @Test("in full memory, copies make room for contexts and data, and sessions of this host alone have the rest")
    func memory() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 1 << 20
        var displaced = 0
        for _ in 0..<1200 { try host.adopt(host.shared(context: text(1000))) { _ in displaced += 1 } }
        #expect(displaced > 300 && displaced < 800, "\(displaced)")
        #expect(host.ledger.memoryUsed <= (1 << 20) * 7 / 8 + 1200 * 72)
        let before = host.count
        for number in 0..<50 { try host.create("user\(number)", context: text(1000)) }
        #expect(host.count == before + 50 && host.broken == [])
        try host.adopt(host.shared(context: text(5000))) { _ in displaced += 1 }
        #expect(host.broken == [])
    }

    @Test("data of copies keeps to half of the memory, and to less of it where issued", arguments: [true, false])
    func data(_ isIssued: Bool) throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 4 << 20
        var displaced = 0
        for _ in 0..<100 {
            let parts = host.shared(proof: isIssued ? .issued : .login, data: text(Limit.data))
            try host.adopt(parts) { _ in displaced += 1 }
        }
        #expect((isIssued ? 34..<37 : 39..<42).contains(host.count), "\(host.count)")
        #expect(displaced == 100 - host.count && host.broken == [])
        let last = try host.adopt(host.shared(data: text(Limit.data), tag: 5)) { _ in displaced += 1 }
        let count = host.count
        try host.adopt(host.shared(data: text(Limit.data), version: 2, tag: 5)) { _ in Issue.record("not in place") }
        #expect(host.count == count && host.session(last.digest) == nil)
    }

    @Test("where eight copies are too little room, none leaves")
    func tooLarge() throws {
        let small = try #require(
            LedgerGeometry(capacity: 64, contextUnits: 40, userUnits: 80, dataUnits: 4, labels: 80))
        let host = try TestHost(small)
        for _ in 0..<39 { try host.adopt(host.shared(context: "c")) }
        let before = (host.usage, host.count)
        #expect(throws: LedgerError(.contextsFull)) {
            try host.adopt(host.shared(context: text(60 * 9))) { _ in Issue.record("displaced") }
        }
        #expect(host.usage == before.0 && host.count == before.1)
        var displaced = 0
        try host.adopt(host.shared(context: text(60 * 8))) { _ in displaced += 1 }
        #expect(displaced == 8 && host.count == 32 && host.broken == [])
    }
}
