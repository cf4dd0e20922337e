import CLinux
import Testing
import UsherPOSIX
import UsherTestKit

@testable import UsherLink

@Suite("Password of the store")
struct StorePasswordTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func command(_ text: String, user: String?) throws -> String {
        try File.write(text, to: directory.path("file"))
        return try StorePassword(file: directory.path("file")).command(user: user).withBytes { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }

    @Test("is the first line of a file, with whatever bytes, in the command of RESP")
    func commands() throws {
        #expect(try command("a b\\r\nsecond\n", user: nil) == "*2\r\n$4\r\nAUTH\r\n$5\r\na b\\r\r\n")
        #expect(try command("\u{E4}", user: "link") == "*3\r\n$4\r\nAUTH\r\n$4\r\nlink\r\n$2\r\n\u{E4}\r\n")
        #expect(try command(String(repeating: "p", count: 512), user: nil).utf8.count == 512 + 22)
    }

    @Test("is refused where it is empty, too long or not there")
    func refused() throws {
        for (text, code) in [("", EINVAL), ("\nword\n", EINVAL), (String(repeating: "p", count: 513), EFBIG)] {
            try File.write(text, to: directory.path("file"))
            #expect(throws: SystemError("read", code: code)) { try StorePassword(file: directory.path("file")) }
        }
        #expect(throws: SystemError("open", code: ENOENT)) { try StorePassword(file: directory.path("none")) }
    }
}
