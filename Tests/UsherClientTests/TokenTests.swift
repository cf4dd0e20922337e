import Testing
import UsherClient

@Suite("Token")
struct TokenTests {
    @Test("gives back its text when asked, and only then")
    func text() throws {
        let token = try #require(Token(Sample.token))
        #expect(token.text == Sample.token)
        #expect(!"\(token) \(String(reflecting: token))".contains("AAEC"))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains("AAEC"))
    }

    @Test(
        "takes the canonical text alone",
        arguments: ["", "A", Sample.token + "A", String(Sample.token.dropLast()) + "9", Sample.token + "="])
    func refusals(text: String) {
        #expect(Token(text) == nil)
    }

    @Test("equals the same token and no other")
    func equality() throws {
        let token = try #require(Token(Sample.token))
        #expect(token == Token(Sample.token))
        #expect(token != Token("BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"))
        #expect(Set([token, token]).count == 1)
    }
}
