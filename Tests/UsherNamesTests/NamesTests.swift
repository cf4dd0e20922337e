import Testing
import UsherNames

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
        #expect(SessionHandle(prefix: 0x0001_0203, tag: 0x0405_0607_0809_0A0B).text == "h_AAECAwQFBgcICQoL")
    }

    @Test("a handle reads back, letter for letter")
    func handles() {
        for handle in [
            SessionHandle(prefix: 0, tag: 1), SessionHandle(prefix: .max, tag: .max),
            SessionHandle(prefix: 7, tag: 1 << 40),
        ] {
            let read = SessionHandle(text: Array(handle.text.utf8).span)
            #expect(read == handle && read?.text == handle.text)
        }
    }

    @Test(
        "a handle's prefix is a hint only while its top bit is clear",
        arguments: [(0, 0), (7, 7), (1 << 31 - 1, 1 << 31 - 1), (1 << 31, nil), (.max, nil)] as [(UInt32, UInt32?)])
    func hints(_ prefix: UInt32, _ hint: UInt32?) {
        #expect(SessionHandle(prefix: prefix, tag: 1).hint == hint)
    }

    @Test("the tag alone tells handles apart")
    func identity() {
        let handle = SessionHandle(prefix: 7, tag: 9)
        #expect(handle == SessionHandle(prefix: 1 << 31 | 7, tag: 9) && handle != SessionHandle(prefix: 7, tag: 8))
        #expect(Set([handle, SessionHandle(prefix: 8, tag: 9)]).count == 1)
    }

    @Test(
        "other texts are no names",
        arguments: [
            "", "h_", "h_AAECAwQFBgcICQo", "h_AAECAwQFBgcICQoLA", "H_AAECAwQFBgcICQoL", "h-AAECAwQFBgcICQoL",
            "h_AAECAwQFBgc/CQoL", "h_AAECAwQFBgcICQo=",
            "AAECAwQFBgcICQoLDA0ODx", "h_AAECAwAAAAAAAAAA",
        ])
    func refusals(_ text: String) {
        #expect(SessionHandle(text: Array(text.utf8).span) == nil)
        #expect(TransactionName(text: Array(text.utf8).span) == nil)
    }
}
