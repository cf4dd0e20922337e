import Testing
import UsherNames
import UsherSecrets
import UsherTestKit
import UsherWire

@Suite("Values")
struct ValueTests {
    private func update(_ data: String) -> [UInt8] {
        let token = String(repeating: "A", count: 43)
        return Array(
            #"{"jsonrpc":"2.0","id":1,"method":"session.update","params":{"token":"\#(token)","data":\#(data)}}"#.utf8)
    }

    private func patched(_ stored: String, _ data: String) throws(Refusal) -> String {
        let bytes = update(data)
        let stored = Array(stored.utf8)
        let params = try UpdateParams(Request(bytes.span, body: 0..<bytes.count), in: bytes.span)
        return String(decoding: try params.data.applied(to: stored.span, in: bytes.span), as: UTF8.self)
    }

    @Test(
        "a patch sets, replaces, removes and keeps",
        arguments: [
            ("", "{}", "{}"), ("{}", #"{"a":"1"}"#, #"{"a":"1"}"#), (#"{"a":"1"}"#, "{}", #"{"a":"1"}"#),
            (#"{"a":"1","b":"2"}"#, #"{"a":null}"#, #"{"b":"2"}"#), (#"{"a":"1"}"#, #"{"x":null}"#, #"{"a":"1"}"#),
            (#"{"a":"1","b":"2"}"#, #"{ "a" : "3" , "c" : "4" }"#, #"{"b":"2","a":"3","c":"4"}"#),
            (#"{"a\n":"1"}"#, #"{"\u0061\u000a":"\u0032\/"}"#, #"{"a\n":"2/"}"#),
            ("", #"{"k":"\ud83d\ude00\u0000"}"#, #"{"k":"😀\u0000"}"#),
        ])
    func patches(_ stored: String, _ data: String, _ result: String) throws {
        #expect(try patched(stored, data) == result)
    }

    @Test("a key is the same however it is escaped, and none is twice in a patch")
    func keys() throws {
        #expect(throws: Refusal.invalidParams) { try patched("", #"{"a":"1","\u0061":"2"}"#) }
        #expect(try patched(#"{"\u0001a":"1","b":"2"}"#, #"{"\u0001\u0061":null}"#) == #"{"b":"2"}"#)
    }

    @Test("data is bounded in keys and in bytes, counted unescaped")
    func bounds() throws {
        let keys = (0..<64).map { "\"k\($0)\":\"\"" }.joined(separator: ",")
        let full = try patched("", "{\(keys)}")
        #expect(throws: Refusal.tooLarge) { try patched(full, #"{"x":""}"#) }
        #expect(try patched(full, #"{"x":"","k0":null}"#).contains("\"x\""))
        let most = String(repeating: "\\u0001", count: 8191)
        let stored = try patched("", "{\"k\":\"\(most)\"}")
        #expect(stored.utf8.count == 8191 * 6 + 8)
        #expect(throws: Refusal.tooLarge) { try patched("", "{\"kk\":\"\(most)\"}") }
        #expect(throws: Refusal.tooLarge) { try patched(stored, #"{"a":""}"#) }
    }

    @Test("the largest context and data fit an answer")
    func fits() {
        var out = FrameBuffer(capacity: 70_000)
        let context = [UInt8](repeating: UInt8(ascii: "1"), count: WireLimit.contextEncoded)
        let data = [UInt8](repeating: UInt8(ascii: "1"), count: WireLimit.dataEncoded)
        let user = [UInt8](repeating: UInt8(ascii: "\""), count: WireLimit.userName)
        let name = [UInt8](repeating: 1, count: WireLimit.name)
        let methods = [UInt8](repeating: UInt8(ascii: "1"), count: (WireLimit.method + 3) * WireLimit.methods + 2)
        let id = #"{"jsonrpc":"2.0","id":"\#(String(repeating: "\\u0001", count: 64))","method":"server.ping"}"#
        let bytes = Array(id.utf8)
        let far = WireLimit.integer
        out.beginAnswer(to: Request(bytes.span, body: 0..<bytes.count), in: bytes.span)
        out.beginCompleteStep(token: SessionToken())
        out.session(
            SessionFigures(
                handle: SessionHandle(prefix: .max, tag: .max), uid: .max, created: -far, authenticated: -far,
                lastSeen: -far, idleExpires: -far, expires: -far, version: far),
            realm: name.span, service: name.span, user: user.span, methods: methods.span, context: context.span,
            data: data.span)
        out.endCompleteStep(failuresSince: far, lastLogin: -far)
        #expect(out.endAnswer() == .written)
    }

    private func taken(_ params: consuming AuthStartParams) -> SecretBytes? { params.password }

    @Test("a password is handed on without a copy of its own")
    func handedOn() throws {
        let bytes = Array(
            #"{"jsonrpc":"2.0","id":1,"method":"auth.start","params":{"user":"a","password":"\u0070"}}"#.utf8)
        switch taken(try AuthStartParams(Request(bytes.span, body: 0..<bytes.count), in: bytes.span)) {
        case .some(let password):
            let text = password.withBytes { Describe.text($0) }
            #expect(text == "p")
        case .none: Issue.record("no password")
        }
    }

    @Test("a context is kept in one encoding, and its address is read")
    func context() throws {
        let text = #"{ "host" : "\u0061\/\u001f" , "remote_ip":"\u0031.2.3.4" }"#
        let bytes = Array(
            #"{"jsonrpc":"2.0","id":1,"method":"auth.start","params":{"user":"a","context":\#(text)}}"#.utf8)
        let request = Request(bytes.span, body: 0..<bytes.count)
        let context = try AuthStartParams(request, in: bytes.span).context
        #expect(
            context.map { String(decoding: $0.json, as: UTF8.self) } == #"{"host":"a/\u001f","remote_ip":"1.2.3.4"}"#)
        #expect(context?.remoteAddress?.text == "1.2.3.4")
        #expect(context?.remoteAddress?.low == 0xFFFF_0102_0304 && context?.remoteAddress?.high == 0)
    }

    @Test(
        "an address has one value, however it is written",
        arguments: [
            ("::", 0, 0), ("::1", 0, 1), ("1::", 0x0001_0000_0000_0000, 0), ("::ffff:1.2.3.4", 0, 0xFFFF_0102_0304),
            ("2001:db8::ff00:42:8329", 0x2001_0DB8_0000_0000, 0x0000_FF00_0042_8329),
            ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008),
            ("1:2::7:8", 0x0001_0002_0000_0000, 0x0000_0000_0007_0008), ("10.0.0.255", 0, 0xFFFF_0A00_00FF),
        ] as [(String, UInt64, UInt64)])
    func addresses(_ text: String, _ high: UInt64, _ low: UInt64) {
        let address = NumericAddress(Array(text.utf8).span)
        #expect(address?.high == high && address?.low == low)
    }

    @Test(
        "an address has one text, that of RFC 5952",
        arguments: [
            ("::FFFF:C000:0207", "192.0.2.7"), ("0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"), ("10.0.0.255", "10.0.0.255"),
            ("0:0:0:0:0:0:0:0", "::"), ("0::1", "::1"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0db8::0001:0000", "2001:db8::1:0"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ])
    func canonicalText(_ text: String, _ canonical: String) {
        let address = NumericAddress(Array(text.utf8).span)
        #expect(address?.text == canonical)
        #expect(NumericAddress(Array(canonical.utf8).span) == address)
    }

    @Test(
        "a network is an IPv4 address or a /64",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::"),
        ])
    func network(_ text: String, _ network: String) {
        #expect(NumericAddress(Array(text.utf8).span)?.network.text == network)
    }

    @Test("a handle and a transaction read back to the same value")
    func names() {
        for handle in [
            SessionHandle(prefix: 0, tag: 2), SessionHandle(prefix: .max, tag: 1), SessionHandle(prefix: 1, tag: .max),
        ] {
            let read = SessionHandle(text: Array(handle.text.utf8).span)
            #expect(read == handle && read?.text == handle.text)
        }
        let name = TransactionName.random()
        guard case .text(let text) = Describe.transaction(name) else {
            Issue.record("no text")
            return
        }
        #expect(TransactionName(text: Array(text.utf8).span) == name)
        #expect(TransactionName.random() != name)
    }

    @Test(
        "a user name of PAM is held to the rule, UTF-8 included",
        arguments: [
            (Array("ada".utf8), true), (Array("é".utf8), true), ([], false), ([0xFF], false), ([0x61, 0xC3], false),
            (Array("-a".utf8), false), (Array("a/b".utf8), false), ([0x61, 0], false), ([0x61, 0x7F], false),
            (Array(".".utf8), false), (Array("..".utf8), false), (Array("...".utf8), true), (Array(".a".utf8), true),
            (Array(" a".utf8), false), (Array("a ".utf8), false), (Array("a b".utf8), true),
            (Array("\u{3000}a".utf8), false), (Array("a\u{A0}".utf8), false), (Array("a\u{2003}b".utf8), true),
            ([UInt8](repeating: 0x61, count: 256), true), ([UInt8](repeating: 0x61, count: 257), false),
        ] as [([UInt8], Bool)])
    func userNames(_ name: [UInt8], _ isValid: Bool) {
        #expect(UserName.isValid(name.span) == isValid)
    }
}
