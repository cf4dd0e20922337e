import Testing
import UsherWebCore

@Suite("Context of a web session")
struct WebContextTests {
    private func userAgent(_ text: String) throws -> [UInt8] {
        let site = try #require(Origin("https://wiki"))
        let context = WebContext.context(site: site, remoteAddress: nil, userAgent: text)
        return Array((context["user_agent"] ?? "").utf8)
    }

    @Test("has the site, and what is known besides")
    func members() throws {
        let site = try #require(Origin("https://wiki"))
        #expect(WebContext.context(site: site, remoteAddress: nil, userAgent: nil) == ["site": "https://wiki"])
        #expect(
            WebContext.context(site: site, remoteAddress: "192.0.2.7", userAgent: "x")
                == ["site": "https://wiki", "remote_ip": "192.0.2.7", "user_agent": "x"])
    }

    @Test("leaves out an address that the daemon would refuse", arguments: ["unix:", "", "fe80::1%eth0", "a", "[::1]"])
    func address(_ text: String) throws {
        let site = try #require(Origin("https://wiki"))
        #expect(WebContext.context(site: site, remoteAddress: text, userAgent: nil) == ["site": "https://wiki"])
    }

    @Test(
        "is counted by the address or, of IPv6, the /64, as the daemon does",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::"),
            ("2001:DB8:0:0:ffff::", "2001:db8::"), ("2001:db8:0:1::1", "2001:db8:0:1::"), ("unix:", "unix:"), (nil, ""),
        ] as [(String?, String)])
    func source(_ address: String?, _ source: String) {
        #expect(WebContext.source(of: address) == source)
    }

    @Test("has a browser's name without control characters")
    func controls() throws {
        #expect(try userAgent("a\r\nb\0c\u{7F}\u{85}d\t") == Array("abcd".utf8))
    }

    @Test("has 200 bytes of a browser's name, and whole characters")
    func length() throws {
        #expect(try userAgent(String(repeating: "x", count: 300)).count == 200)
        #expect(try userAgent(String(repeating: "\u{1F511}", count: 300)).count == 200)
        #expect(try userAgent(String(repeating: "€", count: 300)) == Array(String(repeating: "€", count: 66).utf8))
    }
}
