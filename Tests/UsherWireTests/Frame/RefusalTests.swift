import Testing
import UsherWire

@Suite("Refusal")
struct RefusalTests {
    private let right = MissingRight(
        method: "server.stats", lacks: ["admin"], uid: 7, entry: nil, roles: [])

    @Test("says its code, and what belongs to it")
    func says() {
        let busy = Refusal(.busy, retryAfter: .seconds(2))
        #expect(busy.code == .busy && busy.retryAfter == .seconds(2) && busy.missing == nil)
        let forbidden = Refusal(right)
        #expect(forbidden.code == .forbidden && forbidden.missing == right && forbidden.retryAfter == nil)
        let change = PendingChange(until: .seconds(11))
        let pending = Refusal(change, retryAfter: .seconds(1))
        #expect(pending.code == .unavailable && pending.pending == change && pending.retryAfter == .seconds(1))
        let away = Refusal(.unavailable, retryAfter: .seconds(1))
        #expect(away.pending == nil && away.retryAfter == .seconds(1))
        let denied = Refusal(.denied)
        #expect(denied.code == .denied && denied.retryAfter == nil && denied.missing == nil)
    }

    @Test("is two words, so that every reader can hand it through in registers")
    func size() { #expect(MemoryLayout<Refusal>.size == 16) }

    @Test("only what is no JSON closes the connection")
    func closing() {
        #expect(ErrorCode.allCases.filter(\.closesConnection) == [Refusal.parse.code])
    }
}
