import Testing
import UsherBoard
import UsherSessions

@Suite("Ledger seconds")
struct LedgerSecondsTests {
    @Test("a sum stays at the last instant, also from far before the start of the machine")
    func sums() {
        #expect(LedgerSeconds(.max - 1) + 5 == .distantFuture)
        #expect(LedgerSeconds(5) + .max == .distantFuture)
        #expect(LedgerSeconds(-10) + 4 == LedgerSeconds(-6) && LedgerSeconds(-10) + 14 == LedgerSeconds(4))
        #expect(LedgerSeconds.distantPast + .max == .distantFuture)
    }

    @Test("instants are in order across the start of the machine")
    func order() {
        let instants = [Int32.min, -1, 0, 1, .max].map { LedgerSeconds($0) }
        #expect(instants == instants.sorted() && instants.first == .distantPast && instants.last == .distantFuture)
        for (earlier, later) in zip(instants, instants.dropFirst()) {
            #expect(earlier < later && earlier <= later && later > earlier && later >= earlier && earlier != later)
        }
    }

    @Test("the board shows no instant before the start of the machine")
    func onBoard() {
        #expect(LedgerSeconds(7).onBoard == BootSeconds(7) && LedgerSeconds(BootSeconds(7)) == LedgerSeconds(7))
        #expect(LedgerSeconds(-7).onBoard == .zero && LedgerSeconds.distantPast.onBoard == .zero)
        #expect(LedgerSeconds(BootSeconds(.max)) == .distantFuture)
    }
}
