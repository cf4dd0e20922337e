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

    @Test(
        "a code is free once, by whoever asks, for as long as any code may be good",
        arguments: [0, 1, 299, 300, 4_567] as [Int64])
    func once(start: Int64) {
        var table = ClaimTable()
        #expect(table.take(Self.code(1), for: 1, now: start) == .taken)
        for seconds in [0, 1, 150, 299, 300] as [Int64] {
            var later = table
            #expect(later.take(Self.code(1), for: 2, now: start + seconds) == .gone)
            #expect(later.take(Self.code(2), for: 2, now: start + seconds) == .taken)
        }
        #expect(table.take(Self.code(2), for: 2, now: start + 600) == .taken)
        #expect(table.count == 1)
    }

    @Test("a full table takes no further code and forgets none; one user has a quarter of it at most")
    func bounds() {
        var table = ClaimTable(capacity: 8)
        let outcomes = (1...3).map { table.take(Self.code($0), for: 1, now: 0) }
        #expect(outcomes == [.taken, .taken, .full])
        for number in 3...8 {
            #expect(table.take(Self.code(UInt8(number)), for: UInt32(number / 2 + 1), now: 300) == .taken)
        }
        #expect(table.take(Self.code(9), for: 6, now: 300) == .full)
        #expect(table.take(Self.code(9), for: 1, now: 300) == .full)
        #expect(table.take(Self.code(1), for: 6, now: 599) == .gone)
        #expect(table.count == 8)
        let again = (9...11).map { table.take(Self.code($0), for: 1, now: 600) }
        #expect(again == [.taken, .taken, .full])
        #expect(table.take(Self.code(4), for: 1, now: 600) == .gone)
        #expect(table.count == 8)
    }
}
