import Testing
import UsherToolSupport

@testable import UsherClient
@testable import UsherctlText

/// Values that no daemon sends, from whoever took its place.
@Suite("usherctl: answers of a hostile daemon")
struct UsherctlTextTests {
    @Test(
        "a line of JSON escapes what could steer a terminal", arguments: ["\u{7F}", "\u{9B}", "\u{202E}", "\u{2066}"])
    func json(_ mark: Character) throws {
        let line = try #require(JSONValue.object([("a\(mark)", .text("ä\(mark)\n"))]).line())
        let digits = String(mark.unicodeScalars.first?.value ?? 0, radix: 16)
        let escape = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        #expect(line == #"{"a\#(escape)":"ä\#(escape)\n"}"#)
    }

    @Test("a label of Prometheus' text is one line, and steers no terminal")
    func label() {
        #expect(PrometheusText.escaped("a\u{9B}\u{202E}\n\"\\") == #"a??\n\"\\"#)
    }

    @Test("a bucket whose bound fits no number of nanoseconds is left out")
    func bucket() {
        let counters: [String: Int64] = [
            "validate_measured": 9, "validate_within_\(Int64.max)us": 9, "validate_within_-5us": 9,
        ]
        #expect(StatsGroup.bound(of: 500, 9, counters) == nil)
        #expect(StatsReport(counters).lines.contains("  median  above 100 ms"))
    }

    @Test("a share of a small whole is told, however much is used")
    func share() {
        let lines = StatsReport(["sessions": .max, "capacity": 1, "memory_unlocked_bytes": 1]).lines
        #expect(lines[0] == "Wrong: room for sessions (limits.capacity): 100 % used")
        #expect(lines[1] == "       1 bytes of sessions may be written to swap")
    }

    @Test("a list that has no end ends with an error")
    func endless() throws {
        var pieces = PieceCount()
        for _ in 0..<PieceCount.most { try pieces.next() }
        #expect(throws: UsherError.self) { try pieces.next() }
    }

    @Test("pieces that tell of more sessions than a ledger holds are refused, and no sum of pieces overflows")
    func revokedAll() {
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.answer(
                    request, #"{"revoked":\#(request.member("cursor") == nil ? 7 : 9_007_199_254_740_991),"next":"a"}"#)
            }
        }
        defer { server.stop() }
        let program = Program(["revoke-all", "--everybody", "--directory", server.directory])
        #expect(program.finish() == 4, "\(program.printed)")
        #expect(program.printed.contains("protocol_violation"))
    }
}
