import Testing
import UsherWebCore

@testable import UsherGate

@Suite("Forwarded request")
struct ForwardedRequestTests {
    private static let nginx = [
        ("x-original-url", "https://wiki.corp.example:443/a?b=%2F;c"), ("x-original-method", "POST"),
        ("x-real-ip", "192.0.2.7"),
    ]
    private static let forward = [
        ("x-forwarded-proto", "https"), ("x-forwarded-host", "wiki.corp.example"), ("x-forwarded-uri", "/a?b=%2F;c"),
        ("x-forwarded-method", "POST"), ("x-forwarded-for", "6.6.6.6, 192.0.2.7"),
    ]

    private func read(_ kind: ProxyKind, _ fields: [(String, String)]) throws -> ForwardedRequest {
        try ForwardedRequest(kind, insecureLocalhost: false, values: GateBench.fields(fields))
    }

    @Test("is what the proxy says, byte for byte", arguments: ProxyKind.allCases)
    func proxy(_ kind: ProxyKind) throws {
        let request = try read(kind, kind == .nginx ? Self.nginx : Self.forward)
        #expect(request.origin == GateBench.origin("https://wiki.corp.example"))
        #expect(request.path == "/a?b=%2F;c" && request.method == "POST")
        #expect(request.remoteAddress == "192.0.2.7")
        #expect(request.address(GateBench.configuration.returnTo) == "https://wiki.corp.example/a?b=%2F;c")
    }

    @Test("is not read from the other kind's fields, which a client may send")
    func otherKind() throws {
        #expect(throws: ForwardedRequest.Refusal.missing("x-original-url")) { try read(.nginx, Self.forward) }
        #expect(throws: ForwardedRequest.Refusal.missing("x-forwarded-proto")) { try read(.forward, Self.nginx) }
        let lies = [
            ("x-forwarded-proto", "https"), ("x-forwarded-host", "login.corp.example"), ("x-forwarded-uri", "/"),
            ("x-forwarded-for", "6.6.6.6"),
        ]
        #expect(try read(.nginx, Self.nginx + lies).origin.text == "https://wiki.corp.example")
        #expect(try read(.nginx, Self.nginx + lies).remoteAddress == "192.0.2.7")
        let original = [("x-original-url", "https://login.corp.example/"), ("x-real-ip", "6.6.6.6")]
        #expect(try read(.forward, Self.forward + original).origin.text == "https://wiki.corp.example")
    }

    @Test("is refused where a field is missing, empty or there twice")
    func fields() {
        for kind in ProxyKind.allCases {
            let whole = kind == .nginx ? Self.nginx : Self.forward
            for (name, value) in whole where !["x-real-ip", "x-forwarded-for"].contains(name) {
                let rest = whole.filter { $0.0 != name }
                #expect(throws: ForwardedRequest.Refusal.missing(name)) { try read(kind, rest) }
                #expect(throws: ForwardedRequest.Refusal.missing(name)) { try read(kind, rest + [(name, "")]) }
                #expect(throws: ForwardedRequest.Refusal.several(name)) { try read(kind, whole + [(name, value)]) }
            }
        }
    }

    @Test(
        "takes no address but one of an origin",
        arguments: [
            "", "/a", "wiki.corp.example/", "https:wiki.corp.example/", "https:///a", "https://a@wiki.corp.example/",
            "https://wiki.corp.example, https://b/", "ftp://wiki.corp.example/", "https://wiki%2fcorp/",
            "https://[::1/",
            "javascript://wiki.corp.example/", "https://wiki.corp.example:0/", "https://wiki\u{301}.corp.example/",
        ])
    func addresses(_ address: String) {
        #expect(throws: ForwardedRequest.Refusal.self) {
            try read(.nginx, [("x-original-url", address), ("x-original-method", "GET")])
        }
    }

    @Test("says apart that the browser came without TLS")
    func insecure() {
        #expect(throws: ForwardedRequest.Refusal.insecure) {
            try read(.nginx, [("x-original-url", "http://wiki.corp.example:80/"), ("x-original-method", "GET")])
        }
    }

    @Test("leads to the start page where no browser could be sent to the address itself")
    func unusable() throws {
        for path in ["/{}", "/a\"b", "/\u{e9}", "/" + String(repeating: "x", count: 4000), "/.usher/logout"] {
            let request = try read(
                .nginx, [("x-original-url", "https://wiki.corp.example" + path), ("x-original-method", "GET")])
            #expect(request.address(GateBench.configuration.returnTo) == "https://wiki.corp.example/")
        }
    }

    @Test("for a page of the gate has the method of its own and needs no address")
    func page() throws {
        let fields = GateBench.fields([("x-forwarded-proto", "https"), ("x-forwarded-host", "WIKI.corp.example.")])
        let request = try ForwardedRequest(
            pageBehind: .forward, method: "POST", insecureLocalhost: false, values: fields)
        #expect(request.origin.text == "https://wiki.corp.example" && request.method == "POST")
        #expect(request.remoteAddress == nil)
    }
}
