import Testing
import UsherSecrets

@Suite("Names of sessions and logins")
struct NamesTests {
    private func text(_ name: TransactionName) -> String {
        var text = [UInt8](repeating: 0, count: TransactionName.textSize)
        var span = text.mutableSpan
        name.write(into: &span)
        return String(decoding: text, as: UTF8.self)
    }

    @Test("a login's name reads back, and is never the same twice")
    func transactions() {
        var seen: Set<TransactionName> = []
        for _ in 0..<1000 {
            let name = TransactionName.random()
            #expect(seen.insert(name).inserted)
            #expect(TransactionName(text: Array(text(name).utf8).span) == name)
        }
    }

    @Test("bits stand in the order of the protocol")
    func order() {
        #expect(
            text(TransactionName(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)) == "AAECAwQFBgcICQoLDA0ODw")
        #expect(SessionHandle(slot: 0x0001_0203, tag: 0x0405_0607_0809_0A0B).text == "h_AAECAwQFBgcICQoL")
    }

    @Test("a handle reads back")
    func handles() {
        for handle in [
            SessionHandle(slot: 0, tag: 1), SessionHandle(slot: .max, tag: .max), SessionHandle(slot: 7, tag: 1 << 40),
        ] {
            #expect(SessionHandle(text: Array(handle.text.utf8).span) == handle)
        }
    }

    @Test(
        "other texts are no names",
        arguments: [
            "", "h_", "h_AAECAwQFBgcICQo", "h_AAECAwQFBgcICQoLA", "H_AAECAwQFBgcICQoL", "h-AAECAwQFBgcICQoL",
            "h_AAECAwQFBgc/CQoL", "h_AAECAwQFBgcICQo=",
            "AAECAwQFBgcICQoLDA0ODx",
        ])
    func refusals(_ text: String) {
        #expect(SessionHandle(text: Array(text.utf8).span) == nil)
        #expect(TransactionName(text: Array(text.utf8).span) == nil)
    }
}
