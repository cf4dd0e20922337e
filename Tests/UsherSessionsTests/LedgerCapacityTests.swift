import Testing
import UsherNames
import UsherSessions

/// What the ledger holds, and what bounds it.
@Suite("Ledger, capacity")
struct LedgerCapacityTests {
    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test("holds as many sessions as it says, each with the longest name, the largest context and data")
    func largest() throws {
        let host = try TestHost(LedgerGeometry(capacity: 8))
        for number in 0..<8 {
            let made = try host.create("\(number)" + text(Limit.userName - 1), context: text(Limit.context))
            #expect(try host.update(made.session, text(Limit.data)) == 2)
            #expect(try host.update(made.session, text(Limit.data)) == 3)
        }
        #expect(host.isFull && host.broken == [])
        #expect(throws: LedgerError(.full)) { try host.create("late") }
        #expect(try host.restarted().count == 8)
    }

    @Test("with contexts of any size it is full at its capacity, and not before", arguments: [0, 60, 66, 250])
    func contexts(_ size: Int) throws {
        let host = try TestHost(LedgerGeometry(capacity: 1500))
        for number in 0..<1500 { try host.create("user\(number)", context: text(size)) }
        #expect(throws: LedgerError(.full)) { try host.create("late") }
    }

    @Test("a limit on memory refuses what would use more, and nothing that has room left by others")
    func limited() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 1 << 20
        var made: [SessionHandle] = []
        var refusal: LedgerError?
        while refusal == nil {
            do throws(LedgerError) {
                made.append(try host.create("user\(made.count)", context: text(1000)).session.handle)
            } catch {
                refusal = error
            }
        }
        #expect(refusal == LedgerError(.memoryFull))
        #expect((600..<1000).contains(made.count), "\(made.count)")
        // What is behind the last slots that are to be chosen from is not more than they are.
        #expect(host.ledger.memoryUsed <= 1 << 20 + 1200 * 72)
        while (try? host.create("small")) != nil {}
        while (try? host.create("user\(host.count)", context: text(60))) != nil {}
        #expect(host.ledger.shortage == LedgerError(.memoryFull))
        let used = host.ledger.memoryUsed
        for handle in made.prefix(100) { #expect(host.end(handle)) }
        #expect(host.ledger.memoryUsed == used && host.ledger.shortage == nil)
        for number in 0..<100 { try host.create("late\(number)", context: text(1000)) }
        #expect(throws: LedgerError(.memoryFull)) { try host.create("later", context: text(1000)) }
        host.ledger.memoryLimit = 2 << 20
        try host.create("later", context: text(1000))
        #expect(host.broken == [])
    }

    @Test("data stops at half of the memory, and leaves the rest to sessions")
    func data() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 4 << 20
        let sessions = try (0..<200).map { try host.create("user\($0)", proof: .login).session }
        let filled = sessions.prefix { (try? host.update($0, text(Limit.data))) != nil }
        #expect((39..<42).contains(filled.count), "\(filled.count)")
        #expect(throws: LedgerError(.memoryFull)) { try host.update(sessions[199], text(Limit.data)) }
        for number in 0..<1000 { try host.create("other\(number)", context: text(250)) }
        #expect(host.end(sessions[0].handle))
        #expect(try host.update(sessions[199], text(Limit.data)) == 2)
    }

    @Test("issuers and data leave the last eighth of the memory")
    func reserve() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 1 << 20
        var count = 0
        while host.ledger.shortage(forIssuerOf: 8, context: 1000) == nil {
            try host.create("user\(count)", context: text(1000))
            count += 1
        }
        #expect(host.ledger.shortage(forIssuerOf: 8, context: 1000) == LedgerError(.memoryFull))
        #expect(host.ledger.shortage == nil && host.ledger.memoryUsed >= 890 << 10)
        let last = try host.create("person", context: text(1000)).session
        #expect(throws: LedgerError(.memoryFull)) { try host.update(last, text(1500)) }
        var left = 0
        while (try? host.create("person\(left)", context: text(1000))) != nil { left += 1 }
        #expect(left > 60, "\(left)")
    }

    @Test("data of issued sessions leaves the last eighth of its half to those that somebody has logged in for")
    func issuedData() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 4 << 20
        let issued = try (0..<200).map { try host.create("tool\($0)").session }
        let filled = issued.prefix { (try? host.update($0, text(Limit.data))) != nil }
        #expect((34..<37).contains(filled.count), "\(filled.count)")
        #expect(throws: LedgerError(.memoryFull)) { try host.update(issued[199], text(Limit.data)) }
        #expect(try host.update(issued[0], text(Limit.data)) == 3, "what takes the place of other data is not more")
        let person = try host.create("person", proof: .login).session
        #expect(try host.update(person, text(Limit.data)) == 2)
        let others = try (0..<20).map { try host.create("person\($0)", proof: .login).session }
        #expect((2...6).contains(others.prefix { (try? host.update($0, text(Limit.data))) != nil }.count))
        #expect(host.broken == [])
    }

    @Test("whatever issuers leave of the memory, there is some for data of sessions that somebody has logged in for")
    func dataBesideIssuers() throws {
        let host = try TestHost(LedgerGeometry(capacity: 4000))
        host.ledger.memoryLimit = 4 << 20
        var last: Session?
        while host.ledger.shortage(forIssuerOf: 8, context: 1000) == nil {
            last = try host.create("user\(host.count)", context: text(1000)).session
        }
        let issued = try #require(last)
        #expect(throws: LedgerError(.memoryFull)) { try host.update(issued, text(6000)) }
        let people = try (0..<100).map { try host.create("person\($0)", proof: .login).session }
        let served = people.prefix { (try? host.update($0, text(2000))) != nil }
        #expect((40..<130).contains(served.count), "\(served.count) of a sixteenth of the memory")
        for number in 0..<100 { try host.create("late\(number)", proof: .login, context: text(1000)) }
    }

    @Test("of slots, issuers leave the last eighth")
    func slots() throws {
        for number in 0..<56 {
            #expect(host.ledger.shortage(forIssuerOf: 8, context: 0) == nil)
            try host.create("user\(number)")
        }
        #expect(host.ledger.shortage(forIssuerOf: 8, context: 0) == LedgerError(.full))
        #expect(host.ledger.shortage == nil && host.ledger.isNearlyFull)
    }

    private let host: TestHost

    init() throws { host = try TestHost() }

    @Test("the size of a session is what it adds to the memory in use", arguments: [0, 60, 61, 250, Limit.context])
    func size(_ context: Int) throws {
        let host = try TestHost(LedgerGeometry(capacity: 3000))
        try host.create("user", context: text(context))
        let before = host.ledger.memoryUsed
        for number in 0..<2000 { try host.create("user\(number)", context: text(context)) }
        let each = Double(host.ledger.memoryUsed - before) / 2000
        #expect(abs(each - Double(LedgerGeometry.bytes(perContext: context))) < 2, "\(each)")
    }
}
