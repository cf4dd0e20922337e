import Testing
import UsherTestKit

@testable import UsherJournal

@Suite("Journal: lines and datagrams")
struct JournalFormatTests {
    static let hostile = [
        "user": "eve\nINFO logged in user=root\r\u{1B}[2J", "empty": "", "quote": #"a" uid="0"#, "plain": "x",
        "back": #"\n"#, "next": "a\u{85}b\u{2028}c",
    ]

    private static func record(
        _ level: JournalLevel, _ title: String, _ fields: [String: String] = [:], id: String? = nil
    ) -> JournalRecord {
        JournalRecord(id: id, title: title, level: level, fields: fields)
    }

    @Test("a value cannot start a line, nor pretend to be another field")
    func escapes() {
        let bytes = JournalFormat.line(
            Self.record(.notice, "login\nrefused", Self.hostile, id: "0123"), isJournal: false)
        let line = String(decoding: bytes, as: UTF8.self)
        #expect(line.utf8.count { $0 < 0x20 } == 1 && line.last == "\n")
        #expect(!line.unicodeScalars.contains { ["\u{85}", "\u{2028}", "\u{1B}"].contains($0) })
        #expect(line.contains(#"plain=x"#) && line.contains(#"empty="""#) && !line.contains("0123"))
        #expect(line.contains(#"user="eve\nINFO logged in user=root\r\u{1B}[2J""#))
        #expect(line.contains(#"quote="a\" uid=\"0""#), "a quotation mark ended the value")
        #expect(line.contains(#"back=\\n"#), "a written escape looks like a real one")
        #expect(line.contains(#"login\nrefused"#))
        #expect(line.contains("Z notice "))
    }

    @Test("what breaks a line or turns its direction is escaped wherever it stands, and nothing else is")
    func unsafe() {
        let breaking = (0..<0x20).map { UInt32($0) } + [0x7F, 0x85, 0x200E, 0x2028, 0x2029, 0x202E, 0x2066]
        let harmless = (0x21..<0x7F).map { UInt32($0) }.filter { ![0x22, 0x3D, 0x5C].contains($0) } + [0xE4, 0x4E2D]
        for value in breaking + harmless {
            let text = Unicode.Scalar(value).map { "a" + String($0) } ?? ""
            let line = String(
                decoding: JournalFormat.line(Self.record(.info, "x", ["k": text]), isJournal: true), as: UTF8.self)
            #expect(line.dropLast().hasSuffix("k=" + text) == harmless.contains(value), "U+\(String(value, radix: 16))")
        }
    }

    @Test("a value stands in quotation marks where a mark joins with a space or a sign")
    func marks() {
        let line = JournalFormat.line(Self.record(.info, "x", ["user": "b \u{301}uid=\u{301}0"]), isJournal: true)
        #expect(String(decoding: line, as: UTF8.self) == "<6>x user=\"b \u{301}uid=\u{301}0\"\n")
    }

    @Test("a line to the journal's stream has its priority in front")
    func priority() {
        let line = JournalFormat.line(Self.record(.error, "x"), isJournal: true)
        #expect(String(decoding: line, as: UTF8.self) == "<3>x\n")
    }

    @Test("a value in a datagram cannot end its field, whatever is in it")
    func fields() throws {
        let fields = try #require(
            JournalFields(
                JournalFormat.datagram(Self.record(.warning, "login refused", Self.hostile, id: "0123"), from: "usherd")
            ))
        #expect(fields["USHER_USER"] == "eve\nINFO logged in user=root\r\u{1B}[2J")
        #expect(fields["MESSAGE_ID"] == "0123" && fields["PRIORITY"] == "4")
        #expect(fields["MESSAGE"]?.hasPrefix(#"login refused back=\\n empty="" next="#) == true)
        #expect(fields["MESSAGE"]?.contains("0123") == false)
        #expect(fields["USHER_NEXT"] == "a\u{85}b\u{2028}c" && fields["SYSLOG_IDENTIFIER"] == "usherd")
        #expect(fields.count == 10)
    }

    @Test("what is too long is cut, and no name of a field is more than letters, digits and underscores")
    func bounds() throws {
        let long = String(repeating: "ü", count: 5000)
        let fields = try #require(
            JournalFields(JournalFormat.datagram(Self.record(.info, "x", ["what\n": long, "=": "y"]), from: "usherd")))
        #expect(fields["USHER_WHAT_"].map { $0.utf8.count } == JournalFormat.longestValue)
        #expect(fields["USHER__"] == "y")
    }
}
