import Testing
import UsherNames

@Suite("User names")
struct UserNameTests {
    @Test(
        "may be a user",
        arguments: ["bob", "bob@example.org", "o'hara", "ännchen", "a b", String(repeating: "a", count: 256)])
    func user(_ name: String) { #expect(UserName.isValid(name)) }

    @Test(
        "may not be a user",
        arguments: [
            "", "-rf", "~root", ".", "..", " bob", "bob ", "\u{A0}bob", "a/b", "a\nb", "a\0b", "a\u{7F}", "a\u{80}b",
            "a\u{9F}", "a\u{202E}b", "a\u{2066}",
            String(repeating: "a", count: 257),
        ])
    func noUser(_ name: String) { #expect(!UserName.isValid(name)) }
}
