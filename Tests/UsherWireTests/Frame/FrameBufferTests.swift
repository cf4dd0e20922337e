import Testing
import UsherSecrets
import UsherTestKit
import UsherWire

@Suite("Frame buffer")
struct FrameBufferTests {
    private func json(_ write: (inout FrameBuffer) -> Void) -> String {
        var buffer = FrameBuffer(capacity: 4096)
        write(&buffer)
        return String(decoding: buffer.copy(), as: UTF8.self)
    }

    @Test("puts commas where they belong")
    func commas() {
        let text = json { out in
            out.beginObject()
            out.key("a")
            out.beginArray()
            out.value(1)
            out.value("x" as StaticString)
            out.null()
            out.emptyObject()
            out.raw(Array("[2]".utf8).span)
            out.value(false)
            out.endArray()
            out.key("b")
            out.value(true)
            out.value("c" as String)
            out.colon()
            out.value(-3)
            out.endObject()
        }
        #expect(text == #"{"a":[1,"x",null,{},[2],false],"b":true,"c":-3}"#)
    }

    @Test(
        "writes integers as Swift does",
        arguments: [
            0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 9999, 10_000, 99_999, 100_000, 1_790_000_000, 1 << 53, -1, -10,
            -1 << 53, .max, .min,
        ] as [Int64])
    func integers(_ integer: Int64) {
        #expect(json { $0.value(integer) } == "\(integer)")
    }

    @Test("escapes what JSON demands, and nothing else")
    func escapes() {
        #expect(
            json { $0.value("a\"b\\c/d\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{7f}é€😀" as String) }
                == #""a\"b\\c/d\b\t\n\f\r\u0000\u001f"# + "\u{7f}é€😀\"")
    }

    @Test("finds each special byte at each place of a word")
    func everyPlace() {
        for byte in UInt8.min...UInt8.max where byte < 0x80 {
            for place in 0..<17 {
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 17)
                bytes[place] = byte
                var out = FrameBuffer(capacity: 128)
                out.value(bytes.span)
                #expect(JSONValue(json: out.copy()) == .text(String(decoding: bytes, as: UTF8.self)))
            }
        }
    }

    @Test(
        "mends bytes that are not UTF-8",
        arguments: [
            ([0xFF], "\u{FFFD}"), ([0x61, 0x80, 0x62], "a\u{FFFD}b"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xE2, 0x82], "\u{FFFD}\u{FFFD}"), ([0xC3, 0xA9], "é"),
        ] as [([UInt8], String)])
    func mends(_ bytes: [UInt8], _ text: String) {
        #expect(json { $0.value(bytes.span) } == "\"\(text)\"")
    }

    @Test("takes back a frame that does not fit, and keeps the one before it")
    func rollsBack() {
        var out = FrameBuffer(capacity: 64)
        out.beginFrame()
        out.value(1)
        #expect(out.endFrame() == .written)
        let before = out.copy()
        out.beginFrame()
        for _ in 0..<40 { out.value(1) }
        #expect(out.endFrame() == .noRoom)
        #expect(out.copy() == before)
        out.removeAll()
        let room = out.room
        #expect(room == 64)
        out.beginFrame()
        for _ in 0..<40 { out.value(1) }
        #expect(out.endFrame() == .tooLarge)
        let isEmpty = out.isEmpty
        #expect(isEmpty)
    }

    @Test("ends a frame of 65,536 bytes, and takes back one of 65,537", arguments: [(65_534, true), (65_535, false)])
    func limit(_ length: Int, _ fits: Bool) {
        var out = FrameBuffer(capacity: 100_000)
        out.beginFrame()
        out.value([UInt8](repeating: UInt8(ascii: "x"), count: length).span)
        #expect(out.endFrame() == (fits ? .written : .tooLarge))
        let count = out.count
        #expect(count == (fits ? 65_540 : 0))
    }

    @Test("never writes behind its end, whatever is written")
    func bounded() {
        for capacity in 64...140 {
            for length in [0, 1, 7, 8, 9, 50, 60, 61, 62, 63, 70] {
                var out = FrameBuffer(capacity: capacity)
                out.beginFrame()
                out.value([UInt8](repeating: 1, count: length).span)
                let ending = out.endFrame()
                let count = out.count
                #expect(count <= capacity)
                #expect((ending == .written) == (4 + 2 + 6 * length <= capacity))
            }
        }
    }

    @Test("is zero after a wipe, in the memory itself, and so is what was taken back")
    func wipes() {
        var out = FrameBuffer(capacity: 256)
        out.beginFrame()
        out.value("a secret" as String)
        #expect(out.endFrame() == .written)
        let address = out.withBytes { $0.withUnsafeBufferPointer { $0.baseAddress } }
        out.beginFrame()
        out.value([UInt8](repeating: UInt8(ascii: "s"), count: 100).span)
        for _ in 0..<200 { out.value(1) }
        #expect(out.endFrame() == .noRoom)
        out.removeAll()
        #expect(address?[5] == UInt8(ascii: "a") && address?[30] == UInt8(ascii: "s"))
        out.wipe()
        #expect((0..<118).allSatisfy { address?[$0] == 0 })
    }
}
