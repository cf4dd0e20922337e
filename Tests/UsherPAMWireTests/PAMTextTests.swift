import Testing
import UsherPAMWire

@Suite("PAM texts and names")
struct PAMTextTests {
    @Test(
        "are cleaned of what could play tricks on a terminal",
        arguments: [
            ("Password: ", "Password: "), ("a\u{1b}[31mb", "a[31mb"), ("one\ntwo\t3", "one two 3"),
            ("\u{9b}x\u{7f}", "x"), ("ab\u{202e}cd\u{2066}", "abcd"),
            ("a\u{200e}b\u{200f}c\u{61c}d", "abcd"), ("Kennwörter €", "Kennwörter €"), ("", ""),
        ])
    func cleaned(_ raw: String, _ clean: String) {
        #expect(PAMText.cleaned(Array(raw.utf8).span) == clean)
    }

    @Test(
        "keep their lines where they are shown",
        arguments: [
            ("██\n█ █\nhttps://id.example", "██\n█ █\nhttps://id.example"), ("one\r\ntwo\t3", "one\ntwo 3"),
            ("a\u{1b}[31mb\n", "a[31mb\n"), ("ab\u{202e}cd", "abcd"), ("", ""),
        ])
    func shown(_ raw: String, _ shown: String) {
        let (text, isCut) = PAMText.shown(Array(raw.utf8).span)
        #expect(text == shown && !isCut && PAMText.isShown(text))
    }

    @Test(
        "are refused with a mark of direction, which no text has that was cleaned",
        arguments: ["\u{200e}", "\u{200f}", "\u{61c}"])
    func marked(_ mark: String) { #expect(!PAMText.isShown("Code" + mark) && PAMText.isShown("Code\n")) }

    @Test("are repaired where they are not UTF-8")
    func repaired() {
        #expect(PAMText.cleaned([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
        let (text, isCut) = PAMText.shown([UInt8](repeating: 0xFF, count: 2000).span)
        #expect(text.utf8.count == 4095 && isCut)
    }

    @Test(
        "have 4 KiB, and more is cut at the end of a scalar, which is told",
        arguments: [
            (String(repeating: "x", count: 4096), 4096, false), (String(repeating: "x", count: 4097), 4096, true),
            (String(repeating: "é", count: 2048), 4096, false), ("x" + String(repeating: "é", count: 2048), 4095, true),
            (String(repeating: "x", count: 4093) + "😀", 4093, true),
            (String(repeating: "x", count: 4092) + "😀", 4096, false),
            (String(repeating: "\u{1b}", count: 4) + String(repeating: "x", count: 4096), 4095, true),
        ])
    func cut(_ raw: String, _ size: Int, _ wanted: Bool) {
        let (text, isCut) = PAMText.shown(Array(raw.utf8.prefix(PAMText.sample)).span)
        #expect(text.utf8.count == size && isCut == wanted && !text.contains("\u{FFFD}"))
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
