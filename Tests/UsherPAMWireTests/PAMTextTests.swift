import Testing
import UsherPAMWire

@Suite("PAM texts and names")
struct PAMTextTests {
    @Test(
        "are cleaned of what could play tricks on a terminal",
        arguments: [
            ("Password: ", "Password: "), ("a\u{1b}[31mb", "a[31mb"), ("one\ntwo\t3", "one two 3"),
            ("\u{9b}x\u{7f}", "x"), ("ab\u{202e}cd\u{2066}", "abcd"), ("Kennwörter €", "Kennwörter €"), ("", ""),
        ])
    func cleaned(_ raw: String, _ clean: String) {
        #expect(PAMText.cleaned(Array(raw.utf8).span) == clean)
    }

    @Test("are repaired where they are not UTF-8, and cut at 512 bytes")
    func repaired() {
        #expect(PAMText.cleaned([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
        let cut = PAMText.cleaned([UInt8](repeating: 0xFF, count: 600).span)
        #expect(cut.utf8.count <= 512 && cut.utf8.count > 500 && PAMText.isClean(cut))
    }

    @Test("may be a service", arguments: ["usher", "a", "login-2.x_y", "0auth"])
    func service(_ name: String) { #expect(PAMText.isService(name)) }

    @Test(
        "may not be a service",
        arguments: [
            "", "other", "../other", "a/b", "Usher", ".usher", "-x", "a b", "a\0", "ü",
            String(repeating: "a", count: 65),
        ])
    func noService(_ name: String) { #expect(!PAMText.isService(name)) }
}

extension PAMText {
    fileprivate static func cleaned(_ bytes: [UInt8]) -> String { cleaned(bytes.span) }
}
