import Testing

@testable import UsherConfiguration

@Suite("Duration text")
struct DurationTextTests {
    @Test(
        "is a number and a unit",
        arguments: [
            ("500ms", .milliseconds(500)), ("1s", .seconds(1)), ("30m", .seconds(1800)), ("12h", .seconds(43_200)),
            ("7d", .seconds(604_800)), ("0s", .zero), ("999999999d", .seconds(86_399_999_913_600)),
            ("007s", .seconds(7)),
        ] as [(String, Duration)])
    func reads(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "s", "1", "1 s", " 1s", "1s ", "-1s", "+1s", "1.5s", "1S", "1min", "1h30m", "1000000000s", "١s",
        ])
    func refuses(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test("is written in the largest unit that fits", arguments: ["500ms", "1s", "90s", "30m", "12h", "7d"])
    func writes(_ text: String) throws {
        #expect(DurationText.write(try #require(DurationText.parse(text))) == text)
    }
}
