import CLinux
import Testing
import UsherClient

@Suite("Token")
struct TokenTests {
    @Test("gives back its text when asked, and only then")
    func text() throws {
        let token = try #require(Token(Sample.token))
        #expect(token.text == Sample.token)
        #expect(!"\(token) \(String(reflecting: token))".contains("AAEC"))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains("AAEC"))
    }

    @Test(
        "takes the canonical text alone",
        arguments: ["", "A", Sample.token + "A", String(Sample.token.dropLast()) + "9", Sample.token + "="])
    func refusals(text: String) {
        #expect(Token(text) == nil)
    }

    @Test("equals the same token and no other")
    func equality() throws {
        let token = try #require(Token(Sample.token))
        #expect(token == Token(Sample.token))
        #expect(token != Token("BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"))
        #expect(Set([token, token]).count == 1)
    }

    @Test("is zeroed with its last copy, in the memory itself")
    func zeroed() throws {
        var token = Token(Sample.token)
        let bytes = unsafeBitCast(try #require(token), to: UnsafeRawPointer.self) + 16  // behind the object's header
        let memory = usher_open("/proc/self/mem", O_RDONLY, 0)  // what is freed may be read so
        defer { close(memory) }
        var (before, after) = ([UInt8](repeating: 255, count: 32), [UInt8](repeating: 255, count: 32))
        pread(memory, &before, 32, off_t(Int(bitPattern: bytes)))
        token = nil
        pread(memory, &after, 32, off_t(Int(bitPattern: bytes)))
        #expect(before == Array(0..<32))
        #expect(zip(before, after).count { $0 == $1 } < 16)
    }
}
