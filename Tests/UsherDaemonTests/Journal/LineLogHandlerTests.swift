import Logging
import Testing

@testable import UsherDaemon

@Suite("Journal: lines")
struct LineLogHandlerTests {
    @Test("a value cannot start a line, nor pretend to be another field")
    func escapes() {
        let handler = LineLogHandler()
        let line = handler.line(
            level: .notice, message: "login\nrefused",
            metadata: [
                "user": "eve\nINFO logged in user=root\r\u{1B}[2J", "empty": "", "quote": #"a" uid="0"#, "plain": "x",
                "back": #"\n"#, "next": "a\u{85}b\u{2028}c",
            ])
        #expect(line.utf8.count { $0 < 0x20 } == 1 && line.last == "\n")
        #expect(!line.unicodeScalars.contains { ["\u{85}", "\u{2028}", "\u{1B}"].contains($0) })
        #expect(line.contains(#"plain=x"#) && line.contains(#"empty="""#))
        #expect(line.contains(#"user="eve\nINFO logged in user=root\r\u{1B}[2J""#))
        #expect(line.contains(#"quote="a\" uid=\"0""#), "a quotation mark ended the value")
        #expect(line.contains(#"back=\\n"#), "a written escape looks like a real one")
        #expect(line.contains(#"login\nrefused"#))
    }
}
