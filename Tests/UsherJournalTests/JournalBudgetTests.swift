import Testing

@testable import UsherJournal

@Suite("Journal: budget")
struct JournalBudgetTests {
    @Test("has room for each kind and peer alone, and tells at the end of the second what it left out")
    func kinds() {
        var budget = JournalBudget()
        let taken = (0..<30).count { _ in budget.takes(.requestMisdirected, of: .nobody) }
        #expect(taken == JournalBudget.entries)
        #expect(budget.takes(.proxyRefused, of: .nobody) && budget.takes(.requestMisdirected, of: .user(33)))
        let told = budget.end()
        #expect(told.map(\.fields["count"]) == ["20"] && told[0].fields["what"] == "request misdirected")
        #expect(told[0].fields["peer_uid"] == nil && budget.coalesced == 20)
        #expect(budget.end().isEmpty && budget.takes(.requestMisdirected, of: .nobody))
    }

    @Test("tells so many users apart; the others share one")
    func places() {
        var budget = JournalBudget()
        let taken = (0..<UInt32(3 * JournalBudget.places)).count { budget.takes(.proxyRefused, of: .user($0)) }
        #expect(taken == JournalBudget.places + JournalBudget.entries)
    }
}
