import Testing
import UsherWebCore

@testable import UsherGate

@Suite("Examination of a proxy")
struct ProxyExaminationTests {
    private static let page = "https://wiki.corp.example/a?b=1&c=%2F"
    private static let login = "https://login.corp.example/.usher/login?to="
    private static let to = "https%3A%2F%2Fwiki.corp.example%2Fa%3Fb%3D1%26c%3D%252F"
    private static let hop = "__Host-usher-hop=AAAA; Path=/"

    private func probe(_ claim: String, of address: String = page) throws -> ProxyProbe {
        let examination = try ProxyExamination(GateBench.configuration, address: address)
        return try #require(examination.probes.first { $0.claim.contains(claim) })
    }

    @Test(
        "takes a redirect to the portal alone for good, with this page behind it and the cookie for the way back",
        arguments: [
            (ProxyAnswer(302, location: login + to + "&hop=x", cookie: hop), nil),
            (ProxyAnswer(302, location: login + to + "&hop=x"), "cookie that the login needs got lost"),
            (
                ProxyAnswer(302, location: login + "https%3A%2F%2Fwiki.corp.example%2F&hop=x", cookie: hop),
                "another address"
            ),
            (ProxyAnswer(302, location: "https://wiki.corp.example/login", cookie: hop), "not to the portal"),
            (ProxyAnswer(302, location: login + to + "&\u{301}hop=x", cookie: hop), nil),
            (ProxyAnswer(302, location: login + "\u{1B}[2Jx", cookie: hop), "\"\\u{1B}[2Jx\""),
            (ProxyAnswer(302, location: "\u{1B}[2Jx", cookie: hop), "\"\\u{1B}[2Jx\""),
            (ProxyAnswer(200), "without a login"), (ProxyAnswer(401), "error_page"), (ProxyAnswer(403), "journal"),
            (ProxyAnswer(404), "no such page"), (ProxyAnswer(500), "cannot ask the gate"),
            (ProxyAnswer(failure: "SSL certificate problem"), "SSL certificate problem"),
        ] as [(ProxyAnswer, String?)])
    func page(_ answer: ProxyAnswer, _ words: String?) throws {
        for claim in ["is sent to the login", "makes up"] {
            let fault = try probe(claim).fault(answer)
            #expect(words.map { fault?.contains($0) == true } ?? (fault == nil), "\(fault ?? "no fault")")
        }
    }

    @Test("asks for the page as it is written, and with fields that would point elsewhere")
    func requests() throws {
        #expect(try probe("is sent to the login").address == Self.page)
        let spoofed = try probe("makes up")
        #expect(spoofed.address == Self.page)
        #expect(spoofed.fields.contains { $0 == ("Remote-User", "root") })
        #expect(spoofed.fields.contains { $0 == ("X-Forwarded-Host", "ci.corp.example:8443") })
        #expect(try probe("http leads", of: "https://ci.corp.example:8443/").address == "http://ci.corp.example/")
        #expect(try probe("the rule fresh").address == "https://wiki.corp.example/usher-auth-fresh")
    }

    @Test("knows the gate's pages by what they carry")
    func pages() throws {
        let passed = try probe("passed on")
        #expect(passed.fault(ProxyAnswer(200, cookie: "__Host-usher=; Path=/")) == nil)
        for answer in [
            ProxyAnswer(404), ProxyAnswer(200), ProxyAnswer(302, location: Self.login + "x", cookie: Self.hop),
        ] {
            #expect(passed.fault(answer)?.contains("/.usher/") == true)
        }
        let login = try probe("shows the login")
        let policy = "default-src 'none'; frame-ancestors 'none'"
        #expect(login.fault(ProxyAnswer(200, cookie: "__Host-usher-pre=A", securityPolicy: policy)) == nil)
        #expect(login.fault(ProxyAnswer(200, securityPolicy: policy))?.contains("cookie") == true)
        #expect(login.fault(ProxyAnswer(200, cookie: "__Host-usher-pre=A"))?.contains("Policy") == true)
        #expect(login.fault(ProxyAnswer(502))?.contains("portal") == true)
    }

    @Test("faults http that serves pages, and questions that a browser can ask")
    func open() throws {
        let plain = try probe("http leads")
        #expect(plain.fault(ProxyAnswer(200)) != nil)
        for answer in [ProxyAnswer(301), ProxyAnswer(403), ProxyAnswer(failure: "refused")] {
            #expect(plain.fault(answer) == nil)
        }
        let question = try probe("the rule admin")
        #expect(question.fault(ProxyAnswer(401)) != nil && question.fault(ProxyAnswer(200)) != nil)
        #expect(question.fault(ProxyAnswer(404)) == nil && question.fault(ProxyAnswer(302)) == nil)
    }
}
