import Testing
import UsherClient
import UsherTestKit
import UsherWebCore

@Suite("Cookies")
struct CookieTests {
    @Test("are set and deleted in these very bytes", arguments: WebVector.all("set_cookie"))
    func setting(_ vector: WebVector) throws {
        let cookie = SessionCookie(named: vector.text("cookie"))
        guard let expected = vector["expect"].text else {
            #expect(cookie == nil)
            return
        }
        let used = try #require(cookie)
        let maxAge = vector["max_age"].integer.map { Duration.seconds($0) }
        let token = vector["token"].text.map { Token($0) }
        #expect(try token.map { used.setting(try #require($0), maxAge: maxAge) } ?? used.deletion == expected)
    }

    @Test("are read as the vectors say", arguments: WebVector.all("cookie"))
    func reading(_ vector: WebVector) throws {
        let cookie = try #require(SessionCookie(named: vector.text("cookie")))
        let fields = vector.texts("fields").map(WebVector.bytes)
        let reading = cookie.read(fields.map { String(decoding: $0, as: UTF8.self) })
        #expect(reading == Self.expected(vector["expect"]))
        guard let field = fields.first, fields.count == 1 else { return }
        #expect(cookie.read(field.span) == reading)
    }

    private static func expected(_ value: JSONValue) -> CookieReading? {
        switch value {
        case "none": CookieReading.none
        case "malformed": .malformed
        case "several": .several
        default: value["token"]?.text.flatMap { Token($0) }.map { .token($0) }
        }
    }

    @Test("have the name session where nothing else is said")
    func usual() {
        #expect(SessionCookie().name == "__Host-session")
        #expect(SessionCookie() == SessionCookie(named: "session"))
    }

    @Test("outlive a session by no fraction of a second")
    func fraction() throws {
        let token = try #require(Token(String(repeating: "A", count: 43)))
        #expect(SessionCookie().setting(token, maxAge: .milliseconds(1999)).utf8.reversed().first == UInt8(ascii: "1"))
    }
}
