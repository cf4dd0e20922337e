import Testing
import UsherLogin

@Suite("Transaction id")
struct TransactionIDTests {
    @Test("is 22 characters that read back to the same name, and never the same twice")
    func roundTrip() throws {
        var seen: Set<TransactionID> = []
        for _ in 0..<1000 {
            let id = TransactionID.random()
            #expect(id.description.utf8.count == 22)
            #expect(TransactionID(id.description) == id)
            #expect(seen.insert(id).inserted)
        }
    }

    @Test("writes its words in order")
    func order() {
        #expect(TransactionID(high: 0, low: 0).description == "AAAAAAAAAAAAAAAAAAAAAA")
        #expect(
            TransactionID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F).description
                == "AAECAwQFBgcICQoLDA0ODw")
    }

    @Test(
        "refuses what is not the canonical text",
        arguments: [
            "", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAA+A",
            "é",
        ])
    func refusals(_ text: String) {
        #expect(TransactionID(text) == nil)
    }
}
