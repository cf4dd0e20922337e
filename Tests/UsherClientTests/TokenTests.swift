import Testing
import UsherClient

@Suite("Token")
struct TokenTests {
    static let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

    @Test("gives back its text when asked, and only then")
    func text() throws {
        let token = try #require(Token(Self.text))
        #expect(token.text == Self.text)
        #expect(!"\(token) \(String(reflecting: token))".contains("AAEC"))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains("AAEC"))
    }

    @Test(
        "takes the canonical text alone", arguments: ["", "A", text + "A", String(text.dropLast()) + "9", text + "="])
    func refusals(text: String) {
        #expect(Token(text) == nil)
    }

    @Test("equals the same token and no other")
    func equality() throws {
        let token = try #require(Token(Self.text))
        #expect(token == Token(Self.text))
        #expect(token != Token("BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"))
        #expect(Set([token, token]).count == 1)
    }
}
