import Testing
import UsherClient
import UsherWebCore

@testable import UsherGate

extension CookieKey {
    fileprivate func unsealed(_ text: String) -> Token? { unseal(text.utf8Span.span) }
    fileprivate func unsealed(_ text: [UInt8]) -> Token? { unseal(text.span) }
}

@Suite("Sealed cookies")
struct SealedCookieTests {
    private let wiki = GateBench.origin("https://wiki.corp.example")
    private let ci = GateBench.origin("https://ci.corp.example:8443")
    private let token = Token("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
    private let key = (0..<32).map { UInt8($0) }

    @Test("holds the token for its own origin and key alone, in 82 characters that are never the same twice")
    func seal() throws {
        let token = try #require(token)
        let sealer = CookieKey(gate: key.span, origin: wiki)
        let text = sealer.seal(token)
        #expect(text.utf8.count == 82 && text != sealer.seal(token))
        #expect(!text.contains(token.text))
        #expect(sealer.unsealed(text) == token)
        let elsewhere = CookieKey(gate: key.span, origin: ci)
        #expect(elsewhere.unsealed(text) == nil)
        let other = [UInt8](repeating: 7, count: 32)
        let later = CookieKey(gate: other.span, origin: wiki)
        #expect(later.unsealed(text) == nil)
    }

    @Test("is what RFC 8439 and RFC 2104 make of it")
    func vector() throws {
        let nonce = (0..<12).map { UInt8(0xF0 + $0) }
        let text = CookieKey(gate: key.span, origin: wiki).seal(try #require(token), nonce: nonce.span)
        #expect(text == "AfDx8vP09fb3-Pn6-5494yayjglj6_HWBnZD1n_GKASOZGWWJG4M0_b2KxZGVnUiHNXF3NbE8Zua2lzZgQ")
    }

    @Test("is worth nothing after a change of any character")
    func tampering() throws {
        let sealer = CookieKey(gate: key.span, origin: wiki)
        let text = Array(sealer.seal(try #require(token)).utf8)
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(sealer.unsealed(changed) == nil)
        }
        #expect(sealer.unsealed(Array(text.dropLast())) == nil && sealer.unsealed(text + [65]) == nil)
        #expect(sealer.unsealed([]) == nil)
    }

    @Test("is read by its exact name, and believed only where it is there once")
    func reading() throws {
        let token = try #require(token)
        let cookie = GateCookie(gate: key.span, origin: wiki)
        let setting = cookie.setting(token)
        #expect(setting.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax"))
        let pair = try #require(setting.split(separator: ";").first).description
        #expect(cookie.read([pair]) == .token(token))
        #expect(cookie.read(["a=b; \(pair) ;c=d"]) == .token(token))
        #expect(cookie.read(["a=b", pair]) == .token(token))
        #expect(cookie.read([]) == .none && cookie.read(["x" + pair, "__host-usher=1", "__Host-usher"]) == .none)
        #expect(cookie.read([pair, pair]) == .unusable && cookie.read([pair + "; __Host-usher="]) == .unusable)
        #expect(cookie.read(["__Host-usher=" + token.text]) == .unusable)
        let elsewhere = GateCookie(gate: key.span, origin: ci)
        #expect(elsewhere.read([pair]) == .unusable)
    }
}
