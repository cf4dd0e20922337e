import Testing
import UsherClient
import UsherTestKit
import UsherWebCore

@testable import UsherGate

@Suite("Who am I")
struct WhoAmITests {
    private func json(_ answer: GateAnswer) throws -> JSONValue {
        let body = try #require(answer.body)
        #expect(body.type == "application/json")
        return try #require(JSONValue(json: Array(body.text.utf8)))
    }

    @Test("says the user, the ways and the times of the session, whatever bytes the name has")
    func session() throws {
        let user = "a\"\\\u{301}</script>\u{1}"
        let answer = WhoAmI.answer(GateBench.session(user, methods: ["pwd", "otp"]))
        let json = try json(answer)
        #expect(answer.status == 200 && json["user"]?.text == user)
        #expect(json["methods"]?.array?.compactMap(\.text) == ["pwd", "otp"])
        #expect(json["authenticated"]?.text == "1970-01-12T13:46:40Z")
        #expect(json["expires"]?.text != nil && json["idle_expires"]?.text != nil && json["token"] == nil)
    }

    @Test("is kept by no cache and read by no other origin")
    func fields() {
        for answer in [WhoAmI.answer(GateBench.session()), WhoAmI.nobody(loginAt: "https://l/x?to=a"), WhoAmI.foreign] {
            #expect(answer.one("cache-control") == "no-store" && answer.one("x-content-type-options") == "nosniff")
            #expect(answer.one("cross-origin-resource-policy") == "same-origin")
            #expect(answer.fields.allSatisfy { !$0.name.hasPrefix("access-control") })
        }
    }

    @Test("says to nobody where a login is")
    func nobody() throws {
        let answer = WhoAmI.nobody(loginAt: "https://login.example/.usher/login?to=a")
        #expect(answer.status == 401 && answer.all("www-authenticate").count == 1)
        let json = try json(answer)
        #expect(json["error"]?.text == "login_required")
        #expect(json["login"]?.text == "https://login.example/.usher/login?to=a")
    }

    @Test("is for pages of the origin itself, for the user, and for programs")
    func origins() {
        let wiki = GateBench.origin("https://wiki.corp.example")
        for (fields, isOwn) in [
            (["sec-fetch-site": "same-origin"], true), (["sec-fetch-site": "none"], true), ([:], true),
            (["origin": "https://wiki.corp.example"], true), (["sec-fetch-site": "same-site"], false),
            (["sec-fetch-site": "cross-site"], false), (["origin": "https://ci.corp.example:8443"], false),
            (["origin": "null"], false), (["sec-fetch-site": "same-origin, cross-site"], false),
        ] as [([String: String], Bool)] {
            #expect(WhoAmI.isOwn(wiki) { fields[$0.rawValue] } == isOwn, "\(fields)")
        }
    }
}
