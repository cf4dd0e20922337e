import Testing
import UsherLinkWire

@testable import UsherLink

@Suite("A reading of the stream")
struct StreamReadingTests {
    private static let prefix = Array("p:".utf8)

    private func reading() -> StreamReading { StreamReading(id: 5, ordinal: 3, number: 4, member: [77]) }

    private func words(_ command: [[UInt8]]?) -> String? {
        command.map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }
    }

    private static func bytes(_ text: String) -> LinkValue { .bytes(Array(text.utf8)) }

    private static func stream(_ key: String, _ items: [(String, LinkValue)]) -> LinkValue {
        .list([bytes(key), .list(items.map { .list([bytes($0.0), .list([bytes("b"), $0.1])]) })])
    }

    @Test("finds the newest ring first, reads what there is, and then waits")
    func course() {
        var reading = reading()
        #expect(words(reading.command(Self.prefix)) == "XRANGE p:w:M - + COUNT 1000")
        #expect(reading.command(Self.prefix) == nil)
        let ring = LinkValue.list([.list([Self.bytes("1-1"), .list([])]), .list([Self.bytes("9-2"), .list([])])])
        #expect(reading.take(ring) == [])
        #expect(words(reading.command(Self.prefix)) == "XREAD COUNT 64 STREAMS p:s p:w:M 3-4 9-2")
        #expect(reading.take(.none) == [.entries(5, isEnd: true, [])])
        #expect(words(reading.command(Self.prefix)) == "XREAD COUNT 64 BLOCK 1000 STREAMS p:s p:w:M 3-4 9-2")
        #expect(reading.take(.none) == [])
        _ = reading.command(Self.prefix)
        let answer = LinkValue.list([
            Self.stream("p:s", [("3-5", .bytes([7])), ("4-1", .bytes([8]))]),
            Self.stream("p:w:M", [("9-3", Self.bytes("6")), ("9-4", Self.bytes("8"))]),
        ])
        let entries = [
            LinkEntry(ordinal: 3, number: 5, body: [7]), LinkEntry(ordinal: 4, number: 1, body: [8]),
        ]
        #expect(reading.take(answer) == [.entries(5, isEnd: true, entries), .bell(5, minimum: 8)])
        #expect(words(reading.command(Self.prefix)) == "XREAD COUNT 64 BLOCK 1000 STREAMS p:s p:w:M 4-1 9-4")
    }

    @Test("goes on without waiting while there is more, in datagrams of a bounded size, as far as they are wanted")
    func more() throws {
        var reading = reading()
        _ = reading.command(Self.prefix)
        _ = reading.take(.list([]))
        for round in 0..<2 {
            #expect(words(reading.command(Self.prefix))?.hasPrefix("XREAD COUNT 64 STREAMS") == true)
            let items = (0..<64).map {
                ("4-\(round * 64 + $0 + 1)", LinkValue.bytes([UInt8](repeating: 1, count: 1_500)))
            }
            let taken = reading.take(.list([Self.stream("p:s", items)]))
            let messages = try #require(taken)
            #expect(messages.count == 2)
            for message in messages {
                let size = try message.encoded().count
                #expect(size <= LinkBounds.entries + 2_000)
                guard case .entries(5, isEnd: false, _) = message else {
                    Issue.record("\(message)")
                    return
                }
            }
        }
        #expect(reading.command(Self.prefix) == nil)
        reading.grant(1)
        #expect(words(reading.command(Self.prefix)) == "XREAD COUNT 64 STREAMS p:s p:w:M 4-128 0-0")
    }

    @Test(
        "takes nothing that is no stream of Usher's",
        arguments: [
            .list([.number(1)]), .list([.list([bytes("p:s")])]), .list([.list([bytes("p:s"), .number(1)])]),
            .list([stream("p:s", [("3", .bytes([]))])]), .list([stream("p:s", [("3-5-6", .bytes([]))])]),
            .list([stream("p:s", [("3-x", .bytes([]))])]), .list([stream("p:s", [("3-5", .number(1))])]),
            .list([stream("p:w:M", [("1-1", bytes("x"))])]), .list([stream("p:w:M", [])]),
        ] as [LinkValue])
    func nonsense(value: LinkValue) {
        var reading = reading()
        _ = reading.command(Self.prefix)
        _ = reading.take(.list([]))
        _ = reading.command(Self.prefix)
        #expect(reading.take(value) == nil)
    }
}
