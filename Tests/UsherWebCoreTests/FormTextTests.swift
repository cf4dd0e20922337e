import Testing
import UsherClient
import UsherTestKit

@testable import UsherWebCore

@Suite("Texts of forms")
struct FormTextTests {
    private static func key(_ vector: WebVector) throws -> Token {
        let bytes = vector.bytes("key")
        #expect(bytes == Array(0..<32))
        return try #require(Token("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"))
    }

    @Test("are made and accepted as the vectors say", arguments: WebVector.all("form_text"))
    func vectors(_ vector: WebVector) throws {
        let (key, scope) = (try Self.key(vector), vector.text("scope"))
        let login = LoginCSRF(key: key, isNew: false)
        let isLogin = vector["use"] == "login"
        let text = vector.bytes()
        let given = String(decoding: text, as: UTF8.self)
        let isAccepted = isLogin ? login.accepts(given) : CSRF.accepts(text.span, for: key, scope: scope)
        #expect(isAccepted == (vector["accepted"] == true))
        guard vector["nonce"] != .null else { return }
        let nonce = vector.bytes("nonce")
        let made = isLogin ? login.text(nonce: nonce.span) : CSRF.text(for: key, scope: scope, nonce: nonce.span)
        #expect(made == given)
    }

    @Test("are other ones each time, and all are accepted")
    func fresh() {
        let token = Token.fresh()
        let texts = (0..<100).map { _ in CSRF.text(for: token, scope: "a") }
        #expect(Set(texts).count == 100)
        #expect(texts.allSatisfy { CSRF.accepts($0, for: token, scope: "a") })
        #expect(!texts.contains { CSRF.accepts($0, for: token) })
    }

    @Test("of one session are refused for another")
    func otherSession() {
        let text = CSRF.text(for: .fresh())
        #expect(!CSRF.accepts(text, for: .fresh()))
    }

    @Test("of a login are shared by the tabs of a browser")
    func tabs() throws {
        let first = LoginCSRF([String]())
        let setting = try #require(first.setting)
        let pair = String(setting.prefix { $0 != ";" })
        #expect(pair.utf8.count == "__Host-usher-pre=".utf8.count + 43)
        #expect(setting == pair + "; Path=/; Secure; HttpOnly; SameSite=Lax")
        let second = LoginCSRF(["a=b", pair])
        #expect(second.setting == nil)
        #expect(second.accepts(first.text()) && first.accepts(second.text()))
        #expect(LoginCSRF.deletion.utf8.starts(with: "__Host-usher-pre=; Path=/; ".utf8))
    }

    @Test("of a login are refused from a browser that shows no cookie, a wrong one or two")
    func foreign() throws {
        let pair = try #require(LoginCSRF([String]()).setting?.prefix { $0 != ";" })
        for fields in [[], ["__Host-usher-pre=x"], ["\(pair); \(pair)"]] {
            #expect(LoginCSRF(known: fields) == nil)
            #expect(LoginCSRF(fields).setting != nil)
        }
        #expect(LoginCSRF([String]()).accepts(LoginCSRF([String]()).text()) == false)
    }
}
