import CLinux
import Testing
import UsherPOSIX

@Suite("Lines with secrets")
struct SecretLineTests {
    /// Reads lines of at most `room` bytes off a pipe with `text` until the input ends or a line is too long.
    private func lines(of text: String, room: Int = 100) throws -> (lines: [String], last: SecretLine.Outcome) {
        var ends: [CInt] = [-1, -1]
        try #require(usher_pipe(&ends) == 0)
        let reader = FileDescriptor(owning: ends[0])
        usher_set_blocking(reader.number)
        do {
            let writer = FileDescriptor(owning: ends[1])
            #expect(write(writer.number, text, text.utf8.count) == text.utf8.count)
        }
        var lines: [String] = []
        while true {
            var bytes: [UInt8] = []
            let outcome = SecretLine.read(from: reader.number) { byte in
                guard bytes.count < room else { return false }
                bytes.append(byte)
                return true
            }
            guard outcome == .line else { return (lines, outcome) }
            lines.append(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(
        "end with a line feed or with the input",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("grün\n", ["grün"]),
        ])
    func ends(_ text: String, _ expected: [String]) throws {
        let read = try lines(of: text)
        #expect(read.lines == expected && read.last == .end)
    }

    @Test("that do not fit are told from the end of the input")
    func tooLong() throws {
        #expect(try lines(of: "abc\nabcd\n", room: 3) == (["abc"], .tooLong))
    }
}
