import Testing
import UsherSessions

@Suite("Ledger: look-ahead")
struct LedgerLookAheadTests {
    /// Sessions of several users, some with contexts of more than one unit, some ended.
    private func filled() throws -> (host: TestHost, live: [TokenDigest], ended: [TokenDigest]) {
        let host = try TestHost(LedgerGeometry(capacity: 256))
        var (live, ended): ([TokenDigest], [TokenDigest]) = ([], [])
        for number in 0..<120 {
            let made = try host.create("u\(number % 7)", context: String(repeating: "c", count: number))
            if number % 4 == 0 {
                #expect(host.end(made.session.handle))
                ended.append(made.digest)
            } else {
                live.append(made.digest)
            }
        }
        return (host, live, ended)
    }

    @Test("changes nothing and finds nothing that is not there, for any number of digests")
    func harmless() throws {
        let (host, live, ended) = try filled()
        let before = (host.usage, live.map { host.sight($0) })
        let digests = live + ended + (0..<40).map { TokenDigest(low: UInt64($0), high: .max) }
        for count in [0, 1, Ledger.lookAheadWidth] {
            for start in stride(from: 0, through: digests.count - count, by: 7) {
                host.ledger.lookAhead(digests, start..<start + count)
            }
        }
        // A longer range than it is meant for is harmless, too.
        host.ledger.lookAhead(digests, 0..<digests.count)
        #expect(host.usage == before.0 && live.map { host.sight($0) } == before.1 && host.broken == [])
        #expect(ended.allSatisfy { host.session($0) == nil } && live.allSatisfy { host.session($0) != nil })
    }

    @Test("does not hold what changes before the look-up against it")
    func changed() throws {
        let (host, live, _) = try filled()
        host.ledger.lookAhead(live, 0..<Ledger.lookAheadWidth)
        let gone = try #require(host.session(live[0]))
        #expect(host.end(gone.handle))
        #expect(host.validate(live[0]) == nil && host.validate(live[1]) != nil)
    }
}
