import Testing
import UsherSecrets
import UsherSessions

@testable import UsherEngine

@Suite("Claimed codes")
struct ClaimTableTests {
    private static func code(_ number: UInt8) -> TokenDigest {
        let bytes = InlineArray<32, UInt8>(repeating: number)
        var text = InlineArray<43, UInt8>(repeating: 0)
        var room = text.mutableSpan
        Base64URL.encode(bytes.span, into: &room)
        guard let token = SessionToken(text: text.span) else { preconditionFailure("32 bytes are a token") }
        return TokenDigest(of: token)
    }

    @Test("a code is free once, by whoever asks, until it is over")
    func once() {
        var table = ClaimTable()
        #expect(table.take(Self.code(1), for: 1, until: 10, now: 0) == .taken)
        #expect(table.take(Self.code(1), for: 1, until: 10, now: 0) == .gone)
        #expect(table.take(Self.code(1), for: 2, until: 99, now: 9) == .gone)
        #expect(table.take(Self.code(2), for: 2, until: 11, now: 10) == .taken)
        #expect(table.count == 1)
    }

    @Test("a full table takes no further code and forgets none; one user has half of it at most")
    func bounds() {
        var table = ClaimTable(capacity: 4)
        let outcomes = (1...3).map { table.take(Self.code($0), for: 1, until: 10, now: 0) }
        #expect(outcomes == [.taken, .taken, .full])
        #expect(table.take(Self.code(3), for: 2, until: 5, now: 0) == .taken)
        #expect(table.take(Self.code(4), for: 3, until: 10, now: 0) == .taken)
        #expect(table.take(Self.code(5), for: 4, until: 10, now: 0) == .full)
        #expect(table.take(Self.code(1), for: 4, until: 10, now: 0) == .gone)
        #expect(table.take(Self.code(5), for: 2, until: 10, now: 5) == .taken)
        #expect(table.count == 4)
        #expect(table.take(Self.code(6), for: 1, until: 20, now: 10) == .taken)
        #expect(table.take(Self.code(7), for: 1, until: 20, now: 10) == .taken)
    }
}
