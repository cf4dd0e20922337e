import Testing

@testable import UsherConfiguration

@Suite("Size text")
struct SizeTextTests {
    @Test(
        "is a number and a unit",
        arguments: [
            ("1K", 1 << 10), ("512M", 512 << 20), ("1G", 1 << 30), ("1T", 1 << 40), ("0K", 0),
            ("999999T", 999_999 << 40),
            ("007M", 7 << 20),
        ] as [(String, Int)])
    func reads(_ text: String, _ bytes: Int) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "K", "1", "1 K", " 1K", "1K ", "-1K", "+1K", "1.5K", "1k", "1KB", "1KiB", "1000000K", "١K", "1P",
            "1K\u{301}",
        ])
    func refuses(_ text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test("is written in the largest unit that divides it", arguments: ["1K", "1025K", "512M", "1G", "1025M", "1T"])
    func writes(_ text: String) throws {
        #expect(SizeText.write(try #require(SizeText.parse(text))) == text)
    }
}
