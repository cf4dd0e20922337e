import Testing
import UsherLinkWire

@Suite("Messages between usherd and usher-link")
struct LinkMessageTests {
    private static let messages: [(LinkMessage, String)] = [
        (.configure(version: 1, copies: 2, prefix: [117, 58]), "01 0001 0002 00000002 753a"),
        (
            .call(7, .beat, isConfirmed: true, milliseconds: 5_000, [[1], []]),
            "02 0000000000000007 05 01 00001388 00000002 00000001 01 00000000"
        ),
        (.call(8, .trim, isConfirmed: false, milliseconds: 0, []), "02 0000000000000008 16 00 00000000 00000000"),
        (
            .follow(9, ordinal: 1, number: .max, member: [1, 2]),
            "03 0000000000000009 0000000000000001 ffffffffffffffff 00000002 0102"
        ),
        (.more(9, count: 3), "04 0000000000000009 0003"),
        (.greet(version: 1), "41 0001"),
        (.up, "42"),
        (.down([120]), "43 00000001 78"),
        (
            .reply(7, .list([.number(-1), .none, .list([.bytes([5])])])),
            "44 0000000000000007 03 00000003 01 ffffffffffffffff 00 03 00000001 02 00000001 05"
        ),
        (.failure(7, [69]), "45 0000000000000007 00000001 45"),
        (
            .entries(9, isEnd: true, [LinkEntry(ordinal: 2, number: 3, body: [7])]),
            "46 0000000000000009 01 00000001 0000000000000002 0000000000000003 00000001 07"
        ),
        (.bell(9, minimum: 4), "47 0000000000000009 0000000000000004"),
        (.away([120]), "48 00000001 78"),
    ]

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.utf8.filter { $0 != 32 }.map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func refusal(_ datagram: [UInt8]) -> LinkError.Code? {
        do throws(LinkError) {
            _ = try LinkMessage(datagram)
            return nil
        } catch { return error.code }
    }

    @Test("are these bytes, and are read from them", arguments: messages)
    func vectors(message: LinkMessage, hexadecimal: String) throws {
        #expect(try message.encoded() == Self.bytes(hexadecimal))
        #expect(try LinkMessage(Self.bytes(hexadecimal)) == message)
    }

    @Test("are refused where they end too early, at every byte, or have one too many", arguments: messages)
    func lengths(message: LinkMessage, hexadecimal: String) throws {
        let datagram = Self.bytes(hexadecimal)
        for count in 0..<datagram.count { #expect(refusal(Array(datagram.prefix(count))) == .truncated) }
        #expect(refusal(datagram + [0]) == .trailing)
    }

    @Test(
        "are refused for what they cannot be",
        arguments: [
            ("00", LinkError.Code.unknownKind), ("49", .unknownKind),
            ("02 0000000000000007 00 01 00001388 00000000", .badValue),
            ("02 0000000000000007 ff 01 00001388 00000000", .badValue),
            ("02 0000000000000007 05 02 00001388 00000000", .badValue),
            ("02 0000000000000007 05 01 00001388 ffffffff", .truncated),
            ("44 0000000000000007 04", .badValue),
            ("44 0000000000000007 03 ffffffff", .truncated),
            ("44 0000000000000007 03 00000001 03 00000001 03 00000001 03 00000000", .badValue),
            ("46 0000000000000009 01 0fffffff", .truncated),
        ])
    func refused(hexadecimal: String, code: LinkError.Code) {
        #expect(refusal(Self.bytes(hexadecimal)) == code)
    }

    @Test("fit a datagram, and no larger one is read or written")
    func sizes() throws {
        let most = LinkMessage.down([UInt8](repeating: 1, count: LinkLimits.datagram - 5))
        #expect(try LinkMessage(most.encoded()) == most)
        #expect(throws: LinkError(.tooLarge)) {
            try LinkMessage.down([UInt8](repeating: 1, count: LinkLimits.datagram - 4)).encoded()
        }
        #expect(refusal([UInt8](repeating: 66, count: LinkLimits.datagram + 1)) == .tooLarge)
    }

    @Test("have no list in more lists than are read")
    func depth() {
        let deep = LinkMessage.reply(1, .list([.list([.list([.list([])])])]))
        #expect(throws: LinkError(.badValue)) { try deep.encoded() }
    }
}
